"""The runs of the experiment finetuning as tidy tables: deep sigmoid networks from random and pretrained weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

IDENTITY = ["dataset", "initialisation", "depth", "width", "seed"]


def histories(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Every evaluation of every network.

    Args:
        runs: Stacks of the experiment finetuning; others are left out.

    Returns:
        Columns `IDENTITY`, images, steps (in all), equal (whether all hidden layers have one width) and those of the
        stacks' `history.csv`, sorted by `IDENTITY` and step. What is not finite is missing.

    Raises:
        FileNotFoundError: A run without `history.csv`.
    """
    parts = []
    for run in runs:
        if run["experiment"] == "finetuning":
            history = pd.read_csv(Path(run["folder"]) / "history.csv")
            parts.append(history.assign(**described(run)))
    every = pd.concat(parts, ignore_index=True)
    front = [*IDENTITY, "images", "steps", "step"]
    every = every[[*front, *(name for name in every.columns if name not in front)]]
    return every.sort_values([*IDENTITY, "step"], kind="stable", ignore_index=True)


def described(run: dict[str, Any]) -> dict[str, Any]:
    """What the rows of a stack share; the width is that of the widest hidden layer."""
    layers = run["layers"]
    same = {name: run[name] for name in ("dataset", "initialisation", "images", "steps")}
    return same | {"depth": len(layers), "width": max(layers), "equal": len(set(layers)) == 1}


def finals(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The last row of every network in `histories`."""
    every = histories(runs)
    return every[every["step"] == every["steps"]].drop(columns="step").reset_index(drop=True)


def main_width(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the width that most networks have: the others belong to the comparison of widths."""
    equal = table[table["equal"]]
    return equal[equal["width"] == equal["width"].mode().max()].drop(columns="equal").reset_index(drop=True)
