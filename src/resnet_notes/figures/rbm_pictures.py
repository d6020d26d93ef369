"""Figure `rbm_pictures`: filters, reconstructions, and what running chains of deep belief networks make up."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.labels import dataset_name

ROW = 0.5
"""Height and width of a picture with its margin, inches."""

COLUMNS = 10
GAP = 0.34
"""Above a part, for its heading."""

PARTS = {
    "filters": "Weights of the first hidden units (white: positive, black: negative)",
    "images": "Test images, and below each what comes back from a hidden layer",
    "chain": "Running chains of the highest RBM, each passed down to the pixels",
    "greedy": "Dreams of each label, before and after the up-down algorithm",
}
"""Headings, over the part that they begin with."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.rbm_pictures`: a row per part and place, ten pictures in a row."""
    rows = [
        (str(part), int(str(at)), group.sort_values("place").iloc[first : first + COLUMNS])
        for (part, at), group in table.groupby(["part", "at"], sort=False)  # type: ignore[misc]
        for first in range(0, len(group), COLUMNS)
    ]
    headed = [row for row, (part, _, _) in enumerate(rows) if part in PARTS and part not in {p for p, *_ in rows[:row]}]
    body = ROW * len(rows) + GAP * len(headed) + 0.1
    first = table.iloc[0]
    name = dataset_name(first["dataset"])
    lines = [f"{name}, one network (seed {first['seed']}): a look, not a measurement."]
    figure, place = style.canvas(body, "What restricted Boltzmann machines see, keep and make up", lines, right=0.1)
    height = figure.get_figheight()
    top = place["top"] + 0.3 / height
    left = 1.22 / style.WIDTH
    for row, (part, at, pictures) in enumerate(rows):
        if row in headed:
            top -= GAP / height
            figure.text(0.012, top + 0.07 / height, PARTS[part], size=10, weight="bold")
        top -= ROW / height
        figure.text(left - 0.015, top + 0.5 * ROW / height, label(part, at, rows, row), size=9, color=style.MUTED,
                    ha="right", va="center")  # fmt: skip
        for number, picture in enumerate(pictures.itertuples()):
            axes = figure.add_axes(
                (left + number * ROW / style.WIDTH, top, 0.94 * ROW / style.WIDTH, 0.94 * ROW / height)
            )
            axes.set_axis_off()
            axes.imshow(pixels(str(picture.pixels), int(str(picture.side))), cmap="gray", vmin=0, vmax=255,
                        interpolation="nearest")  # fmt: skip
    return figure


def label(part: str, at: int, rows: list, row: int) -> str:
    """What stands at the left of a row."""
    if part == "filters" and row and rows[row - 1][0] == part:
        return ""
    words = {
        "filters": "filters",
        "images": "image",
        "reconstructions": f"layer {at}",
        "chain": f"{at:,} step{'s' * (at != 1)}",
        "greedy": "greedy",
        "up_down": "up-down",
    }
    return words[part]


def pixels(text: str, side: int) -> np.ndarray:
    """A picture [side, side], or one row of pixels where it is not square."""
    values = np.frombuffer(bytes.fromhex(text), dtype=np.uint8)
    return values.reshape(side, side) if side else values[None]
