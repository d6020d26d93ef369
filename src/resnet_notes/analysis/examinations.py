"""The files of examinations as tidy tables: what trained networks look like inside."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd


def read(runs: Sequence[dict[str, Any]], experiment: str) -> pd.DataFrame:
    """Every row of the examinations of one kind.

    Args:
        runs: Examinations, one for each architecture and depth; others are left out.
        experiment: The kind, which is also the name of the file that each has left.

    Returns:
        Columns architecture, depth, dataset and those of the file, sorted by architecture and depth.

    Raises:
        FileNotFoundError: A run without its file.
    """
    parts = []
    for run in runs:
        if run["experiment"] == experiment:
            rows = pd.read_csv(Path(run["folder"]) / f"{experiment}.csv")
            parts.append(rows.assign(**{name: run[name] for name in ("architecture", "depth", "dataset")}))
    every = pd.concat(parts, ignore_index=True)
    front = ["architecture", "depth", "dataset"]
    every = every[[*front, *(name for name in every.columns if name not in front)]]
    return every.sort_values(["architecture", "depth"], kind="stable", ignore_index=True)
