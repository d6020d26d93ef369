"""The figure on shattered gradients draws what is in its table, without overlap, always the same bytes."""

import functools
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from resnet_notes.figures import shattered_gradients, style
from resnet_notes.theory.shattered_gradients import table

SETTINGS = {"seed": 0, "width": 32, "depths": [1, 3, 6], "betas": [0.5], "points": 64, "lags": 4, "draws": 3}
WIDE = {"depths": [2, 5, 10, 15, 20, 30], "betas": [1.0, 0.25], "points": 256, "lags": 15, "draws": 2}


@functools.cache
def drawn(is_wide: bool = False) -> tuple[pd.DataFrame, Figure]:
    """The table as it is read back from its file, and the picture."""
    rows = table(SETTINGS | WIDE if is_wide else SETTINGS)
    read = pd.read_csv(io.StringIO(rows.to_csv(index=False, float_format="%.6g")))
    return read, shattered_gradients.draw(read)


@pytest.mark.parametrize("is_wide", [False, True])
def test_no_words_leave_the_figure_or_overlap(is_wide: bool):
    _, figure = drawn(is_wide)
    figure.canvas.draw()
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, axes._left_title, axes.yaxis.label, *axes.get_xticklabels()]  # type: ignore[attr-defined]
    boxes = [Text.get_window_extent(text) for text in texts if text.get_text() and text.get_visible()]
    right, top = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= right and box.y0 >= 0 and box.y1 <= top for box in boxes)
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]
    assert min(text.get_fontsize() for text in texts if text.get_text()) >= 9


def test_lines_are_means_over_draws():
    rows, figure = drawn()
    deepest = rows[(rows["what"] == "autocorrelation") & (rows["depth"] == 6)]
    for axes, series in zip(figure.axes[-3:], ("plain", "centred", "residual"), strict=True):
        own = deepest[deepest["series"] == series]
        lines = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]
        for source in set(own["source"]):
            mean = own[own["source"] == source].groupby("place")["value"].mean()
            assert any(np.allclose(line, mean) for line in lines)
        first = own.loc[(own["place"] == 1) & (own["source"] == "simulation"), "value"].mean()
        assert f"r₁ = {first:.2f} ± ".replace("-", "−") in axes.get_title(loc="left")


def test_what_is_said_is_computed():
    _, figure = drawn()
    said = " ".join(text.get_text() for text in figure.texts)
    assert "32 units a layer" in said and "64 points" in said and "3 draws" in said and "6 layers" in said
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:6] == ["1 layer", "Brownian motion", "White noise", "Plain", "Centred", "Residual, β=0.5"]


def test_same_table_same_bytes(tmp_path: Path):
    rows, first = drawn()
    again = shattered_gradients.draw(rows)
    bytes_of = [
        [path.read_bytes() for path in style.save(figure, tmp_path / str(k), "shattered_gradients")]
        for k, figure in enumerate((first, again))
    ]
    assert bytes_of[0] == bytes_of[1]


def test_the_title_is_what_the_table_says():
    rows, figure = drawn()
    assert "Dashed, for plain and centred networks only" in " ".join(text.get_text() for text in figure.texts)
    deep = (rows["what"] == "autocorrelation") & (rows["depth"] == 6) & (rows["source"] == "simulation")
    first = deep & (rows["place"] == 1)
    for noisy, title in (
        ({"centred"}, "Slopes of deep random networks: noise only if centred"),
        ({"plain", "residual"}, "Slopes of random networks, beside noise"),
        (set(), "Slopes of random networks, beside noise"),
    ):
        told = rows.copy()
        told.loc[first, "value"] = 0.8 + 0.01 * rows["draw"]
        told.loc[first & rows["series"].isin(noisy), "value"] = 0.01 * (rows["draw"] - 1)  # of draws 0 to 2
        assert shattered_gradients.draw(told).texts[0].get_text() == title
