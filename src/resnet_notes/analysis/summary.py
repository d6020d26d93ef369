"""The study's numbers in one nested dict, from which the notes take theirs."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.runs import Run, final_errors
from resnet_notes.analysis.statistics import t_interval
from resnet_notes.analysis.tables import DIGITS


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Final errors over seeds, per experiment, architecture and depth.

    Args:
        runs: Any number of runs.

    Returns:
        experiment -> architecture -> depth (as text) -> train_error, test_error, diverged. An error holds
        mean, low and high (% with `DIGITS` decimals; the ends of the 95 % t-interval) and n, the number of
        seeds that did not diverge. What is undefined (the interval of one seed, the mean of none) is None, so
        the dict is valid JSON.
    """
    nested: dict[str, Any] = {}
    for key, group in final_errors(runs).groupby(["experiment", "architecture", "depth"], sort=True):
        experiment, architecture, depth = (str(part) for part in key)  # type: ignore[union-attr]
        nested.setdefault(experiment, {}).setdefault(architecture, {})[depth] = _cell(group)
    return nested


def _cell(group: pd.DataFrame) -> dict[str, Any]:
    cell: dict[str, Any] = {name: _rounded(group[name]) for name in ("train_error", "test_error")}
    return cell | {"diverged": int(group["diverged_at_step"].notna().sum())}


def _rounded(values: pd.Series) -> dict[str, float | int | None]:
    interval = t_interval(values)
    ends = {name: getattr(interval, name) for name in ("mean", "low", "high")}
    return {name: None if math.isnan(end) else round(end, DIGITS) for name, end in ends.items()} | {"n": interval.n}
