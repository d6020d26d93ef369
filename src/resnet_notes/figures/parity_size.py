"""Figure `parity_size`: gates and depth of circuits for parity against the number of inputs."""

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.labels import LEADER, End, spread

BODY = 7.0
"""Inches."""

TEXT = 9.5
"""Size of the labels in points."""

ORANGE, NAVY = style.ARCHITECTURE_COLOURS.values()


class Look(NamedTuple):
    """How a circuit is drawn and called."""

    words: str
    colour: str
    marker: str
    dashes: Any = "-"


CIRCUITS = {
    "dnf": Look("DNF", ORANGE, "s"),
    "threshold_network": Look("Threshold network", "#00795c", "D", (0, (3, 1.5))),
    "and_or_tree": Look("AND/OR tree", "#b0306a", "^"),
    "xor_tree": Look("XOR tree", NAVY, "o"),
    "xor_chain": Look("XOR chain", "#2b78bf", "v", (0, (1, 1.5))),
}
"""Where two lie on one another, the later one is dashed and lets the earlier one be seen."""

BOUNDED_DEPTH: tuple[list[str], list[str], list[Any]] = (
    ["#45246b", "#9668cc", "#6a3d9a", "#c0a3e0"],
    ["P", "X", "*", "h"],
    ["-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2))],
)
"""Colours, marks and dashes of the AND/OR circuits of bounded depth, from shallow to deep."""

BOUNDS = {
    "n_minus_1": "\u2265 $n-1$: 2-input gates",
    "n_log_n": "\u2264 $n\\,\\log_2 n$: the notes' tree",
    "dnf_terms": "\u2265 $2^{n-1}$: every DNF",
    "paturi_3": "\u221d $n^{1/4}\\,2^{\\sqrt{n}}$: least, depth 3",
}
HASTAD = "\u2265 H\u00e5stad: trivial for small n"


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.parity_size`."""
    circuits = table[table["kind"] == "circuit"]
    most = int(circuits["inputs"].max())
    lines = [
        f"Every circuit was built and compared with parity on all inputs; numbers at n = {most}.",
        "NOT is free. Rings: the smallest DNF, computed. Thin grey lines: bounds.",
    ]
    figure, place = style.canvas(BODY, "Circuits for parity: how many gates, how deep", lines, right=2.25)
    place["left"] += 0.13 / style.WIDTH  # tick labels up to 100,000
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.9, 1], gridspec_kw={**place, "hspace": 0.2})
    above.set(title="Size: gates in all", yscale="log", ylim=(0.75, 2 * float(table["gates"].max())))
    above.yaxis.set_major_formatter("{x:,.0f}")
    above.minorticks_off()
    below.set(title="Depth: gates on the longest path", ylim=(0.88, 1.15 * float(circuits["depth"].max())))
    below.set_yscale("log", base=2)
    below.yaxis.set_major_formatter("{x:.0f}")
    below.minorticks_off()
    below.set_xlabel("Inputs n")
    below.set_xlim(1.7, most + 0.3)
    below.locator_params(axis="x", integer=True)
    bounds = thin_lines(above, table[table["kind"] == "bound"])
    name_ends(above, [*curves(above, circuits, "gates"), *bounds])
    minimum = table[table["kind"] == "minimum"]
    above.plot(minimum["inputs"], minimum["gates"], "o", ms=8.5, mfc="none", mec=style.INK, mew=0.9)
    name_ends(below, curves(below, circuits, "depth"))
    return figure


def curves(axes: Axes, circuits: pd.DataFrame, column: str) -> list[End]:
    """A line with marks per circuit; where each ends, with its last value."""
    ends = []
    for name, look in looks(set(circuits["name"])).items():
        rows = circuits[circuits["name"] == name]
        axes.plot(rows["inputs"], rows[column], color=look.colour, ls=look.dashes, lw=1.6)
        axes.plot(rows["inputs"], rows[column], color=look.colour, ls="", marker=look.marker, ms=4.5)
        x, y = rows[["inputs", column]].iloc[-1]
        ends.append(End(x, y, f"{look.words}: {int(y):,}", look.colour))
    return ends


def looks(names: set[str]) -> dict[str, Look]:
    """How each circuit is drawn, in the order of drawing."""
    depths = sorted(int(name.removeprefix("depth_")) for name in names - set(CIRCUITS))
    bounded = {
        f"depth_{depth}": Look(f"AND/OR, depth {depth}", colour, marker, dashes)
        for depth, colour, marker, dashes in zip(depths, *BOUNDED_DEPTH)
    }
    return bounded | CIRCUITS


def thin_lines(axes: Axes, bounds: pd.DataFrame) -> list[End]:
    """A thin grey line per bound; Håstad's for all depths share a label, as they lie on one another."""
    ends = {}
    for name, rows in bounds.groupby("name", sort=False):
        axes.plot(rows["inputs"], rows["gates"], color=style.MUTED, lw=0.8)
        text = BOUNDS.get(str(name), HASTAD)
        x, y = rows[["inputs", "gates"]].iloc[-1]
        ends[text] = End(x, y, text, style.MUTED)
    return list(ends.values())


def name_ends(axes: Axes, ends: list[End]) -> None:
    """Labels at the right of a panel, apart from one another; those of bounds are not bold."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    to_axes = axes.transData + axes.transAxes.inverted()
    targets = [float(to_axes.transform((end.x, end.y))[1]) for end in ends]
    points = 72 * figure.get_figheight() * axes.get_position().height
    for end, place in zip(ends, spread(targets, 1.3 * TEXT / points), strict=True):
        axes.annotate(
            end.text, (end.x, end.y), (1.06, place), textcoords="axes fraction", va="center", size=TEXT,
            color=end.colour, weight="normal" if end.colour == style.MUTED else "bold", annotation_clip=False,
            arrowprops={**LEADER, "color": end.colour},
        )  # fmt: skip
