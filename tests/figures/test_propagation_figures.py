"""The figures on signals at initialisation draw what is in their tables, without overlap, always the same bytes."""

import functools
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from resnet_notes.figures import propagation, propagation_cures, signal_histograms, style, variance_ratios
from resnet_notes.theory import propagation as propagation_table
from resnet_notes.theory import propagation_cures as cures_table
from resnet_notes.theory import signal_histograms as histograms_table
from resnet_notes.theory import variance_ratios as ratios_table

FIGURES: dict[str, tuple[Any, Any]] = {
    "propagation": (propagation_table, propagation),
    "propagation_cures": (cures_table, propagation_cures),
    "variance_ratios": (ratios_table, variance_ratios),
    "signal_histograms": (histograms_table, signal_histograms),
}


@functools.cache
def drawn(name: str, width: int = 32, depth: int = 20, draws: int = 2) -> tuple[pd.DataFrame, Figure]:
    """The table as it is read back from its file, and the picture."""
    size = {"width": width, "depth": depth, "batch": 8, "draws": draws}
    shallow = size | {"depth": 5}
    table_of, figure_of = FIGURES[name]
    rows = table_of.table({"seed": 0, "deep": size, "ratios": shallow, "histograms": shallow})
    table = pd.read_csv(io.StringIO(rows.to_csv(index=False, float_format="%.6g")))
    return table, figure_of.draw(table)


def texts(figure: Figure) -> list[Text]:
    of_axes = [text for axes in figure.axes for text in [*axes.texts, axes._left_title, axes.xaxis.label]]  # type: ignore[attr-defined]
    return [text for text in [*figure.texts, *of_axes] if text.get_text()]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("width", "depth", "draws"), [(32, 20, 2), (48, 60, 3)])
def test_no_words_leave_the_figure_or_overlap(name: str, width: int, depth: int, draws: int):
    _, figure = drawn(name, width, depth, draws)
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in texts(figure)]
    right, top = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= right and box.y0 >= 0 and box.y1 <= top for box in boxes)
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]
    assert min(text.get_fontsize() for text in texts(figure)) >= 9


@pytest.mark.parametrize("name", ["propagation_cures", "variance_ratios", "signal_histograms"])
def test_same_table_same_bytes(name: str, tmp_path: Path):
    table, first = drawn(name)
    again = FIGURES[name][1].draw(table)
    bytes_of = [
        [path.read_bytes() for path in style.save(figure, tmp_path / str(k), name)]
        for k, figure in enumerate((first, again))
    ]
    assert bytes_of[0] == bytes_of[1]


def test_marks_are_geometric_means_and_lines_are_theory():
    table, figure = drawn("propagation", draws=3)
    axes = figure.axes[-1]  # weight gradients of ReLU networks
    rows = table[(table["activation"] == "relu") & (table["initialisation"] == "he")]
    marks = next(line for line in axes.lines if line.get_label() == "He")
    means = np.log10(rows[rows["source"] == "simulation"].set_index("layer")["weight_gradient"]).groupby("layer").mean()
    np.testing.assert_allclose(marks.get_ydata(), means)  # type: ignore[arg-type]
    theory = np.log10(rows.loc[rows["source"] == "theory", "weight_gradient"])
    assert any(len(line.get_ydata()) == len(theory) and np.allclose(line.get_ydata(), theory) for line in axes.lines)  # type: ignore[arg-type]


def test_what_the_floor_hides_is_written_beside_it():
    said = {text.get_text() for text in texts(drawn("propagation_cures", 48, 60, 3)[1])}
    assert {"plain", "batch norm", "shortcuts", "both"} <= said
    # a sigmoid layer with Glorot's weights multiplies by 1/18
    assert any(re.fullmatch(r"down to\n\$10\^\{-7\d\}\$", words) for words in said)
    assert not any("down to" in text.get_text() for text in texts(drawn("propagation_cures", depth=10)[1]))


def test_ridges_are_of_one_height():
    _, figure = drawn("signal_histograms")
    for axes in figure.axes:
        heights = [float(np.max(line.get_ydata())) for line in axes.lines]  # type: ignore[arg-type]
        assert np.diff(heights) == pytest.approx(-1)


def test_histograms_in_a_column_share_their_axis():
    _, figure = drawn("signal_histograms")
    limits = [axes.get_xlim() for axes in figure.axes]
    assert limits[:3] == limits[3:] and len(set(limits)) == 3


def test_cures_are_shown_for_the_initialisation_made_for_the_units():
    table, figure = drawn("propagation_cures")
    last = table[(table["activation"] == "relu") & (table["source"] == "theory") & (table["initialisation"] == "he")]
    plain = last[~last["residual"] & ~last["batch_norm"]]["preactivation"]
    drawn_lines = [np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[3].lines]
    assert any(len(line) == len(plain) and np.allclose(line, np.log10(plain)) for line in drawn_lines)
