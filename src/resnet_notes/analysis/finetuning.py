"""The runs of the experiment finetuning as tidy tables: deep sigmoid networks from random and pretrained weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

IDENTITY = ["dataset", "initialisation", "depth", "width", "seed"]


def histories(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Every evaluation of every network.

    Args:
        runs: Stacks of the experiments finetuning and widths; others are left out.

    Returns:
        Columns `IDENTITY`, images, steps (in all) and those of the stacks' `history.csv`, sorted by `IDENTITY` and
        step. What is not finite is missing.

    Raises:
        FileNotFoundError: A run without `history.csv`.
    """
    every = read(runs, "history.csv")
    front = [*IDENTITY, "images", "steps", "step"]
    every = every[[*front, *(name for name in every.columns if name not in front)]]
    return every.sort_values([*IDENTITY, "step"], kind="stable", ignore_index=True)


def read(runs: Sequence[dict[str, Any]], file: str) -> pd.DataFrame:
    """The rows of a file of every stack, with what the networks of a stack share; width is that of the widest layer."""
    parts = []
    for run in runs:
        if run["experiment"] in ("finetuning", "widths"):
            shared = {name: run[name] for name in ("dataset", "initialisation", "images", "steps")}
            shared |= {"depth": len(run["layers"]), "width": max(run["layers"])}
            parts.append(pd.read_csv(Path(run["folder"]) / file).assign(**shared))
    return pd.concat(parts, ignore_index=True)


def finals(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The last row of every network in `histories`."""
    every = histories(runs)
    return every[every["step"] == every["steps"]].drop(columns="step").reset_index(drop=True)
