"""Figure `surfaces`: the loss on a plane through trained networks, and on a line through those of every seed."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from resnet_notes.analysis.statistics import intervals, t_interval
from resnet_notes.analysis.surfaces import basins, sections
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, architecture_ends, dataset_name, label_ends

BODY = 5.65
"""Inches."""

UNIT = "(filter norms)"
"""Of places: at 1, every filter is moved by as much as it is long."""

COLOURS = "viridis"
STEP, TOP = 0.5, 4.0
"""Of the levels, in powers of ten: from one to the next, and the last one. What is higher has the last colour."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.surfaces`: planes of the deepest networks above, sections of all seeds' below."""
    depth = int(table["depth"].max())
    deepest = table[table["depth"] == depth]
    seed = int(deepest[deepest["second"] != 0]["seed"].min())
    figure, place = style.canvas(BODY, "The loss around trained networks", lines(table, seed), right=0.95)
    grid = figure.add_gridspec(2, 2, **place, height_ratios=(1.3, 1), wspace=0.32, hspace=0.45)
    planes = deepest[deepest["seed"] == seed]
    scale = levels(planes["log10_loss"])
    for column, (architecture, own) in enumerate(planes.groupby("architecture")):
        axes = figure.add_subplot(grid[0, column], box_aspect=1)
        axes.set_title(f"{architecture}, {depth} layers")
        contours(axes, own, scale)
        axes.set_xlabel(f"First direction {UNIT}")
        if column == 0:
            axes.set_ylabel(f"Second direction {UNIT}", labelpad=1)
    colour_bar(figure, scale)
    left, right = figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    rows = of_all_seeds(sections(deepest))
    curves(left, rows, "error")
    style.percent_axis(left, "Training error (%)", 100)
    curves(right, rows, "log10_loss")
    right.set_ylabel("Loss (nats)", labelpad=1)
    right.locator_params(axis="y", integer=True, nbins=6)
    right.yaxis.set_major_formatter(style.power_of_ten)
    label_ends(right, architecture_ends(rows.dropna(), "first", "log10_loss"), size=9.5)
    return figure


def levels(logs: pd.Series) -> list[float]:
    """Powers of ten, `STEP` apart, that enclose some logarithms up to `TOP`."""
    present = list(logs.dropna())
    low, high = math.floor(min(present, default=0.0) / STEP), math.ceil(min(max(present, default=0.0), TOP) / STEP)
    return [STEP * number for number in range(low, max(high, low + 1) + 1)]


def colour_bar(figure: Figure, scale: list[float]) -> None:
    """The scale of all planes, at the right of the last one."""
    axes = figure.axes[-1]
    bar = figure.colorbar(ScalarMappable(colours(scale), COLOURS), cax=axes.inset_axes((1.08, 0.0, 0.07, 1.0)))
    bar.set_ticks(decades(scale))
    bar.ax.yaxis.set_major_formatter(style.power_of_ten)
    bar.minorticks_off()
    bar.set_label("Loss (nats)")


def colours(scale: list[float]) -> BoundaryNorm:
    """Which part of the colour map lies between which levels."""
    return BoundaryNorm(scale, 256, extend="max")


def decades(scale: list[float]) -> list[float]:
    """Those of some levels that are whole powers of ten."""
    return [level for level in scale if level == round(level)]


def contours(axes: Axes, plane: pd.DataFrame, scale: list[float]) -> None:
    """A plane's loss in colour, and the line on which it is twice that of the network in the middle."""
    logs = plane.pivot(index="second", columns="first", values="log10_loss")
    xyz = logs.columns, logs.index, np.ma.masked_invalid(logs)
    hatch_missing(axes, logs)
    axes.set(xlim=(logs.columns[0], logs.columns[-1]), ylim=(logs.index[0], logs.index[-1]))
    low, high = float(plane["log10_loss"].min()), float(plane["log10_loss"].max())
    if low <= high:  # not where no loss is finite
        axes.contourf(*xyz, levels=scale, cmap=COLOURS, norm=colours(scale), extend="max")
    doubled = float(logs.loc[0, 0]) + math.log10(2)  # type: ignore[arg-type, index]
    if seen := [level for level in decades(scale) if low < level < high]:
        inks = ["white" if level < (scale[0] + scale[-1]) / 2 else style.INK for level in seen]
        drawn = axes.contour(*xyz, levels=seen, colors=inks, linewidths=0.8)
        # a label fits neither in a corner, where open lines end, nor beside the dashed line
        border = min(logs.iloc[[0, -1]].min().min(), logs.iloc[:, [0, -1]].min().min())
        labelled = [level for level in seen if level < border and abs(level - doubled) > 0.2]
        axes.clabel(drawn, labelled, fmt=style.power_of_ten, fontsize=8.5)
    if doubled < high:
        axes.contour(*xyz, levels=[doubled], colors="white", linewidths=1.6, linestyles="--")
    outline = [withStroke(linewidth=3, foreground=style.INK)]
    axes.plot(0, 0, marker="+", ms=9, mew=1.8, color="white", path_effects=outline)
    axes.grid(False)
    axes.locator_params(nbins=5)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")


def hatch_missing(axes: Axes, logs: pd.DataFrame) -> None:
    """Hatch the cells between four places of which one has no loss; `contourf` leaves them, or half of them, free."""
    missing, x, y = logs.isna().to_numpy(), list(logs.columns), list(logs.index)
    cells = missing[:-1, :-1] | missing[:-1, 1:] | missing[1:, :-1] | missing[1:, 1:]
    corners = [[(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])] for i, j in np.argwhere(cells)]
    if corners:
        axes.add_collection(PolyCollection(corners, hatch="///", facecolor="white", edgecolor=style.MUTED, lw=0))


def curves(axes: Axes, rows: pd.DataFrame, y: str) -> None:
    """Mean and 95 % interval over seeds along the first direction."""
    for architecture, own in rows.groupby("architecture"):
        means = intervals(own, ["first"], y)
        name = str(architecture)
        colour = style.ARCHITECTURE_COLOURS[name]
        axes.plot(means["first"], means["mean"], color=colour, lw=1.6, ls=style.ARCHITECTURE_LINES[name])
        axes.fill_between(means["first"], means["low"], means["high"], color=colour, alpha=0.15, lw=0)
    axes.set_xlabel(f"First direction {UNIT}")
    axes.xaxis.set_major_formatter("{x:g}")


def of_all_seeds(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without the values at places where a seed has none: a mean over the others would look too good."""
    missing = rows["log10_loss"].isna().groupby([rows["architecture"], rows["first"]]).transform("any")
    return rows.assign(log10_loss=rows["log10_loss"].mask(missing), error=rows["error"].mask(missing))


def lines(table: pd.DataFrame, seed: int) -> list[str]:
    """What is shown, how wide the basins are and how far from convex, from the table."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Below: mean, 95 % interval, {seeds} seeds." if seeds > 1 else ""
    said = [
        f"{name}, training loss along random directions, each filter as long as the network's own.",
        f"Above: seed {seed}, dashed where its loss doubles.{marks}",
    ]
    if seeds > 1:
        found = basins(table)
        said += [
            f"Doubled at distance {UNIT}: {each(found, 'doubled')}.",
            f"Largest ratio of the loss to its convex envelope: {each(found, 'excess')}.",
        ]
    missing = int(table["log10_loss"].isna().sum())
    return said + [f"{missing} of {len(table)} losses are not finite and left out; hatched in planes."] * (missing > 0)


def each(found: pd.DataFrame, column: str) -> str:
    """Mean and interval of a column of `basins` for every network."""
    parts = []
    for (architecture, depth), own in found.groupby(["architecture", "depth"]):  # type: ignore[misc]
        mean, low, high, _ = t_interval(own[column])
        part = f"{architecture} {depth}: {mean:.2f} ({low:.2f} to {high:.2f})"
        parts.append(part.replace(" ", NO_BREAK))
    return "; ".join(parts)
