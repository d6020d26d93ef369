"""The figures of the triangle map and of the chain of layers: any settings, no overlaps, the same bytes."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from resnet_notes.figures import linear_chain, triangle_map
from resnet_notes.theory import linear_chain as chain_theory
from resnet_notes.theory import triangle_map as triangle_theory

TRIANGLE: dict[str, Any] = {"layers": [*range(1, 11)], "drawn": [1, 2, 3]}
CHAIN: dict[str, Any] = {
    "depths": [*range(1, 13), 20, 40, 60, 80, 100], "weights": [0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5],
    "equal_entry": 0.5, "equal_size": 10, "nilpotent_entry": 2.0, "sizes": [4, 16], "radii": [0.9, 1.1],
    "seeds": [0, 1], "learning_rate": 0.01, "target": 1.0,
}  # fmt: skip


def read_back(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it comes from its file."""
    return pd.read_csv(io.StringIO(table.to_csv(index=False, float_format="%.6g")))


def draw_triangle(**changes: Any) -> Figure:
    return triangle_map.draw(read_back(triangle_theory.table(TRIANGLE | changes)))


def draw_chain(**changes: Any) -> Figure:
    return linear_chain.draw(read_back(chain_theory.table(CHAIN | changes)))


def words(figure: Figure) -> list[Text]:
    inside = [text for axes in figure.axes for text in [*axes.texts, axes.title, axes._left_title]]  # type: ignore[attr-defined]
    return [text for text in [*figure.texts, *inside] if text.get_text()]


def assert_readable(figure: Figure) -> None:
    """All words lie inside the figure, none on another, and none is smaller than 9 points."""
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in words(figure)]
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    # Of each box 1.5 pixels less: boxes hold the space above small letters, too.
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]
    assert all(float(text.get_fontsize()) >= 9 for text in words(figure))


@pytest.mark.parametrize("changes", [{}, {"layers": [1], "drawn": [1]}, {"layers": [2, 4], "drawn": [4]},
                                     {"layers": [*range(1, 7)], "drawn": [4, 3, 2, 1]}])  # fmt: skip
def test_the_triangle_map_is_readable(changes: dict[str, Any]):
    figure = draw_triangle(**changes)
    assert_readable(figure)
    titles = [axes.get_title("left") for axes in figure.axes]
    for k in changes.get("drawn", [1, 2, 3]):
        assert f"k = {k}: {2 * k} units, {2**k} pieces" in titles


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"depths": [1]},
        {"depths": [50, 20]},
        {"weights": [1.0]},
        {"weights": [2.0], "target": 2.0, "learning_rate": 0.5},
        {"sizes": [3], "radii": [1.0], "seeds": [4]},
        {"depths": [1, 2, 3, 4, 6, 8, 10, 12], "weights": [0.5, 1.0, 1.5], "sizes": [4], "seeds": [0]},
    ],
)
def test_the_chain_is_readable(changes: dict[str, Any]):
    assert_readable(draw_chain(**changes))


def test_the_chain_shows_what_the_table_says():
    figure = draw_chain()
    said = [text.get_text() for text in words(figure)]
    assert [f"{weight:g}" in said for weight in CHAIN["weights"]] == [True] * 7
    assert "every entry 0.5,\n10 × 10" in said and "[[2, −2], [2, −2]]" in said and "learning rate 0.01" in said
    gradients, _, _, steps = (
        [np.asarray(line.get_ydata(), dtype=float)[-1] for line in axes.lines] for axes in figure.axes
    )
    assert min(gradients) == pytest.approx(99 * np.log10(0.5), abs=1e-3)
    assert max(gradients) == pytest.approx(99 * np.log10(2), abs=1e-3), "the notes' formula for 0.5"
    for weight, end in ((0.5, min(steps)), (1.5, max(steps))):
        assert end == pytest.approx(np.log10(0.01 * abs(weight**100 - 1) * weight**99 / 0.5), abs=1e-3)


def test_singular_values_bound_every_factor_per_layer_and_the_spectral_radius_ends_it():
    axes = draw_chain().axes[2]
    dotted, dashed, matrices = [], [], []
    for line in axes.lines:
        heights = np.asarray(line.get_ydata(), dtype=float)
        if len(heights) > 2:
            matrices.append(line)
        else:
            (dashed if line.get_color() == "#1a1a1a" and line.get_linewidth() < 1.5 else dotted).append(heights[0])
    (bold,) = (line for line in matrices if line.get_linewidth() > 2)
    assert len(matrices) == 8 and len(dotted) == 2 and sorted(dashed) == [0.9, 1.1]
    for line in matrices:
        heights = np.asarray(line.get_ydata(), dtype=float)
        assert heights.max() <= max(dotted) * 1.00001
        assert min(abs(heights[-1] - radius) for radius in dashed) < 0.03
    # the bold line starts at the norm of W itself, which is its largest singular value
    heights = np.asarray(bold.get_ydata(), dtype=float)
    assert heights[0] == pytest.approx(max(dotted)) and heights.min() >= min(dotted)


SCRIPT = """
from pathlib import Path
import pandas as pd
from resnet_notes.figures import linear_chain, style, triangle_map
for name, module in {{"triangle_map": triangle_map, "linear_chain": linear_chain}}.items():
    style.save(module.draw(pd.read_csv(f"{tables}/{{name}}.csv")), Path({folder!r}), name)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path):
    triangle_theory.table(TRIANGLE).to_csv(tmp_path / "triangle_map.csv", index=False)
    chain_theory.table(CHAIN).to_csv(tmp_path / "linear_chain.csv", index=False)
    digests = []
    for run in ("a", "b"):
        script = SCRIPT.format(tables=tmp_path, folder=str(tmp_path / run))
        subprocess.run([sys.executable, "-c", script], check=True)
        files = sorted((tmp_path / run).iterdir())
        digests.append([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files])
    assert len(digests[0]) == 4 and digests[0] == digests[1]
