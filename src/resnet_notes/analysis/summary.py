"""The study's numbers in one nested dict, from which the notes take theirs."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis import (
    conv_techniques,
    finetuning,
    lesions,
    rbm_likelihood,
    separation,
    techniques,
    trainability,
    up_down,
)
from resnet_notes.analysis.runs import Run, final_errors
from resnet_notes.analysis.statistics import Interval, MedianInterval, median_interval, t_interval
from resnet_notes.analysis.tables import DIGITS

ERRORS = ("train_error", "test_error")
OTHERS = (
    "separation",
    "trainability",
    "finetuning",
    "widths",
    "likelihood",
    "up_down",
    "techniques",
    "depth_gain",
    "conv_techniques",
    "lesions",
)
"""Experiments that are no grids of convolutional networks."""


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Final errors over seeds of every network.

    Args:
        runs: Any number of runs, convolutional networks and stacks.

    Returns:
        Nested by, each as text: experiment, architecture, depth for convolutional networks; `depth_gain`, layers;
        `conv_techniques`, techniques; `separation`, task,
        examples, layers; `trainability`, layers, weight variance; `finetuning`, data set, initialisation, width, depth;
        `likelihood`, method, k; `up_down`, algorithm, epoch (the last, and the first where it is known);
        `techniques`, technique, depth; `lesions`, architecture, depth (`rise`: points by which the median error over
        the blocks rises when one is removed). Then
        train_error and test_error, and how many runs diverged, for convolutional networks; the learning rate that was
        chosen, for `separation`; for `likelihood` the test log-likelihood in nats instead. An error holds mean, low and
        high (% with `DIGITS` decimals; the ends of the 95 % t-interval) and n, the number of seeds that did not
        diverge; for `separation` median, low and high (the smallest and the largest) and n,
        as `median_interval` has them. What is undefined (the interval of one seed, the mean or median of none) is
        None, so the dict is valid JSON.
    """
    stacks = {name: [run for run in runs if run["experiment"] == name] for name in OTHERS}
    networks = [run for run in runs if run["experiment"] not in stacks]
    nested = _nest(final_errors(networks), ["experiment", "architecture", "depth"], _network)
    if stacks["separation"]:
        table = separation.table(stacks["separation"])
        by = ["task", "examples", "layers"]
        nested["separation"] = _nest(table[table["chosen"]], by, _chosen)
    if stacks["trainability"]:
        table = trainability.final_errors(stacks["trainability"])
        nested["trainability"] = _nest(table, ["layers", "weight_variance"], _errors)
    if stacks["finetuning"]:
        by = ["dataset", "initialisation", "width", "depth"]
        nested["finetuning"] = _nest(finetuning.finals(stacks["finetuning"] + stacks["widths"]), by, _errors)
    if stacks["likelihood"]:
        table = rbm_likelihood.table(stacks["likelihood"])
        nested["likelihood"] = _nest(table[table["epoch"] == table["epoch"].max()], ["method", "k"], _likelihood)
    if stacks["up_down"]:
        table = up_down.table(stacks["up_down"] + stacks["finetuning"])
        ends = table[table["test_error"].notna()]
        nested["up_down"] = _nest(ends, ["algorithm", "epoch"], _errors)
    if stacks["techniques"]:
        nested["techniques"] = _nest(techniques.chosen(stacks["techniques"]), ["technique", "depth"], _errors)
    if stacks["depth_gain"]:
        nested["depth_gain"] = _nest(final_errors(stacks["depth_gain"], ["layers", "seed"]), ["layers"], _network)
    if stacks["conv_techniques"]:
        table = conv_techniques.table(stacks["conv_techniques"])
        nested["conv_techniques"] = _nest(table, ["techniques"], _network)
    if stacks["lesions"]:
        rises = lesions.rises(lesions.table(stacks["lesions"]))
        nested["lesions"] = _nest(
            rises, ["architecture", "depth"], lambda own: {"rise": _rounded(t_interval(own["rise"]))}
        )
    return nested


def _nest(frame: pd.DataFrame, by: list[str], cell: Any) -> dict[str, Any]:
    """Groups of rows as nested dicts, a level per column, with a cell each."""
    nested: dict[str, Any] = {}
    for key, group in frame.groupby(by, sort=True):
        *above, last = (str(part) for part in key)  # type: ignore[union-attr]
        place = nested
        for part in above:
            place = place.setdefault(part, {})
        place[last] = cell(group)
    return nested


def _errors(
    group: pd.DataFrame, interval: Callable[[pd.Series], Interval | MedianInterval] = t_interval
) -> dict[str, Any]:
    return {name: _rounded(interval(group[name])) for name in ERRORS}


def _likelihood(group: pd.DataFrame) -> dict[str, Any]:
    return {"test_log_likelihood": _rounded(t_interval(group["test_log_likelihood"]))}


def _network(group: pd.DataFrame) -> dict[str, Any]:
    return _errors(group) | {"diverged": int(group["diverged_at_step"].notna().sum())}


def _chosen(group: pd.DataFrame) -> dict[str, Any]:
    return _errors(group, median_interval) | {"learning_rate": float(group["learning_rate"].iloc[0])}


def _rounded(interval: Interval | MedianInterval) -> dict[str, float | int | None]:
    numbers = dict(zip(interval._fields[:3], interval[:3], strict=True))
    return {name: None if math.isnan(end) else round(end, DIGITS) for name, end in numbers.items()} | {"n": interval.n}
