"""Figure `responses`: how strongly the layers of trained networks respond, in their order and sorted."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.responses import means
from resnet_notes.analysis.statistics import intervals, paired_difference, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, architecture_ends, change, dataset_name, label_ends

BODY = 5.0
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.responses`: a column per depth; layers in their order above, sorted below."""
    depths = sorted(set(table["depth"]))
    figure, place = style.canvas(BODY, "How strongly layers respond", lines(table), right=0.95)
    place["left"] += 0.15 / style.WIDTH  # tick labels with three digits
    grid = {**place, "wspace": 0.22, "hspace": 0.45}
    panels = figure.subplots(2, len(depths), squeeze=False, sharey="col", sharex="col", gridspec_kw=grid)
    by_rank = sorted_responses(table)
    for column, depth in zip(panels.T, depths, strict=True):
        column[0].set_title(f"{depth} layers")
        own = table[table["depth"] == depth]
        line_per_architecture(column[0], own, "layer")
        line_per_architecture(column[1], by_rank[by_rank["depth"] == depth], "rank")
        column[0].set_xlabel("Layer, in order")
        column[0].tick_params(labelbottom=True)
        column[1].set_xlabel("Layer, sorted by size")
    for row in panels:
        row[0].set_ylabel("Standard deviation")
    label_ends(panels[1][-1], architecture_ends(by_rank[by_rank["depth"] == depths[-1]], "rank", "response"), size=9.5)
    return figure


def sorted_responses(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the rank of each layer's response in its network, 1 the strongest."""
    rank = table.groupby(["architecture", "depth", "seed"])["response"].rank(ascending=False, method="first")
    return table.assign(rank=rank.astype(int))


def line_per_architecture(axes: Axes, own: pd.DataFrame, x: str) -> None:
    """Mean over seeds with its 95 % interval as a band."""
    for architecture, rows in own.groupby("architecture"):
        found = intervals(rows, [x], "response")
        colour, dashes = style.ARCHITECTURE_COLOURS[str(architecture)], style.ARCHITECTURE_LINES[str(architecture)]
        axes.plot(found[x], found["mean"], color=colour, lw=1.6, ls=dashes)
        axes.fill_between(found[x], found["low"], found["high"], color=colour, alpha=0.15, lw=0)
    style.count_axis(axes, int(own[x].max()))
    axes.locator_params(axis="y", nbins=6)
    axes.yaxis.set_major_formatter("{x:g}")


def lines(table: pd.DataFrame) -> list[str]:
    """What was measured, and by how much residual networks respond less, from the table."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    scales = " Scales differ by depth." if table["depth"].nunique() > 1 else ""
    said = [f"{name}, trained networks, test images; each 3x3 layer after batch normalisation.{marks}{scales}"]
    if seeds > 1 and table["architecture"].nunique() == 2:
        parts = []
        for depth, own in means(table).groupby("depth"):
            size = {name: rows.set_index("seed")["response"] for name, rows in own.groupby("architecture")}
            gap = t_interval(paired_difference(size["residual"], size["plain"]))
            parts.append(f"{change(gap, 3)} at {depth} layers".replace(" ", NO_BREAK))
        said.append(f"Residual less plain, mean over layers: {', '.join(parts)}.")
    return said
