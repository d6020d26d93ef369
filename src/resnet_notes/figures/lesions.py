"""Figure `lesions`: errors of trained networks without some of their blocks, or with blocks exchanged."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.lesions import rises
from resnet_notes.analysis.statistics import intervals, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, architecture_ends, change, dataset_name, label_ends

BODY = 5.4
"""Inches."""

DOTTED: Any = (0, (1, 1.4))
STAGE = "#b5b5b5"
"""Colour of the lines at blocks that begin a stage."""


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
        own = table[(table["depth"] == depth) & (table["swapped"] == 0)]
        whole(axes, own[own["removed"] == 0])
        curves(axes, own[own["removed"] == 1], "block")
        mark_stages(axes, depth)
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


def whole(axes: Axes, intact: pd.DataFrame) -> None:
    """The error of the whole network of every architecture, mean over seeds, as a dotted line."""
    for architecture, own in intact.groupby("architecture"):
        axes.axhline(own["error"].mean(), color=style.ARCHITECTURE_COLOURS[str(architecture)], lw=1.2, ls=DOTTED)


def mark_stages(axes: Axes, depth: int) -> None:
    """Ticks at the first block, at those that begin a stage, which also have a line, and at the last one."""
    of_a_stage = (depth - 2) // 6
    begin = [of_a_stage + 1, 2 * of_a_stage + 1]
    for block in begin:
        axes.axvline(block, color=STAGE, lw=0.8, zorder=0.5)
    axes.set_xticks(sorted({1, *begin, 3 * of_a_stage}))


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
    said = [
        f"{name}; a removed block leaves its shortcut. Dotted: the whole network. Vertical lines: blocks that begin "
        f"a stage, where maps shrink.{marks}"
    ]
    if seeds > 1:
        parts = []
        for (architecture, depth), own in rises(table).groupby(["architecture", "depth"]):  # type: ignore[misc]
            parts.append(f"{architecture} {depth}: ".replace(" ", NO_BREAK) + change(t_interval(own["rise"]), 1))
        said.append(f"Median rise when one block goes, in points: {'; '.join(parts)}.")
    return said
