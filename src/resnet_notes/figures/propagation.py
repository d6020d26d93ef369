"""Figure `propagation`: variances by layer at initialisation, three initialisations of four kinds of units."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.initialisations import ACTIVATIONS, COLOURS, LINES, MARKERS, NAMES
from resnet_notes.figures.labels import End, label_ends

BODY = 6.2
"""Inches."""

ROWS = {
    "variance": "Activations",
    "back_propagated": "Back-propagated\ngradients",
    "weight_gradient": "Weight gradients",
}


class Look(NamedTuple):
    """How a series looks and what it is called."""

    name: str
    colour: str
    marker: str
    line: Any
    """Line style of the theory."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.propagation`.

    Geometric means over the draws with 95 % t-intervals of the logarithms, and theory as lines.
    """
    looks = {name: Look(NAMES[name], COLOURS[name], MARKERS[name], LINES[name]) for name in NAMES}
    title = "Variance of signals at initialisation, layer by layer"
    lines = [f"{setting(table)}. Uniform: ±1/√k for k inputs."]
    return panels(table.assign(series=table["initialisation"]), title, lines, ROWS, looks, right=0.72)


def panels(table: pd.DataFrame, title: str, lines: list[str], rows: dict[str, str], looks: dict[Any, Look],
           right: float, floor: float = -math.inf) -> Figure:  # fmt: skip
    """A grid of panels: quantities downwards, activation functions across, and a line per series in each.

    Args:
        table: Columns series, width, activation, source, draw, layer and the quantities.
        title: Of the figure.
        lines: Under the title, before those that tell how to read the marks.
        rows: Quantities and what they are called.
        looks: Of each series.
        right: Inches for the names of the series.
        floor: Exponent of ten where panels end; how far a line goes below is written beside it.
    """
    key = "Marks: measured (geometric mean, 95 % interval). Lines: theory for infinite width."
    figure, place = style.canvas(BODY, title, [*lines, key], right)
    place |= {"left": 0.98 / style.WIDTH, "wspace": 0.22, "hspace": 0.14}
    grid = figure.subplots(len(rows), len(ACTIVATIONS), sharex=True, sharey="row", squeeze=False, gridspec_kw=place)
    for line, (quantity, name) in zip(grid, rows.items()):
        for axes, activation in zip(line, ACTIVATIONS):
            fill(axes, table[table["activation"] == activation], quantity, looks)
        line[0].set_ylabel(name)
        decades(line[0], floor)
        for axes in line:
            mark_hidden(axes)
    for axes, name in zip(grid[0], ACTIVATIONS.values()):
        axes.set_title(name)
    last = float(table["layer"].max())
    grid[0, 0].locator_params(axis="x", nbins=3)
    grid[0, 0].set_xlim(-0.02 * last, 1.03 * last)
    # one row of names is enough, and in the others lines that lie apart end in one point
    label_ends(grid[0, -1], [end(line) for line in grid[0, -1].lines if is_named(line)], size=9.5)
    figure.supxlabel("Layer", size=10, x=(place["left"] + place["right"]) / 2, y=0.012)
    return figure


def setting(table: pd.DataFrame) -> str:
    """Depth, width and number of draws of a table with the columns layer, width and draw."""
    draws = int(table["draw"].nunique())
    return f"Random networks of {table['layer'].max()} layers of {table['width'].iloc[0]:,} units, {draws} draws"


def fill(axes: Axes, table: pd.DataFrame, quantity: str, looks: dict[Any, Look]) -> None:
    """Measured marks and the line of the theory, as powers of ten, for every series."""
    exponents = table.assign(exponent=np.log10(table[quantity]))
    for key, look in looks.items():
        rows = exponents[exponents["series"] == key]
        theory = rows[rows["source"] == "theory"]
        measured = intervals(rows[rows["source"] == "simulation"], ["layer"], "exponent")
        axes.plot(theory["layer"], theory["exponent"], color=look.colour, lw=1.1, ls=look.line)
        axes.vlines(measured["layer"], measured["low"], measured["high"], color=look.colour, lw=1.4)
        axes.plot(measured["layer"], measured["mean"], look.marker, color=look.colour, ms=3.2, mew=0, label=look.name)


def decades(axes: Axes, floor: float) -> None:
    """Label exponents as powers of ten, from `floor` on."""
    axes.set_ylim(bottom=max(axes.get_ylim()[0], floor))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 4, 5, 10]))
    axes.yaxis.set_major_formatter(style.power_of_ten)


def mark_hidden(axes: Axes) -> None:
    """Write at the bottom of a panel how far its lowest line goes below it."""
    for line in filter(is_named, axes.lines):
        lowest = float(np.min(line.get_ydata()))
        if lowest < axes.get_ylim()[0]:
            axes.text(0.05, 0.03, f"down to\n{style.power_of_ten(lowest)}", transform=axes.transAxes, size=9,
                      color=line.get_color())  # fmt: skip


def is_named(line: Line2D) -> bool:
    """Whether a line is the measured marks of a series."""
    return not str(line.get_label()).startswith("_")


def end(line: Line2D) -> End:
    """The last mark of a series and its name."""
    x, y = (np.asarray(values, np.float64)[-1] for values in line.get_data())
    return End(float(x), float(y), str(line.get_label()), str(line.get_color()))
