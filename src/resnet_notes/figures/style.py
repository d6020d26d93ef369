"""The house style: one look for all figures, and files whose bytes depend on nothing but the table.

A figure is as wide as a column of print (16 cm) and its text is set for that width. No pyplot: it keeps
global state.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from resnet_notes.figures.contrast import INKS
from resnet_notes.replacing import replacing

INCH = 2.54
WIDTH = 16 / INCH
"""Inches."""

LINE_HEIGHT, LINE_LETTERS = 0.195, 84
"""Of the lines under a title: inches from one to the next, and how many letters fit."""

INK, MUTED, GRID = INKS[0], "#595959", "#e3e3e3"

BLANK = {"fc": "white", "ec": "none", "pad": 0.8}
"""A box behind words, so that no grid line runs through them."""

ARCHITECTURE_COLOURS = {"plain": "#cc5f00", "residual": "#123f7a"}
"""Orange and navy: apart in every common kind of colour vision, and in lightness, so on grey paper, too."""

ARCHITECTURE_MARKERS = {"plain": "s", "residual": "o"}
ARCHITECTURE_LINES: dict[str, Any] = {"plain": (0, (4, 1.5)), "residual": "-"}

STYLE: dict[str, Any] = {
    # A font that ships with matplotlib: the same outlines on every machine.
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "lines.solid_capstyle": "round",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    # Element ids in an SVG are hashes; unsalted they would be random.
    "svg.hashsalt": "resnet-notes",
    # Text as outlines: where the font is lacking, real text changes its width and runs into its neighbours.
    "svg.fonttype": "path",
}

# The defaults come first, so that a user's matplotlibrc changes nothing. The backend is no matter of looks.
_RC: Any = {key: value for key, value in matplotlib.rcParamsDefault.items() if "backend" not in key} | STYLE

house = matplotlib.rc_context(_RC)
"""Decorator of everything that draws or saves."""

# A file name's suffix and the metadata that would otherwise bring in the date or matplotlib's version.
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@house
def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write `<name>.svg` and `<name>.png` (200 dpi), each in one step.

    The same figure gives the same bytes in every process with the same matplotlib.

    Args:
        figure: What a `draw` returned.
        folder: Made when missing.
        name: The figure's name, without suffix.

    Returns:
        The two paths, SVG first.
    """
    paths = tuple(Path(folder) / f"{name}.{suffix}" for suffix in _METADATA)
    for path, (suffix, metadata) in zip(paths, _METADATA.items(), strict=True):
        with replacing(path) as temporary:
            figure.savefig(temporary, format=suffix, metadata=metadata)
    return paths[0], paths[1]


def canvas(body: float, title: str, lines: Sequence[str], right: float) -> tuple[Figure, dict[str, float]]:
    """An empty figure of the column's width with a title and smaller lines below it.

    Args:
        body: Height in inches of all that is below the lines: panels with their titles and axis labels.
        title: What is shown.
        lines: Data set and budget; how to read the marks. A long line is wrapped, and the figure grows by it.
        right: Inches to leave free at the right of the panels, for labels.

    Returns:
        The figure, and the place of its panels for `gridspec_kw`.
    """
    wrapped = [part for line in lines for part in textwrap.wrap(line, LINE_LETTERS, break_on_hyphens=False)]
    head = 0.33 + LINE_HEIGHT * len(wrapped)
    height = head + body
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    figure.text(0.012, 1 - 0.08 / height, title, size=12, weight="bold", va="top")
    for number, line in enumerate(wrapped):
        top = 0.33 + LINE_HEIGHT * number
        figure.text(0.012, 1 - top / height, line, size=9.5, color=MUTED, va="top")
    place = {
        "left": 0.62 / WIDTH,
        "right": 1 - right / WIDTH,
        "top": 1 - (head + 0.36) / height,
        "bottom": 0.52 / height,
    }
    return figure, place


def percent_axis(axes: Axes, label: str, top: float) -> None:
    """Errors from 0 to `top` %, ticks at whole numbers."""
    axes.set_ylabel(label)
    axes.set_ylim(0, min(100.0, top))
    axes.locator_params(axis="y", integer=True, steps=[1, 2, 5, 10])


def power_of_ten(exponent: float, _: float | None = None) -> str:
    """A power of ten, 1 as 1; also as what a tick at a logarithm says."""
    return f"$10^{{{exponent:.0f}}}$" if exponent else "1"


def depth_colours(depths: list[int]) -> dict[int, str]:
    """A colour per depth: viridis from green (shallow) to violet (deep), so darker is deeper, in grey, too.

    Args:
        depths: The depths of a figure in ascending order.
    """
    # Viridis beyond 0.72 is too pale for lines on white; words in these colours are darker, see `contrast.for_words`.
    step = 0.72 / max(len(depths) - 1, 1)
    return {depth: to_hex(colormaps["viridis"](step * rank)) for rank, depth in enumerate(reversed(depths))}


def count_axis(axes: Axes, last: int) -> None:
    """Things that are counted from 1 to `last` along the x axis: a tick at 1, others at round numbers."""
    step = next(step for power in (1, 10, 100, 1000) for step in (power, 2 * power, 5 * power) if last / step <= 6)
    axes.set_xticks(sorted({1, *range(step, last + 1, step)}))
