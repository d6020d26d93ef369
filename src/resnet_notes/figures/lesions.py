"""Figure `lesions`: errors of trained networks without some of their blocks, or with blocks exchanged."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.lesions import rises
from resnet_notes.analysis.statistics import intervals, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import architecture_ends, dataset_name, label_ends

BODY = 5.4
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.lesions`: one block removed above, several removed or exchanged below."""
    depths = sorted(set(table["depth"]))
    figure, place = style.canvas(BODY, "What a network knows without some of its blocks", lines(table), right=0.95)
    above = figure.add_gridspec(2, len(depths), **place, wspace=0.1, hspace=0.5)
    first = None
    for column, depth in enumerate(depths):
        axes = first = figure.add_subplot(above[0, column], sharey=first)
        axes.set_title(f"{depth} layers, one removed")
        curves(axes, one_removed(table[table["depth"] == depth]), "block")
        axes.set_xlabel("Block")
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("Test error (%)")
            axes.set_ylim(0, 100)
    below = figure.add_gridspec(2, 2, **place, wspace=0.1, hspace=0.5)
    deepest = table[table["depth"] == depths[-1]]
    several = deepest[(deepest["swapped"] == 0) & ((deepest["block"] == 0) | (deepest["removed"] != 1))]
    swapped = deepest[deepest["removed"] == 0]
    left, right = figure.add_subplot(below[1, 0]), figure.add_subplot(below[1, 1])
    for axes, rows, x, what in (
        (left, several, "removed", "several removed"),
        (right, swapped, "swapped", "pairs exchanged"),
    ):
        axes.set_title(f"{depths[-1]} layers, {what}")
        curves(axes, by_seed(rows, x), x)
        axes.set_ylim(0, 100)
        axes.set_xlabel("Blocks removed" if x == "removed" else "Exchanges")
    left.set_ylabel("Test error (%)")
    right.tick_params(labelleft=False)
    label_ends(right, architecture_ends(by_seed(swapped, "swapped"), "swapped", "error"), size=9.5)
    return figure


def one_removed(own: pd.DataFrame) -> pd.DataFrame:
    """The rows of single lesions, and the intact network as block 0."""
    return own[(own["swapped"] == 0) & ((own["removed"] == 0) | (own["removed"] == 1))]


def by_seed(rows: pd.DataFrame, x: str) -> pd.DataFrame:
    """Mean over random choices, for each network: draws of one network are no seeds."""
    return rows.groupby(["architecture", "seed", x])["error"].mean().reset_index()


def curves(axes: Axes, rows: pd.DataFrame, x: str) -> None:
    """Mean and 95 % interval over seeds of every architecture."""
    for architecture, own in rows.groupby("architecture"):
        means = intervals(own, [x], "error")
        name = str(architecture)
        axes.plot(means[x], means["mean"], color=style.ARCHITECTURE_COLOURS[name], lw=1.5,
                  ls=style.ARCHITECTURE_LINES[name], marker=style.ARCHITECTURE_MARKERS[name], ms=3)  # fmt: skip
        low, high = means["low"].clip(lower=0), means["high"].clip(upper=100)
        axes.fill_between(means[x], low, high, color=style.ARCHITECTURE_COLOURS[name], alpha=0.15, lw=0)
    axes.locator_params(axis="x", integer=True, nbins=8)


def lines(table: pd.DataFrame) -> list[str]:
    """What was done, and by how much the error rises, from the table."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [f"{name}; a removed block leaves its shortcut. Block 0: the whole network.{marks}"]
    if seeds > 1:
        parts = []
        for (architecture, depth), own in rises(table).groupby(["architecture", "depth"]):  # type: ignore[misc]
            mean, low, high, _ = t_interval(own["rise"])
            parts.append(f"{architecture} {depth}: {mean:+.1f} ({low:+.1f} to {high:+.1f})")
        said.append(f"Median rise when one block goes, in points: {'; '.join(parts)}.")
    return said
