"""Table of the figure `error_by_depth`: final error against depth, plain and residual."""

import pandas as pd

from resnet_notes.analysis.runs import Run, final_errors

EXPERIMENTS = ("degradation", "residual")


def table(runs: list[Run]) -> pd.DataFrame:
    """Final errors, one row per run (columns `runs.FINAL`).

    Args:
        runs: All runs of the study; those of the experiments degradation and residual are taken.
    """
    return final_errors([run for run in runs if run["experiment"] in EXPERIMENTS])
