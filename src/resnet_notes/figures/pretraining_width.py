"""Figure `pretraining_width`: test error of sigmoid networks of one depth against their width, by initialisation."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import End, dataset_name, label_ends
from resnet_notes.figures.pretraining_depth import joined
from resnet_notes.figures.starts import STARTS, Start, better_and_worse, draw_means, draw_seeds, starts_in

BODY = 3.4
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_width`."""
    figure, place = style.canvas(BODY, "Does pretraining need wide layers?", lines(table), right=1.2)
    axes = figure.subplots(gridspec_kw=place)
    axes.set_xscale("log", base=2)
    widths = sorted(set(table["width"]))
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.minorticks_off()
    axes.set_xlim(widths[0] / 1.25, widths[-1] * 1.25)
    axes.set_xlabel("Units of a hidden layer, logarithmic")
    ends = []
    for key, start in starts_in(table):
        own = table[table["initialisation"] == key]
        line(axes, own, start)
        last = intervals(own, ["width"], "test_error").dropna(subset="mean").tail(1)
        ends += [End(w, mean, start.name, start.colour) for w, mean in zip(last["width"], last["mean"], strict=True)]
    style.percent_axis(axes, "Test error (%)", 1.08 * float(table["test_error"].max()))
    label_ends(axes, ends, size=9.5)
    return figure


def line(axes: Axes, networks: pd.DataFrame, start: Start) -> None:
    """Mean and 95 % interval over seeds at each width, seeds beside."""
    finished = networks.dropna(subset="test_error")
    means = intervals(finished, ["width"], "test_error")
    places = means["width"] * 2 ** (0.05 * start.side)
    draw_means(axes, start, places, means.assign(low=means["low"].clip(lower=0)))
    if networks["seed"].nunique() > 1:
        beside = finished["width"] * 2 ** (start.side * (0.14 + 0.12 * jitter(finished["seed"])))
        draw_seeds(axes, start, beside, finished["test_error"])


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and at which widths pretraining hurts and helps, from the table."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    name = dataset_name(first["dataset"])
    marks = " Lines: mean with 95 % interval over seeds." if seeds > 1 else ""
    setting = (
        f"{name}, sigmoid networks of {first['depth']} hidden layers, {first['images']:,} training images, "
        f"{first['steps']:,} steps, {seeds} seed{'s' * (seeds > 1)}."
    )
    return [setting + marks, *comparisons(table)]


def comparisons(table: pd.DataFrame) -> list[str]:
    """Where RBMs do better or worse than each random start, seed by seed."""
    said = []
    for key in [key for key, _ in starts_in(table) if key != "rbm"]:
        better, worse = better_and_worse(table, "width", key)
        found = [
            f"{word} at width {joined(widths)}" for word, widths in (("worse", worse), ("better", better)) if widths
        ]
        said.append(f"RBMs against {STARTS[key].name}: {', '.join(found) or 'no difference shown'}")
    several = table["seed"].nunique() > 1 and "rbm" in set(table["initialisation"])
    return [f"{'; '.join(said)} (95 % intervals of paired differences)."] if said and several else []
