"""A sheet of small pictures, layer by layer: what excites units of a trained network, and those of an untrained one."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.figures import style

ACROSS = 3
"""Pictures of a unit beside each other."""

LEFT, MIDDLE, RIGHT = 0.98, 0.26, 0.08
"""Margins at the left (for the labels), between the halves, and at the right, inches."""

BETWEEN, BELOW, HEADING, HEADER = 0.09, 0.06, 0.32, 0.24
"""Inches between units, below a part of a layer, above a layer, and above all layers."""

FILL = 0.93
"""Of a cell's side that its picture fills."""

CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
"""Of a frame, without which white patches would run into the paper."""

PARTS = {"weights": "weights", "top": "test images", "maximised": "made for it"}


def sheet(table: pd.DataFrame, title: str, lines: Sequence[str], layers: Mapping[int, str]) -> Figure:
    """Draw the pictures of the least seed: trained at the left, untrained at the right.

    Args:
        table: With the columns of `analysis.features.pictures`.
        title: What is shown.
        lines: How to read it, below the title.
        layers: What each layer is called, from the lowest.
    """
    own = table[table["seed"] == table["seed"].min()]
    units = sorted(set(own["unit"]))
    half = (style.WIDTH - LEFT - MIDDLE - RIGHT) / 2
    cell = (half - BETWEEN * (len(units) - 1)) / (ACROSS * len(units))
    parts = {key: -(-(max(group["place"]) + 1) // ACROSS) for key, group in own.groupby(["layer", "part"], sort=False)}
    body = HEADER + len(layers) * HEADING + sum(rows * cell + BELOW for rows in parts.values())
    figure, _ = style.canvas(body, title, lines, right=0)
    axes = in_inches(figure)
    lefts = {1: LEFT, 0: LEFT + half + MIDDLE}
    y = body - HEADER
    for trained, words in ((1, "Trained"), (0, "Before training")):
        axes.text(lefts[trained], y, words, size=11, weight="bold")
    for layer, name in layers.items():
        y -= HEADING
        axes.text(0.012 * style.WIDTH, y + 0.07, name, size=9.5, weight="bold")
        for trained, left in lefts.items():
            axes.text(left + half, y + 0.07, likeness(own[(own["layer"] == layer) & (own["trained"] == trained)]),
                      size=8.5, color=style.MUTED, ha="right")  # fmt: skip
        for part in PARTS:
            rows = parts.get((layer, part), 0)
            if rows:
                shown = own[(own["layer"] == layer) & (own["part"] == part)]
                axes.text(LEFT - 0.08, y - rows * cell / 2, label(part, shown), size=8.5, color=style.MUTED, ha="right",
                          va="center", linespacing=1.15)  # fmt: skip
                draw_part(axes, shown, {key: (left, y) for key, left in lefts.items()}, units, cell)
                y -= rows * cell + BELOW
    return figure


def in_inches(figure: Figure) -> Axes:
    """Axes without marks over all of a figure, in inches from its lower left corner."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, figure.get_figwidth()), ylim=(0, figure.get_figheight()), autoscale_on=False)
    return axes


def draw_part(
    axes: Axes, shown: pd.DataFrame, corners: Mapping[int, tuple[float, float]], units: Sequence[int], cell: float
) -> None:
    """Draw one part of a layer for all units; a pixel is as large in every picture.

    Args:
        axes: Of `in_inches`.
        shown: The part's pictures.
        corners: Upper left corner of the trained and of the untrained half.
        units: From left to right.
        cell: Side of the cell of a picture, inches.
    """
    frames = []
    pixel = FILL * cell / max(shown["height"].max(), shown["width"].max())
    for picture in shown.itertuples():
        left, top = corners[int(str(picture.trained))]
        row, column = divmod(int(str(picture.place)), ACROSS)
        across = units.index(picture.unit) * (ACROSS * cell + BETWEEN) + column * cell
        grey = pixels(str(picture.pixels), int(str(picture.height)))
        x, y = left + across + cell / 2, top - (row + 0.5) * cell
        width, height = pixel * grey.shape[1] / 2, pixel * grey.shape[0] / 2
        axes.imshow(grey, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="auto",
                    extent=(x - width, x + width, y - height, y + height))  # fmt: skip
        frames.append([(x + width * right, y + height * up) for right, up in CORNERS])
    axes.add_collection(PolyCollection(frames, facecolor="none", edgecolor=style.MUTED, lw=0.3), autolim=False)


def label(part: str, shown: pd.DataFrame) -> str:
    """What stands at the left of a part; of patches with the size that a unit sees."""
    if part != "top":
        return PARTS[part]
    side = min(shown["field"].max(), shown["width"].max())
    return f"{PARTS[part]},\n{side}\u00d7{side} pixels"


def likeness(own: pd.DataFrame) -> str:
    """How alike the inputs are that are made from different starts: the mean over units of their mean cosine."""
    return f"likeness {t_interval(own.groupby('unit')['agreement'].first()).mean:.2f}"


def pixels(text: str, height: int) -> np.ndarray:
    """A picture [height, width] from a byte per pixel in hexadecimal."""
    return np.frombuffer(bytes.fromhex(text), dtype=np.uint8).reshape(height, -1)
