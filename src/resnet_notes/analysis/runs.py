"""Run folders as tidy tables.

A run is a plain dict: experiment, architecture, depth, seed, steps, batch, dataset and folder. Its folder holds
`metrics.json` (final errors) and `history.csv` (errors during training).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

Run = dict[str, Any]

IDENTITY = ["experiment", "architecture", "depth", "seed"]
BUDGET = ["batch", "test_subset"]
"""What comparisons that are shorter than the recipe say of themselves; test_subset is missing where all test images
gave the error."""
OUTCOME = ["dataset", "steps", "train_error", "test_error", "diverged_at_step"]
FINAL = [*IDENTITY, *OUTCOME]
CURVE = [*IDENTITY, "step", "train_error", "test_error"]


def final_errors(runs: Sequence[Run], identity: Sequence[str] = IDENTITY) -> pd.DataFrame:
    """Final errors, one row per run, sorted by what tells the runs apart.

    Args:
        runs: Any number of runs.
        identity: Settings that tell the runs apart: experiment, architecture, depth and seed when left out.

    Returns:
        Columns `identity`, then `OUTCOME`. Errors in % (NaN when the run diverged): train_error on a fixed
        subset of the training set, test_error on the test set or its first images. diverged_at_step is missing
        for a run that reached its end.

    Raises:
        FileNotFoundError: A run without `metrics.json`.
        ValueError: A run that neither diverged nor has its errors.
    """
    frame = pd.DataFrame([_final(run, identity) for run in runs], columns=[*identity, *OUTCOME])
    frame = frame.astype({"train_error": float, "test_error": float, "diverged_at_step": "Int64"})
    return frame.sort_values(list(identity), kind="stable", ignore_index=True)


def curves(runs: Sequence[Run]) -> pd.DataFrame:
    """Errors during training, one row per run and evaluation, sorted by run and step.

    Args:
        runs: Any number of runs.

    Returns:
        Columns `CURVE`. Errors in %: train_error over the mini-batches since the previous row, test_error on
        a fixed subset of the test set. A diverged run has the rows up to its end, perhaps none.

    Raises:
        FileNotFoundError: A run without `history.csv`.
    """
    frames = [_curve(run) for run in runs]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=CURVE)
    return pd.concat(frames, ignore_index=True).sort_values([*IDENTITY, "step"], kind="stable", ignore_index=True)


def _final(run: Run, identity: Sequence[str]) -> dict[str, Any]:
    metrics = json.loads((Path(run["folder"]) / "metrics.json").read_text(encoding="utf-8"))
    diverged = metrics["diverged_at_step"]
    errors = {name: None if diverged is not None else metrics[name] for name in ("train_error", "test_error")}
    if diverged is None and None in errors.values():
        raise ValueError(f"{run['folder']}: a run that did not diverge must have its errors")
    return {name: run[name] for name in (*identity, "dataset", "steps")} | errors | {"diverged_at_step": diverged}


def _curve(run: Run) -> pd.DataFrame:
    history = pd.read_csv(Path(run["folder"]) / "history.csv")
    return history.assign(**{name: run[name] for name in IDENTITY})[CURVE]
