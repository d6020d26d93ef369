"""Table of the figure `separation`: what networks of equal size and different depth reach on two functions."""

from pathlib import Path
from typing import Any

import pandas as pd

IDENTITY = ["task", "layers", "examples", "learning_rate", "seed"]
COLUMNS = [
    *IDENTITY,
    "width",
    "parameters",
    "steps",
    "train_loss",
    "validation_loss",
    "train_error",
    "test_error",
    "chosen",
]
TASK = {"triangle": ["iterations"], "parity": ["inputs", "relevant"]}
"""What a task is described by."""


def table(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Final errors of every network.

    The learning rate is chosen, for every task, number of layers and number of examples, by the lowest mean validation
    loss over the seeds (with few examples several rates fit the training examples). The validation examples serve
    nothing else, and the test examples choose nothing. A rate at which any network has a loss that is not finite is
    not chosen, unless all have one; of equal losses the smaller rate is chosen.

    Args:
        runs: The stacks of the experiment separation, one per task and number of layers.

    Returns:
        Columns `COLUMNS` and those of `TASK` (empty where the task has none), one row per network, sorted by
        `IDENTITY`. Errors in % at the end of training: of the variance of the triangle map, or of misclassified
        vectors; missing where they are not finite. `chosen` says whether the network has the chosen learning rate.

    Raises:
        FileNotFoundError: A run without `history.csv`.
    """
    every = pd.concat([_final(run) for run in runs], ignore_index=True)
    every = every.sort_values(IDENTITY, kind="stable", ignore_index=True)
    every["chosen"] = every["learning_rate"] == _chosen_rates(every)
    described = [name for names in TASK.values() for name in names]
    return every.reindex(columns=[*COLUMNS, *described]).astype(dict.fromkeys(described, "Int64"))


def _final(run: dict[str, Any]) -> pd.DataFrame:
    history = pd.read_csv(Path(run["folder"]) / "history.csv")
    last = history[history["step"] == run["steps"]].drop(columns="step")
    return last.assign(**{name: run[name] for name in ["task", "steps", *TASK[run["task"]]]})


def _chosen_rates(every: pd.DataFrame) -> pd.Series:
    """The learning rate that is chosen for each row's task, layers and examples."""
    cell = ["task", "layers", "examples"]
    losses = every.groupby([*cell, "learning_rate"])["validation_loss"].agg(lambda loss: loss.mean(skipna=False))
    # ties and missing losses: stable, so that the smaller rate comes first, and NaN is last
    best = losses.sort_values(kind="stable", na_position="last").reset_index().drop_duplicates(cell)
    return every[cell].merge(best, how="left", on=cell)["learning_rate"]
