"""Table of the figure `training_curves`: error during training, plain and residual, at every depth."""

import pandas as pd

from resnet_notes.analysis.runs import CURVE, FINAL, IDENTITY, Run, curves, final_errors

EXPERIMENTS = ("degradation", "residual")
COLUMNS = [*FINAL[:6], "diverged_at_step", *CURVE[4:]]


def table(runs: list[Run]) -> pd.DataFrame:
    """Errors during training, one row per run and evaluation.

    Args:
        runs: All runs of the study; those of the experiments degradation and residual are taken.

    Returns:
        Columns `COLUMNS`, errors in %. A run that diverged before its first evaluation has one row without
        step and errors, so that the figure can tell how many diverged.
    """
    return with_curves([run for run in runs if run["experiment"] in EXPERIMENTS])


def with_curves(runs: list[Run]) -> pd.DataFrame:
    """Every run's data set, budget and divergence beside the rows of its curve; columns `COLUMNS`."""
    runs_alone = final_errors(runs).drop(columns=["train_error", "test_error"])
    joined = runs_alone.merge(curves(runs), on=IDENTITY, how="left")
    return joined.astype({"step": "Int64", "train_error": float, "test_error": float})[COLUMNS]
