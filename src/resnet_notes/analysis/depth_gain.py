"""Table of the figure `depth_gain`: final errors of convolutional networks of about equal size by depth."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from resnet_notes.analysis.runs import BUDGET, Run, final_errors
from resnet_notes.analysis.statistics import Interval, paired_difference, t_interval


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """Final errors, one row per run.

    Returns:
        Columns layers, seed, parameters, `runs.BUDGET`, and `runs.OUTCOME`.
    """
    counted = [run | {"parameters": parameters(run)} for run in runs]
    return final_errors(counted, ["layers", "seed", "parameters", *BUDGET])


def parameters(run: Run) -> int:
    """How many weights, gains, shifts and biases a network has."""
    return json.loads((Path(run["folder"]) / "metrics.json").read_text(encoding="utf-8"))["parameters"]


def steps(table: pd.DataFrame, error: str = "test_error") -> dict[tuple[int, int], Interval]:
    """By how much the error changes from each depth to the next, paired by seed; from (fewer layers, more)."""
    by_depth = {int(layers): own.set_index("seed")[error] for layers, own in table.groupby("layers")}  # type: ignore[arg-type]
    depths = sorted(by_depth)
    return {(a, b): t_interval(paired_difference(by_depth[b], by_depth[a])) for a, b in pairwise(depths)}


def best(table: pd.DataFrame, error: str = "test_error") -> int:
    """The number of layers with the lowest mean error."""
    return int(table.groupby("layers")[error].mean().idxmin())  # type: ignore[arg-type]
