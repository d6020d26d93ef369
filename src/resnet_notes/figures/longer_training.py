"""Figure `longer_training`: whether the order of the depths survives a longer budget."""

from collections import Counter
from typing import Any, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import top_of_finals
from resnet_notes.figures.labels import (
    CROSS,
    NETWORK,
    End,
    diverged,
    diverged_line,
    label_ends,
    setting,
    several_seeds,
)
from resnet_notes.figures.training_curves import (
    PANELS,
    beyond_line,
    crossed,
    steps_axis,
    top_of_view,
)

BODY = 5.6
"""Inches."""

FINAL_PANELS = {"train_error": "Training error at the end", "test_error": "Test error at the end"}
DEPTH_LINES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.2, 1, 1.2)))
"""Deepest first: solid, dashed, dotted, dash-dotted."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.longer_training`.

    Above: test error during the long training, every seed thin, their mean thick. Below: final errors after
    the short and the long budget, every seed as a mark, mean with 95 % t-interval as a line.
    """
    during, after = table[table["when"] == "during"], table[table["when"] == "after"]
    depths = ", ".join(str(depth) for depth in sorted(set(table["depth"])))
    several = several_seeds(after)
    top = top_of_view(during)
    lines = [
        setting(after),
        "Top: the longest runs." + " Thin: each seed. Thick: mean." * several,
        "Bottom: by budget." + " Small marks: each seed. Lines: mean with 95 % interval." * several,
        *beyond_line(during, top),
        *diverged_line(after),
    ]
    title = f"Longer training, at {' and '.join(depths.rsplit(', ', 1))} layers"
    figure, place = style.canvas(BODY, title, lines, right=1.1)
    rows = figure.subplots(2, 2, sharey="row", gridspec_kw={**place, "wspace": 0.32, "hspace": 0.5})
    dashes = depth_lines(table)
    draw_curves(rows[0], during, dashes, top)
    draw_finals(rows[1], after, dashes)
    return figure


def depth_lines(table: pd.DataFrame) -> dict[int, Any]:
    """A line style per depth, solid for the deepest."""
    deepest_first = sorted(set(table["depth"]), reverse=True)
    return {depth: DEPTH_LINES[rank % len(DEPTH_LINES)] for rank, depth in enumerate(deepest_first)}


def draw_curves(row: Any, during: pd.DataFrame, lines: dict[int, Any], top: float) -> None:
    """Upper row: test error against steps, plain and residual."""
    style.percent_axis(row[0], "Test error (%)", top)
    for axes, architecture in zip(row, PANELS, strict=True):
        runs = during[during["architecture"] == architecture]
        colour = style.ARCHITECTURE_COLOURS[architecture]
        ends = []
        for depth, group in runs[runs["diverged_at_step"].isna()].groupby("depth"):
            for _, seed in group.groupby("seed"):
                axes.plot(seed["step"], seed["test_error"], color=colour, lw=0.5, alpha=0.5)
            mean = intervals(group, ["step"], "test_error")
            axes.plot(mean["step"], mean["mean"], color=colour, lw=2, ls=lines[depth])  # type: ignore[index]
            ends.append(End(mean["step"].iloc[-1], mean["mean"].iloc[-1], str(depth), colour))
        axes.set_title(PANELS[architecture])
        steps_axis(axes, runs)
        label_ends(axes, crossed(axes, ends, runs), heading="layers")


def draw_finals(row: Any, after: pd.DataFrame, lines: dict[int, Any]) -> None:
    """Lower row: final training and test error, one place on the x axis per budget."""
    budgets = sorted(set(after["steps"]))
    # Groups stand side by side within a budget, so that their intervals do not cover each other.
    groups = list(after.groupby(NETWORK))
    apart = min(0.09, 0.6 / len(groups))
    shifts = [apart * (rank - (len(groups) - 1) / 2) for rank in range(len(groups))]
    for axes, (column, title) in zip(row, FINAL_PANELS.items(), strict=True):
        for (key, runs), shift in zip(groups, shifts, strict=True):
            architecture, depth = cast(tuple[str, int], key)
            final_line(axes, runs, column, budgets, shift, architecture, lines[depth])
        # Room for the crosses of `mark_diverged`.
        axes.set_title(title, pad=11)
        axes.set_xticks(range(len(budgets)), [f"{steps:,}" for steps in budgets])
        axes.set_xlim(-0.35, len(budgets) - 0.65)
        axes.set_xlabel("Budget (training steps)")
    style.percent_axis(row[0], "Error (%)", top_of_finals(after, by=[*NETWORK, "steps"]))
    name_finals(row[1], after, len(budgets) - 1, dict(zip([name for name, _ in groups], shifts, strict=True)))
    mark_diverged(row, after, budgets)


def final_line(
    axes: Axes,
    runs: pd.DataFrame,
    column: str,
    budgets: list[int],
    shift: float,
    architecture: str,
    line: Any,
) -> None:
    """One architecture at one depth: seeds, means and intervals at every budget."""
    finished = runs[runs["diverged_at_step"].isna()]
    colour, marker = style.ARCHITECTURE_COLOURS[architecture], style.ARCHITECTURE_MARKERS[architecture]
    means = intervals(finished, ["steps"], column)
    places = means["steps"].map(budgets.index) + shift
    axes.plot(places, means["mean"], color=colour, lw=1.6, ls=line)
    axes.plot(places, means["mean"], color=colour, marker=marker, ms=4.5, ls="")
    axes.vlines(places, means["low"], means["high"], color=colour, lw=1.4)
    if several_seeds(finished):
        beside = finished["steps"].map(budgets.index) + shift + 0.035
        axes.plot(beside, finished[column], marker=marker, ms=2.8, color=colour, alpha=0.6, mec="none", ls="")


def name_finals(axes: Axes, after: pd.DataFrame, place: int, shifts: dict[Any, float]) -> None:
    """Write architecture and depth at the right of the last panel, whose last budget is at `place`."""
    last = after[after["diverged_at_step"].isna() & (after["steps"] == after["steps"].max())]
    ends = []
    for _, row in intervals(last, NETWORK, "test_error").iterrows():
        architecture, depth = row["architecture"], row["depth"]
        x = place + shifts[(architecture, depth)]
        ends.append(End(x, row["mean"], f"{architecture} {depth}", style.ARCHITECTURE_COLOURS[architecture]))
    label_ends(axes, ends)


def mark_diverged(row: Any, after: pd.DataFrame, budgets: list[int]) -> None:
    """A cross above every budget at which runs are missing, with their number."""
    counts = Counter[int]()
    for lost in diverged(after):
        counts[lost.steps] += lost.k
    for steps, count in counts.items():
        for axes in row:
            axes.text(
                budgets.index(steps), 1.0, f"{count}{CROSS}", transform=axes.get_xaxis_transform(),
                ha="center", va="center", size=9.5, weight="bold", color=style.MUTED,
            )  # fmt: skip
