"""Every figure draws on odd grids, says what the table says, and comes out the same byte for byte."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

from resnet_notes.analysis.statistics import Interval
from resnet_notes.figures import error_by_depth, longer_training, style, training_curves
from resnet_notes.figures.contrast import contrast
from resnet_notes.figures.labels import End, change, label_ends, signed, spread

ROOT = Path(__file__).parents[2]
DRAW: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "training_curves": training_curves.draw,
    "error_by_depth": error_by_depth.draw,
    "longer_training": longer_training.draw,
}
Lost = frozenset[tuple[str, int, int]]


def make_table(name: str, depths: tuple[int, ...], seeds: int, lost: Lost = frozenset(), steps: int = 600,
               dataset: str = "fashion-mnist") -> pd.DataFrame:  # fmt: skip
    """A table as the analysis of the same name makes it; `lost` names the runs that diverged."""
    rows: list[dict[str, Any]] = []
    for architecture, experiment in (("plain", "degradation"), ("residual", "residual")):
        for depth in depths:
            for seed in range(seeds):
                gone = (architecture, depth, seed) in lost
                run = {"experiment": experiment, "architecture": architecture, "depth": depth,
                       "seed": seed, "dataset": dataset, "steps": steps,
                       "diverged_at_step": 9 if gone else None}  # fmt: skip
                error = None if gone else 10 + (depth / 3 if architecture == "plain" else 1) + 0.3 * seed
                rows += _rows(name, run, error)
    return pd.DataFrame(rows).astype({"diverged_at_step": float, "train_error": float, "test_error": float})


def _rows(name: str, run: dict[str, Any], error: float | None) -> list[dict[str, Any]]:
    final = run | {"train_error": error, "test_error": error}
    if name == "error_by_depth":
        return [final]
    longer = run | {"steps": 2 * run["steps"]} if name == "longer_training" else run
    points = [k * longer["steps"] // 10 for k in range(1, 11)] if error else [np.nan]
    curve = [longer | {"step": k, "when": "during", "train_error": error and error + 900 / k,
                       "test_error": error and error + 950 / k} for k in points]  # fmt: skip
    if name == "training_curves":
        return curve
    return [row | {"experiment": "control"} for row in curve] + [
        final | {"when": "after", "step": run["steps"]},
        final | {"when": "after", "step": longer["steps"], "steps": longer["steps"], "experiment": "control"},
    ]


def words(figure: Figure) -> str:
    texts = [text.get_text() for text in figure.texts] + [
        text.get_text() for axes in figure.axes for text in [*axes.texts, axes.yaxis.label, axes.xaxis.label]
    ]
    return "\n".join(texts).replace("\u00a0", " ")


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize(
    ("depths", "seeds", "lost"),
    [
        ((8, 20), 2, frozenset()),
        ((20,), 1, frozenset()),
        ((8, 20, 32, 44, 56), 5, frozenset({("plain", 56, 3)})),
        ((20, 32, 44, 56, 110), 2, frozenset({("plain", 110, 0), ("plain", 110, 1)})),
        ((8,), 1, frozenset({("plain", 8, 0), ("residual", 8, 0)})),
    ],
)
@pytest.mark.filterwarnings("error")
def test_odd_grids(name: str, depths: tuple[int, ...], seeds: int, lost: Lost, tmp_path: Path):
    figure = DRAW[name](make_table(name, depths, seeds, lost))
    svg, png = style.save(figure, tmp_path, name)
    assert svg.read_text(encoding="utf-8").startswith("<?xml") and png.read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.svg", f"{name}.png"}
    said = words(figure)
    assert "Fashion-MNIST: 600 steps with" in said and "(%)" in said
    for architecture, depth, _ in lost:
        assert f"{architecture} {depth}" in said and "diverged" in said


@pytest.mark.parametrize("name", DRAW)
def test_no_words_leave_the_figure_or_overlap(name: str):
    figure = DRAW[name](make_table(name, (8, 20, 32, 44, 56), 5, frozenset({("plain", 56, 1)})))
    figure.canvas.draw()
    labels = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = [Text.get_window_extent(text) for text in [*figure.texts, *labels]]
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    # Of each box 1.5 pixels less: boxes hold the space above small letters, too.
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]


SCRIPT = """
import sys; sys.path.insert(0, {tests!r})
from itertools import pairwise
from pathlib import Path
from test_figures import DRAW, make_table
from resnet_notes.figures import style
for name, draw in DRAW.items():
    style.save(draw(make_table(name, (8, 20), 2)), Path({folder!r}), name)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path):
    digests = []
    for run in ("a", "b"):
        script = SCRIPT.format(tests=str(Path(__file__).parent), folder=str(tmp_path / run))
        subprocess.run([sys.executable, "-c", script], check=True)
        files = sorted((tmp_path / run).iterdir())
        digests.append([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files])
    assert len(digests[0]) == 6 and digests[0] == digests[1]


def test_a_users_settings_change_nothing(tmp_path: Path):
    import matplotlib

    table = make_table("error_by_depth", (8, 20), 2)
    before = style.save(error_by_depth.draw(table), tmp_path / "a", "figure")
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "svg.hashsalt": None, "axes.grid": False}):
        after = style.save(error_by_depth.draw(table), tmp_path / "b", "figure")
    assert [path.read_bytes() for path in before] == [path.read_bytes() for path in after]


def test_published_numbers_only_in_their_setting():
    theirs = make_table("error_by_depth", (20, 56, 110), 2, steps=64_000, dataset="cifar-10")
    published = ROOT / "notes" / "published.csv"
    figure = error_by_depth.draw(theirs, published)
    assert "He et al." in words(figure) and "> 60" in words(figure)
    hollow = [line for line in figure.axes[1].lines if line.get_markerfacecolor() == "none"]
    assert len(hollow) == 6
    assert not error_by_depth.is_published_setting(theirs.assign(steps=600))
    assert "He et al." not in words(error_by_depth.draw(theirs.assign(steps=600), published))


def test_published_errors_are_he_et_als_own():
    found = error_by_depth.published_errors(ROOT / "notes" / "published.csv")
    residual = found[found["architecture"] == "residual"].set_index("depth")["error"]
    assert residual.to_dict() == {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.43, 1202: 7.93}
    assert found[found["bound"]][["architecture", "depth", "error"]].to_numpy().tolist() == [["plain", 110, 60.0]]


def test_deeper_is_darker():
    colours = style.depth_colours([8, 20, 32, 44, 56]).items()
    greys = [
        sum(w * int(c[i : i + 2], 16) for w, i in ((0.299, 1), (0.587, 3), (0.114, 5))) for _, c in sorted(colours)
    ]
    assert all(left - right > 12 for left, right in pairwise(greys))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 0.1))
def test_spread_keeps_order_and_distance(targets: list[float], gap: float):
    places = spread(targets, gap)
    ordered = [places[index] for index in np.argsort(targets, kind="stable")]
    assert all(right - left >= gap - 1e-9 for left, right in pairwise(ordered))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)


def test_spread_moves_only_what_must_move():
    assert spread([0.9, 0.1], 0.1) == pytest.approx([0.9, 0.1])
    assert spread([0.5, 0.5, 0.9], 0.1) == pytest.approx([0.45, 0.55, 0.9])


def test_words_are_dark_enough_to_be_read():
    # luminances of sRGB as WCAG 2.2 has them; its own example of grey on white, #767676, is the lightest that passes
    assert contrast("#ffffff", "white") == pytest.approx(1) and contrast("#000000", "white") == pytest.approx(21)
    assert contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)
    colours = [*style.depth_colours([8, 20, 32, 44, 56]).values(), *style.ARCHITECTURE_COLOURS.values()]
    figure, place = style.canvas(3, "", [], right=1)
    axes = figure.subplots(gridspec_kw=place)
    label_ends(axes, [End(1, rank / 10, colour, colour) for rank, colour in enumerate(colours)])
    shown = {text.get_text(): str(text.get_color()) for text in axes.texts}
    assert all(contrast(colour, "white") >= 4.5 for colour in shown.values())
    assert all(shown[colour] == colour for colour in colours if contrast(colour, "white") >= 4.5)
    assert any(shown[colour] != colour for colour in colours)


def test_changes_have_a_true_minus_and_no_place_to_break():
    assert [signed(value, 1) for value in (3.04, -3.04, 0.0, -0.04)] == ["+3.0", "−3.0", "0.0", "0.0"]
    said = change(Interval(-0.0146, -0.0219, 0.0073, 5), 3)
    assert said.replace("\u00a0", " ") == "−0.015 (−0.022 to +0.007)" and " " not in said


@pytest.mark.parametrize("last", [1, 2, 9, 19, 56, 110, 1202])
def test_what_is_counted_begins_at_one(last: int):
    figure, place = style.canvas(3, "", [], right=1)
    axes = figure.subplots(gridspec_kw=place)
    style.count_axis(axes, last)
    ticks = axes.get_xticks()
    assert ticks[0] == 1 and last / 2 < ticks[-1] <= last and len(ticks) <= 7


@pytest.mark.parametrize(("name", "panel"), [("training_curves", 0), ("longer_training", 0)])
@pytest.mark.parametrize("start", [35.0, 80.0])
def test_a_curve_that_leaves_the_view_is_said_to(name: str, panel: int, start: float):
    table = make_table(name, (8, 20), 2)
    along = table["step"] == table["step"].min()
    if name == "longer_training":
        along &= table["when"] == "during"
    table.loc[along, ["train_error", "test_error"]] = start
    later = ~along & table["step"].notna()
    table.loc[later, ["train_error", "test_error"]] = 25.0
    figure = DRAW[name](table)
    _, top = figure.axes[panel].get_ylim()
    assert (top > start) == (start == 35)
    assert ("with errors up to 80 %, lie above the axis" in words(figure)) == (start == 80)
