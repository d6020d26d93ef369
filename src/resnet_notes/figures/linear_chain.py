"""Figure `linear_chain`: gradients in chains of equal linear layers, and how far one step overshoots."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_notes.figures import style
from resnet_notes.figures.labels import End, label_ends

BODY = 6.1
"""Inches."""

EXPLODES, VANISHES = style.ARCHITECTURE_COLOURS["plain"], style.ARCHITECTURE_COLOURS["residual"]
FEW = 12
"""Layers of the counter-examples: what they show is over after a few."""

MARKS = 12
"""Circles along a line, at most."""

DASHES, DOTS = (0, (4, 1.5)), (0, (1, 1.6))


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.linear_chain`: scalar weights, counter-examples, random matrices, one step.

    Values are drawn as their logarithms to base 10 on linear axes, whose ticks say powers of ten.
    """
    lines = [
        "l linear layers, all with the same weights. Top: norm of the first layer's gradient,",
        "lines by the closed form, circles by autograd. Bottom: its cause, and its effect.",
        "Bottom left: singular values bound the bold line; spectral radius \u03c1 is its limit.",
    ]
    figure, place = style.canvas(BODY, "Gradients in a chain of equal layers", lines, right=0.62)
    grid = {**place, "wspace": 0.6, "hspace": 0.45}
    (first, second), (third, fourth) = figure.subplots(2, 2, gridspec_kw=grid)
    table = table.sort_values(["chain", "scale", "size", "seed", "depth"])
    scalar = table[table["chain"] == "scalar"]
    weights(first, scalar)
    counter_examples(second, table[table["depth"] <= FEW])
    spectra(third, table[table["chain"] == "random"])
    steps(fourth, scalar)
    for axes in (first, second, third, fourth):
        axes.set_xlabel("Layers l")
    for axes in (first, second, fourth):
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for axes in (first, fourth):
        axes.yaxis.set_major_formatter(style.power_of_ten)
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def weights(axes: Axes, scalar: pd.DataFrame) -> None:
    """Scalar chains: a line per weight, and the least weight with the exponent that the notes have."""
    axes.set_title("Gradient, a single weight w")
    ends = []
    for scale, rows in scalar.groupby("scale"):
        ends.append(line(axes, rows, "closed_form", float(scale)))  # type: ignore[arg-type]
        circles(axes, rows, log10(rows["autograd"]), ends[-1].colour)
    least = scalar["scale"].min()
    notes = scalar[scalar["scale"] == least]
    axes.plot(notes["depth"], log10(notes["notes_form"]), color=style.INK, lw=1.2, ls=DASHES)
    axes.text(
        0.03,
        0.97,
        f"dashed: the notes'\nformula, w = {least:g}",
        transform=axes.transAxes,
        va="top",
        size=9,
        bbox=style.BLANK,
    )
    axes.margins(y=0.14)
    label_ends(axes, ends, heading="w")


def counter_examples(axes: Axes, table: pd.DataFrame) -> None:
    """Entries below one that explode, entries above one that vanish, and an orthogonal matrix."""
    axes.set_title("Gradient, three matrices")
    words = {
        "equal": (EXPLODES, "every entry {scale:g},\n{size} \u00d7 {size}", (0.04, 0.9), "left"),
        "orthogonal": (style.MUTED, "orthogonal", (0.99, 0.26), "right"),
        "nilpotent": (VANISHES, "[[{scale:g}, \u2212{scale:g}], [{scale:g}, \u2212{scale:g}]]", (0.99, 0.07), "right"),
    }
    zero = -2  # where a gradient of zero is drawn
    for name, (colour, text, (x, y), side) in words.items():
        rows = table[table["chain"] == name]
        if rows.empty:
            continue
        last = rows.iloc[-1]
        rows = rows[(rows["size"] == last["size"]) & (rows["seed"].isna() | (rows["seed"] == last["seed"]))]
        heights = log10(rows["closed_form"]).fillna(zero)
        axes.plot(rows["depth"], heights, color=colour, lw=1.6, clip_on=False)
        circles(axes, rows, log10(rows["autograd"]).fillna(zero), colour)
        axes.text(x, y, text.format(**last), transform=axes.transAxes, ha=side, va="center", size=9.5, weight="bold",
                  color=colour)  # fmt: skip
    top = max(axes.get_ylim()[1], 2.0)
    axes.set_ylim(zero, top)
    ticks = range(0, int(top) + 1, max(2, int(top) // 4))
    axes.set_yticks([zero, *ticks], ["0", *(style.power_of_ten(tick) for tick in ticks)])


def spectra(axes: Axes, random: pd.DataFrame) -> None:
    """Random matrices: the factor of a layer, |W^(l-1)|^(1/(l-1)), its bounds for one matrix, and its limits."""
    axes.set_title("Random W: factor per layer")
    random = random[random["depth"] > 1]
    if random.empty:
        return
    # Most happens in the first few layers.
    axes.set_xscale("log")
    axes.set_xticks([tick for tick in (2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= random["depth"].max()])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    roots = 1 / (random["depth"] - 1)
    random = random.assign(**{name: random[name] ** roots for name in ("norm", "smallest", "largest")})
    # The bounds of the matrix with the largest singular value: no other one's line lies above them.
    shown, ends = random["largest"].idxmax(), []
    for _, rows in random.groupby(["scale", "size", "seed"]):
        colour = colour_of(rows["scale"].iloc[0])
        axes.plot(rows["depth"], rows["norm"], color=colour, lw=2.4 if shown in rows.index else 0.6)
        if shown in rows.index:  # the least depth, as high powers of the smallest are beyond floats
            bounds(axes, rows["smallest"].iloc[0], rows["largest"].iloc[0])
    for scale in sorted(set(random["scale"])):
        axes.axhline(scale, color=style.INK, lw=1.2, ls=DASHES, zorder=3)
        ends.append(End(random["depth"].max(), scale, f"{scale:g}", colour_of(scale)))
    label_ends(axes, ends, heading="\u03c1")


def bounds(axes: Axes, smallest: float, largest: float) -> None:
    """Dotted lines at the extreme singular values of a matrix, with what they are called above them."""
    axes.set_ylim(0, 1.4 * largest)
    axes.locator_params(axis="y", nbins=5)
    for value, name in ((smallest, "min"), (largest, "max")):
        axes.axhline(value, color=style.INK, lw=1.6, ls=DOTS)
        axes.annotate(f"$\\sigma_{{\\mathrm{{{name}}}}}$", (0.97, value), (0, 4), xycoords=("axes fraction", "data"),
                      textcoords="offset points", ha="right", size=11)  # fmt: skip
    axes.text(0.99, 0.97, "$\\Vert W^{\\,l-1}\\Vert^{1/(l-1)}$", transform=axes.transAxes, ha="right", va="top",
              size=10, bbox=style.BLANK)  # fmt: skip


def steps(axes: Axes, scalar: pd.DataFrame) -> None:
    """Length of a step over the distance to the minimum; above two it ends farther away than it began."""
    axes.set_title("Step / distance to minimum")
    ends = []
    for scale, rows in scalar.dropna(subset=["overshoot"]).groupby("scale"):
        ends.append(line(axes, rows, "overshoot", float(scale)))  # type: ignore[arg-type]
    axes.axhline(np.log10(2), color=style.INK, lw=1.2, ls=DASHES)
    rate = scalar["learning_rate"].iloc[0]
    axes.text(0.03, 0.98, f"learning rate {rate:g}", transform=axes.transAxes, va="top", size=9, bbox=style.BLANK)
    axes.text(
        0.03, 0.03, "above the dashes:\nfarther away\nthan before", transform=axes.transAxes, size=9, bbox=style.BLANK
    )
    axes.margins(y=0.14)
    label_ends(axes, ends, heading="w")


def line(axes: Axes, rows: pd.DataFrame, column: str, scale: float) -> End:
    """A column against depth. Returns its end."""
    colour, heights = colour_of(scale), log10(rows[column])
    axes.plot(rows["depth"], heights, color=colour, lw=1.6)
    return End(rows["depth"].iloc[-1], heights.iloc[-1], f"{scale:g}", colour)


def colour_of(scale: float) -> str:
    """Orange for what is above one, navy below, grey for one."""
    return EXPLODES if scale > 1 else VANISHES if scale < 1 else style.MUTED


def circles(axes: Axes, rows: pd.DataFrame, heights: pd.Series, colour: str) -> None:
    """Circles at depths that do not crowd."""
    apart, kept, last = rows["depth"].max() / MARKS, [], -math.inf
    for depth in rows["depth"]:
        if depth - last >= apart:
            kept, last = [*kept, depth], depth
    shown = rows["depth"].isin(kept)
    axes.plot(rows["depth"][shown], heights[shown], color=colour, lw=0, marker="o", ms=4, mfc="white", mew=1.1,
              clip_on=False)  # fmt: skip


def log10(values: pd.Series) -> pd.Series:
    """Logarithm to base 10, missing for zero."""
    return pd.Series(np.log10(values.where(values > 0)), index=values.index)
