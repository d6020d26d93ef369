"""Figure `triangle_map`: a zigzag that depth gets for two units a fold, and one hidden layer piece by piece."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_notes.figures import style

BODY = 3.5
"""Inches."""

DEEP, SHALLOW = style.ARCHITECTURE_COLOURS["residual"], style.ARCHITECTURE_COLOURS["plain"]


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.triangle_map`: graphs on the left, one below the other, and counts on the right."""
    points, counts = (table[table["what"] == what] for what in ("point", "count"))
    lines = [
        "m(x) = 2 relu(x) \u2212 4 relu(x \u2212 \u00bd), applied k times by k layers of two ReLUs.",
        "One hidden layer that computes the same on [0, 1] needs a unit for every piece.",
    ]
    figure, place = style.canvas(BODY, "The triangle map: linear pieces and units against depth", lines, right=0.12)
    grid = figure.add_gridspec(1, 2, **place, width_ratios=[1, 1.15], wspace=0.3)
    drawn = [int(k) for k in sorted(set(points["layers"]))]
    column = grid[0].subgridspec(len(drawn), 1, hspace=0.75).subplots(squeeze=False)[:, 0]
    for axes, k in zip(column, drawn, strict=True):
        graph(axes, points[points["layers"] == k].sort_values("x"), counts[counts["layers"] == k], k)
        if k == drawn[-1]:
            axes.set_xlabel("x")
        else:
            axes.tick_params(labelbottom=False)
    numbers(figure.add_subplot(grid[1]), counts)
    return figure


def graph(axes: Axes, points: pd.DataFrame, counts: pd.DataFrame, k: int) -> None:
    """The map applied k times, a mark at every end of a piece."""
    deep = counts[counts["network"] == "deep"].iloc[0]
    axes.plot(points["x"], points["y"], color=DEEP, lw=1.8, marker="o", ms=3, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 1])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title(f"k = {k}: {deep['units']:.0f} units, {deep['pieces']:.0f} pieces", weight="normal")


def numbers(axes: Axes, counts: pd.DataFrame) -> None:
    """Units of both networks, and the pieces that both have, on a logarithmic axis."""
    by_name = {name: rows.sort_values("layers") for name, rows in counts.groupby("network")}
    deep, shallow = by_name["deep"], by_name["shallow"]
    axes.plot(deep["layers"], deep["pieces"], color=style.MUTED, lw=0, marker="s", ms=8.5, mfc="none", mew=1.2)
    axes.plot(shallow["layers"], shallow["units"], color=SHALLOW, lw=1.6, ls=(0, (4, 1.5)), marker="^", ms=4.5)
    axes.plot(deep["layers"], deep["units"], color=DEEP, lw=1.6, marker="o", ms=4.5)
    axes.set_yscale("log", base=4)
    axes.set_ylim(bottom=1)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("Layers k")
    axes.set_title("Number of pieces and units", weight="normal")
    # below the marks, above the grid
    words = {"transform": axes.transAxes, "weight": "bold", "linespacing": 1.35, "bbox": style.BLANK, "zorder": 1.5}
    axes.text(0.04, 0.985, "\u25a1 either network:\n    2\u1d4f pieces", va="top", color=style.MUTED, **words)
    axes.text(0.04, 0.81, "\u25b2 one hidden layer:\n    2\u1d4f units", va="top", color=SHALLOW, **words)
    axes.text(0.99, 0.05, "\u25cf k layers of two:\n    2k units", ha="right", va="bottom", color=DEEP, **words)
