"""Figure `variance_ratios`: the factor by which a layer multiplies each variance, measured and predicted."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.initialisations import ACTIVATIONS, COLOURS, MARKERS, NAMES

BODY = 6.1
"""Inches."""

PANELS = {
    "forward": ("Activations", "Factor from a layer to the next"),
    "between_examples": ("Between examples", "Factor from a layer to the next"),
    "back_propagated": ("Back-propagated gradients", "Factor from a layer to the one below"),
    "weight_gradient": ("Weight gradients", "First layer / last layer"),
}
"""Quantities: what they are called, and what is drawn of them."""

FACTORS = {1 / 48: "1/48", 1 / 16: "1/16", 1 / 6: "1/6", 1 / 3: "1/3", 1.0: "1", 2.0: "2"}
"""Those that theory has for small signals, as ticks."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.variance_ratios`.

    Geometric means over the draws with 95 % t-intervals of the logarithms, and theory as upright strokes.
    """
    draws, width = int(table["draw"].nunique()), table["width"].iloc[0]
    lines = [
        f"Random networks of layers of {width:,} units, {draws} draws. Uniform: ±1/√k for k inputs.",
        "Marks: measured (geometric mean, 95 % interval). Strokes: theory for infinite width.",
    ]
    figure, place = style.canvas(BODY, "By how much a layer changes the variance", lines, right=0.12)
    place |= {"left": 0.78 / style.WIDTH, "wspace": 0.1, "hspace": 0.46}
    grid = figure.subplots(2, 2, sharey=True, gridspec_kw=place)
    panels = dict(zip(PANELS, grid.flat))
    for quantity, axes in panels.items():
        axes.set_title(PANELS[quantity][0])
        axes.set_xlabel(PANELS[quantity][1])
        fill(axes, table[table["quantity"] == quantity])
        factor_axis(axes, is_wide=quantity == "weight_gradient")
    name_initialisations(panels["forward"], table)
    name_mean(panels["forward"], table)
    return figure


def fill(axes: Axes, table: pd.DataFrame) -> None:
    """Measured and predicted factors of one quantity, as logarithms."""
    logs = table.assign(log=np.log10(table["value"]))
    for name in NAMES:
        rows = logs[logs["initialisation"] == name]
        for activation in ACTIVATIONS:
            of_units = rows[rows["activation"] == activation]
            y = place_of(activation, name)
            for theory in of_units.loc[of_units["source"] == "theory", "log"]:
                axes.plot([theory, theory], [y - 0.11, y + 0.11], color=style.INK, lw=1.1, zorder=3)
            found = t_interval(of_units.loc[of_units["source"] == "simulation", "log"])
            axes.hlines(y, found.low, found.high, color=COLOURS[name], lw=1.6)
            axes.plot(found.mean, y, MARKERS[name], color=COLOURS[name], ms=5, mew=0)


def place_of(activation: str, initialisation: str) -> float:
    """Height of a row: activation functions a unit apart, the initialisations of each close to one another."""
    return list(ACTIVATIONS).index(activation) + 0.28 * (list(NAMES).index(initialisation) - 1)


def factor_axis(axes: Axes, is_wide: bool) -> None:
    """Factors as fractions, or as powers of ten where the range is wide; activation functions from top to bottom."""
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_yticks(range(len(ACTIVATIONS)), list(ACTIVATIONS.values()))
    axes.set_ylim(len(ACTIVATIONS) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    if is_wide:
        axes.locator_params(axis="x", nbins=5, integer=True)
        axes.xaxis.set_major_formatter(style.power_of_ten)
    else:
        axes.set_xticks(np.log10(list(FACTORS)), list(FACTORS.values()))
        axes.set_xlim(np.log10(min(FACTORS) / 1.6), np.log10(max(FACTORS) * 1.4))


def name_initialisations(axes: Axes, table: pd.DataFrame) -> None:
    """Write the initialisations at the left of the marks of the first activation function."""
    first = next(iter(ACTIVATIONS))
    rows = table[(table["quantity"] == "forward") & (table["activation"] == first) & (table["source"] == "theory")]
    for name, value in zip(rows["initialisation"], rows["value"]):
        axes.annotate(NAMES[name], (float(np.log10(value)), place_of(first, name)), (-7, 0), ha="right", va="center",
                      textcoords="offset points", size=9, weight="bold", color=COLOURS[name])  # fmt: skip


def name_mean(axes: Axes, table: pd.DataFrame) -> None:
    """Write around which mean the sigmoid units sit, where one would look for signals near zero."""
    means = table[
        (table["quantity"] == "mean") & (table["activation"] == "sigmoid") & (table["source"] == "simulation")
    ]
    found = intervals(means, ["activation"], "value")["mean"].iloc[0]
    axes.text(np.log10(1 / 1.3), place_of("sigmoid", "glorot"), f"around a mean of {found:.2f}", ha="right",
              va="center", size=9, color=style.MUTED)  # fmt: skip
