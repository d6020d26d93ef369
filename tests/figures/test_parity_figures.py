"""The parity figures say what their tables say, without overlap, and come out the same byte for byte."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from resnet_notes.figures import parity_circuits, parity_size, style
from resnet_notes.theory import parity_circuits as circuits_table
from resnet_notes.theory import parity_size as size_table

SETTINGS = {"drawn_inputs": 4, "inputs": 8, "minimal_dnf_inputs": 7, "bounded_depths": [3, 4]}


def drawn(name: str, **changed: Any) -> tuple[pd.DataFrame, Figure]:
    """The table as it is read back from its file, and the picture."""
    table_of, draw = {
        "circuits": (circuits_table.table, parity_circuits.draw),
        "size": (size_table.table, parity_size.draw),
    }[name]
    text = table_of(SETTINGS | changed).to_csv(index=False, float_format="%.6g")
    table = pd.read_csv(io.StringIO(text))
    return table, draw(table)


def texts(figure: Figure) -> list[Text]:
    found = [*figure.texts, *(text for axes in figure.axes for text in [*axes.texts, axes.title, axes._left_title])]  # type: ignore[attr-defined]
    return [text for text in found if text.get_text()]


CASES = [("circuits", {"drawn_inputs": n}) for n in (2, 3, 4, 5)] + [
    ("size", {}),
    ("size", {"inputs": 2, "minimal_dnf_inputs": 2, "bounded_depths": []}),
    ("size", {"inputs": 12, "minimal_dnf_inputs": 3, "bounded_depths": [3, 4, 5, 6]}),
]


@pytest.mark.parametrize(("name", "changed"), CASES)
def test_no_words_leave_the_figure_or_overlap(name: str, changed: dict[str, Any]):
    _, figure = drawn(name, **changed)
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in texts(figure)]
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]


def test_the_largest_tick_labels_fit():
    table, _ = drawn("size", inputs=8, minimal_dnf_inputs=8)
    largest = table["gates"].max()
    figure = parity_size.draw(table.assign(gates=table["gates"] * 131_073 / largest))
    figure.canvas.draw()
    labels = [text for axes in figure.axes for text in axes.get_yticklabels() if text.get_text()]
    assert "100,000" in {text.get_text() for text in labels}
    assert min(Text.get_window_extent(text).x0 for text in labels) >= 0


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_every_gate_is_drawn_and_its_word_fits(n: int):
    table, figure = drawn("circuits", drawn_inputs=n)
    figure.canvas.draw()
    for axes, (_, gates) in zip(figure.axes, table.groupby("circuit", sort=False), strict=True):
        boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
        words = [text for text in axes.texts if text.get_zorder() == 5]
        assert len(boxes) == len(words) == (gates["kind"] != "not").sum()
        for box, word in zip(boxes, words, strict=True):
            outer, inner = box.get_window_extent(), Text.get_window_extent(word)
            assert outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0 and inner.y1 <= outer.y1


def test_dots_are_the_literals_of_the_table():
    table, figure = drawn("circuits")
    terms = table.loc[table["kind"] == "and", "inputs"].str.split()
    dots = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    rails = sorted({float(dot.get_ydata()[0]) for dot in dots}, reverse=True)  # type: ignore[index]
    found: dict[float, set[str]] = {}
    for dot in dots:
        negated = "not-" if dot.get_markerfacecolor() == "white" else ""
        place = f"{negated}x{rails.index(float(dot.get_ydata()[0])) + 1}"  # type: ignore[index]
        found.setdefault(float(dot.get_xdata()[0]), set()).add(place)  # type: ignore[index]
    assert [found[x] for x in sorted(found)] == [set(term) for term in terms]


def test_titles_count_the_gates():
    _, figure = drawn("circuits")
    said = "\n".join(text.get_text() for text in texts(figure))
    assert "parity of 4 bits" in said and "3 XOR, depth 2" in said
    assert "8 AND + 1 OR, depth 2" in said and "5 threshold units, depth 2" in said


def test_labels_are_the_last_values_of_the_table():
    table, figure = drawn("size")
    circuits = table[(table["kind"] == "circuit") & (table["inputs"] == 8)].set_index("name")
    for axes, column in zip(figure.axes, ("gates", "depth"), strict=True):
        said = dict(re.findall(r"^(.*): ([\d,]+)$", "\n".join(text.get_text() for text in axes.texts), re.M))
        names = {"DNF": "dnf", "XOR tree": "xor_tree", "XOR chain": "xor_chain", "AND/OR tree": "and_or_tree",
                 "Threshold network": "threshold_network", "AND/OR, depth 3": "depth_3",
                 "AND/OR, depth 4": "depth_4"}  # fmt: skip
        assert {names[words]: int(value) for words, value in said.items()} == circuits[column].to_dict()


@pytest.mark.parametrize("name", ["circuits", "size"])
def test_same_bytes(name: str, tmp_path: Path):
    first, again = (style.save(drawn(name)[1], tmp_path / run, name) for run in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
