"""Figure `responses`: how strongly the layers of trained networks respond, in their order and sorted."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.responses import means
from resnet_notes.analysis.statistics import intervals, paired_difference, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import architecture_ends, dataset_name, label_ends

BODY = 5.0
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.responses`: a column per depth; layers in their order above, sorted below."""
    depths = sorted(set(table["depth"]))
    figure, place = style.canvas(BODY, "How strongly layers respond", lines(table), right=0.95)
    grid = {**place, "wspace": 0.1, "hspace": 0.45}
    panels = figure.subplots(2, len(depths), squeeze=False, sharey=True, sharex="col", gridspec_kw=grid)
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
    panels[0][0].set_ylim(0, 1.05 * float(table["response"].max()))
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
    axes.locator_params(axis="x", integer=True, nbins=6)


def lines(table: pd.DataFrame) -> list[str]:
    """What was measured, and by how much residual networks respond less, from the table."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [f"{name}, trained networks, test images; each 3x3 layer after batch normalisation.{marks}"]
    if seeds > 1 and table["architecture"].nunique() == 2:
        parts = []
        for depth, own in means(table).groupby("depth"):
            size = {name: rows.set_index("seed")["response"] for name, rows in own.groupby("architecture")}
            gap = t_interval(paired_difference(size["residual"], size["plain"]))
            parts.append(f"{gap.mean:+.2f} ({gap.low:+.2f} to {gap.high:+.2f}) at {depth}")
        said.append(f"Residual less plain, mean over layers: {', '.join(parts)} layers.")
    return said
