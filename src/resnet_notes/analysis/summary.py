"""The study's numbers in one nested dict, from which the notes take theirs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from resnet_notes.analysis import (
    conv_techniques,
    dbn_probes,
    extension,
    features,
    finetuning,
    gradients,
    lesions,
    path_lengths,
    paths,
    pretraining_distance,
    probe_gains,
    probes,
    random_networks,
    rbm_likelihood,
    responses,
    separation,
    surfaces,
    techniques,
    trainability,
    up_down,
)
from resnet_notes.analysis.runs import Run, final_errors
from resnet_notes.analysis.statistics import Interval, MedianInterval, median_interval, t_interval
from resnet_notes.analysis.tables import DIGITS

ERRORS = ("train_error", "test_error")


class Part(NamedTuple):
    """Numbers that are read off some experiments, or off a table of what needs no training."""

    needs: tuple[str, ...]
    """Experiments without which there are none."""
    also: tuple[str, ...]
    """Experiments that the table takes where they are there."""
    table: Callable[[Any], pd.DataFrame]
    by: list[str]
    """Columns of the table that name a number, from the outer level to the inner one."""
    cell: Callable[[pd.DataFrame], dict[str, Any]]
    """What is said of the rows of one name."""


def _means(*columns: str, of: str = "seeds") -> Callable[[pd.DataFrame], dict[str, Any]]:
    """The mean of each column with its t-interval."""
    return lambda rows: {name: _rounded(t_interval(rows[name]), of) for name in columns}


def _network(rows: pd.DataFrame) -> dict[str, Any]:
    return _means(*ERRORS)(rows) | {"diverged": int(rows["diverged_at_step"].notna().sum())}


def _chosen(rows: pd.DataFrame) -> dict[str, Any]:
    medians = {name: _rounded(median_interval(rows[name])) for name in ERRORS}
    return medians | {"learning_rate": float(rows["learning_rate"].iloc[0])}


def _travelled(rows: pd.DataFrame) -> dict[str, Any]:
    return _means("distance", "steps_to_target")(rows) | {"not_reached": int(rows["steps_to_target"].isna().sum())}


def _rung(rows: pd.DataFrame) -> dict[str, Any]:
    learned = rows["train_error"] <= rows["given_up_at"]
    return _means(*ERRORS)(rows) | {"untrained": int((~learned).sum())}


NETWORK = ["architecture", "depth"]
PARTS = {
    "separation": Part(
        ("separation",), (), lambda runs: separation.table(runs).query("chosen"), ["task", "examples", "layers"],
        _chosen,
    ),
    "trainability": Part(
        ("trainability",), (), trainability.final_errors, ["layers", "weight_variance"], _means(*ERRORS)
    ),
    "finetuning": Part(
        ("finetuning",), ("widths",), finetuning.finals, ["dataset", "initialisation", "width", "depth"],
        _means(*ERRORS),
    ),
    "pretraining_distance": Part(
        ("finetuning",), (), pretraining_distance.table, ["dataset", "initialisation", "depth"], _travelled
    ),
    "likelihood": Part(
        ("likelihood",), (), lambda runs: rbm_likelihood.table(runs).query("epoch == epoch.max()"), ["method", "k"],
        _means("test_log_likelihood"),
    ),
    "up_down": Part(
        ("up_down",), ("finetuning",), lambda runs: up_down.table(runs).query("test_error.notna()"),
        ["algorithm", "epoch"], _means(*ERRORS),
    ),
    "techniques": Part(("techniques",), (), techniques.chosen, ["technique", "depth"], _rung),
    "depth_gain": Part(
        ("depth_gain",), (), lambda runs: final_errors(runs, ["layers", "seed"]), ["layers"], _network
    ),
    "conv_techniques": Part(("conv_techniques",), (), conv_techniques.table, ["techniques"], _network),
    "lesions": Part(("lesions",), (), lambda runs: lesions.rises(lesions.table(runs)), NETWORK, _means("rise")),
    "paths": Part(
        ("paths",), (), lambda runs: path_lengths.lengths(paths.table(runs)), ["depth"],
        _means("mean_length", "covering_length"),
    ),
    "responses": Part(
        ("responses",), (), lambda runs: responses.means(responses.table(runs)), NETWORK, _means("response")
    ),
    "gradients": Part(
        ("gradients",), (), lambda runs: gradients.stem_ratios(gradients.table(runs)).query("step == step.min()"),
        NETWORK, _means("log10_ratio"),
    ),
    "surfaces": Part(
        ("surfaces",), (), lambda runs: surfaces.basins(surfaces.table(runs)), NETWORK, _means("doubled", "excess")
    ),
    "features": Part(
        ("features",), (), lambda runs: features.likenesses(features.table(runs)), ["weights", "layer"],
        _means("likeness", of="units"),
    ),
    "probes": Part(
        ("probes",), (), lambda runs: probe_gains.gains(probes.table(runs)), [*NETWORK, "weights"],
        _means("first", "last", "gain"),
    ),
    "dbn_probes": Part(
        ("dbn_probes",), (), lambda runs: probe_gains.gains(dbn_probes.table(runs), ["layers"]), ["weights"],
        _means("image", "first", "last", "gain"),
    ),
    "extension": Part(
        ("extension", "degradation"), (), lambda runs: extension.table(runs).query("way == 'built'"),
        ["shallow", "depth"], _means("train_error"),
    ),
}  # fmt: skip
"""By the names that they have in the metrics."""

RANDOM = {
    "variance_ratios": Part(
        (), (), random_networks.factors, ["activation", "initialisation"],
        _means("forward", "back_propagated", "weight_gradient", "mean", of="draws"),
    ),
    "propagation_cures": Part(
        (), (), random_networks.cured_factors, ["technique"], _means("preactivation", "back_propagated", of="draws")
    ),
    "shattered_gradients": Part(
        (), (), random_networks.correlations, ["series", "depth"], _means("autocorrelation", of="draws")
    ),
}  # fmt: skip
"""By the names of the tables that they are read off."""

GRIDS_TOO = ("degradation",)
"""Experiments of `PARTS` that are grids of convolutional networks, too."""


def summary(runs: Sequence[Run], theory: Mapping[str, pd.DataFrame] | None = None) -> dict[str, Any]:
    """What every network comes to, over seeds, and every random one, over draws.

    Args:
        runs: Any number of runs, convolutional networks and stacks.
        theory: Tables of what needs no training, by their names; others than those of `RANDOM` are left out.

    Returns:
        Nested by, each as text: experiment, architecture, depth for the grids of convolutional networks; otherwise by
        the name in `PARTS` or `RANDOM`, and its columns `by`. Then, in %, train_error and test_error, and how many runs
        diverged, for convolutional networks, and for `separation` the learning rate that was chosen; or

        - `pretraining_distance`: distance that the weights travel, and steps_to_target, those to a training loss of
          0.1 nats, of the networks that reach it, and how many do not;
        - `likelihood`: test_log_likelihood in nats, at the last epoch;
        - `lesions`: rise, points by which the median error over the blocks rises when one is removed;
        - `paths`: mean_length and covering_length, as `analysis.path_lengths` has them, in blocks;
        - `responses`: response, a standard deviation, mean over the layers;
        - `gradients`: log10_ratio of the first convolution's to the last one's, before the training;
        - `surfaces`: doubled and excess, as `analysis.surfaces.basins` has them;
        - `features`: likeness of the inputs made for a unit, as `analysis.features.likenesses` has it, over units;
        - `probes`: errors of the probes of the first and the last layer in %, and gain, last less first, in points;
        - `dbn_probes`: the same of a greedy stack, with the error on the image itself;
        - `variance_ratios`, `propagation_cures` and `shattered_gradients`: as `analysis.random_networks` has them.

        A number holds mean, low and high (`DIGITS` decimals; the ends of the 95 % t-interval, which may lie below zero
        where no error can) and n, the number of seeds that did not diverge, or of draws or units: then `of` says so.
        For `separation` it holds median, low and high (the smallest and the largest) and n, as `median_interval` has
        them. What is undefined (the interval of one seed, the mean or median of none) is None, so that the dict is
        valid JSON.
    """
    read = {name for part in PARTS.values() for name in (*part.needs, *part.also)}.difference(GRIDS_TOO)
    networks = [run for run in runs if run["experiment"] not in read]
    nested = _nest(final_errors(networks), ["experiment", "architecture", "depth"], _network)
    there = {run["experiment"] for run in runs}
    for name, part in PARTS.items():
        if there.issuperset(part.needs):
            own = [run for run in runs if run["experiment"] in (*part.needs, *part.also)]
            nested[name] = _nest(part.table(own), part.by, part.cell)
    for name, part in RANDOM.items():
        if theory and name in theory:
            nested[name] = _nest(part.table(theory[name]), part.by, part.cell)
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


def _rounded(interval: Interval | MedianInterval, of: str = "seeds") -> dict[str, Any]:
    numbers = dict(zip(interval._fields[:3], interval[:3], strict=True))
    ends = {name: None if math.isnan(end) else round(end, DIGITS) for name, end in numbers.items()}
    return ends | {"n": interval.n} | ({} if of == "seeds" else {"of": of})
