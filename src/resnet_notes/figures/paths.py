"""Figure `paths`: through paths of which length the gradient of residual networks flows."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import End, dataset_name, label_ends

BODY = 3.4
"""Inches."""

SHARES = {"share_of_paths": ("paths", "#595959", (0, (4, 1.5))), "share_of_gradient": ("gradient", "#123f7a", "-")}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.paths`: the gradient of one path by its length, and where paths and gradient are."""
    depths = sorted(set(table["depth"]))
    deepest = table[table["depth"] == depths[-1]]
    figure, place = style.canvas(BODY, "Which paths the gradient takes", lines(deepest), right=0.85)
    place["left"] += 0.1 / style.WIDTH  # tick labels with exponents
    left, right = figure.subplots(1, 2, gridspec_kw={**place, "wspace": 0.75})
    colours = style.depth_colours(depths)
    ends = []
    for depth in depths:
        means = intervals(table[table["depth"] == depth], ["length"], "log10_gradient").dropna(subset="mean")
        left.plot(means["length"], means["mean"], color=colours[depth], lw=1.8)
        left.fill_between(means["length"], means["low"], means["high"], color=colours[depth], alpha=0.2, lw=0)
        last = means.tail(1)
        ends += [End(x, y, f"{depth}", colours[depth]) for x, y in zip(last["length"], last["mean"], strict=True)]
    left.set_title("Gradient of one path")
    left.set_ylabel("Norm, length 0 = 1")
    left.yaxis.set_major_formatter(style.power_of_ten)
    left.locator_params(axis="y", integer=True, nbins=6)
    label_ends(left, ends, size=9.5, heading="layers")
    shares(right, deepest)
    for axes in (left, right):
        axes.set_xlabel("Blocks that the path goes through")
        axes.locator_params(axis="x", integer=True, nbins=6)
    right.set_title(f"{depths[-1]} layers")
    return figure


def shares(axes: Axes, own: pd.DataFrame) -> None:
    """The share of all paths and of all gradient that each length has."""
    ends = []
    for column, (name, colour, dashes) in SHARES.items():
        means = intervals(own, ["length"], column)
        axes.plot(means["length"], means["mean"], color=colour, lw=1.8, ls=dashes)
        axes.fill_between(means["length"], means["low"].clip(lower=0), means["high"], color=colour, alpha=0.2, lw=0)
        top = means[means["mean"] == means["mean"].max()].head(1)
        ends += [End(x, y, name, colour) for x, y in top[["length", "mean"]].to_numpy()]
    axes.set_ylabel("Share (%)")
    axes.set_ylim(bottom=0)
    label_ends(axes, ends, size=9.5)


def lines(own: pd.DataFrame) -> list[str]:
    """What was measured, and how short the paths are that carry the gradient, from the table."""
    seeds = own["seed"].nunique()
    name = dataset_name(own["dataset"].iloc[0])
    marks = f" Mean (left: of logarithms) with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    lengths = own.assign(weighted=own["length"] * own["share_of_gradient"] / 100)
    mean = lengths.groupby("seed")["weighted"].sum().mean()
    blocks = int(own["blocks"].iloc[0])
    return [
        f"{name}, trained residual networks; a path takes some blocks' branches and the others' shortcuts.{marks}",
        f"A path goes through {blocks / 2:g} of {blocks} blocks on average; weighted by gradient, through {mean:.1f}.",
    ]
