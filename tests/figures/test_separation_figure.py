"""The figure draws the chosen networks of any grid, says what the table says, and is the same byte for byte."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from resnet_notes.figures import style
from resnet_notes.figures.separation import draw

TASKS: dict[str, dict[str, Any]] = {"triangle": {"iterations": 4}, "parity": {"inputs": 20, "relevant": 3}}


def make_table(layers: tuple[int, ...] = (1, 2, 3, 4, 5, 6), examples: tuple[int, ...] = (60, 1000), seeds: int = 5,
               rates: tuple[float, ...] = (0.01, 0.03), tasks: tuple[str, ...] = ("triangle", "parity")) -> pd.DataFrame:  # fmt: skip
    """A table as the analysis makes it and a reader of the file sees it."""
    rows = [
        {"task": task, "layers": depth, "examples": count, "learning_rate": rate, "seed": seed, "width": 9,
         "parameters": 1200 + depth, "steps": 10, "train_loss": 0.5, "validation_loss": 0.6, "train_error": 10.0 + seed,
         "test_error": 40.0 / depth + seed**2 + 5 * rank + 1000 * (rate > 0.01), "chosen": rate == 0.01} | TASKS[task]
        for task in tasks for depth in layers for rank, count in enumerate(examples)
        for rate in rates for seed in range(seeds)
    ]  # fmt: skip
    columns = dict.fromkeys([*rows[0], "iterations", "inputs", "relevant"])
    frame = pd.DataFrame(rows, columns=list(columns))
    return pd.read_csv(StringIO(frame.to_csv(index=False)))


def words(figure: Figure) -> str:
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, axes.yaxis.label, axes.xaxis.label, axes.title, axes._left_title]  # type: ignore[attr-defined]
    # lines are wrapped
    return " ".join(text.get_text() for text in texts).replace("\u00a0", " ")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"layers": (2,), "seeds": 1},
        {"examples": (5,), "rates": (0.01,)},
        {"examples": (5, 10, 100_000), "layers": (1, 20)},
        {"tasks": ("parity",)},
        {"seeds": 2},
    ],
)
def test_odd_grids(odd: dict[str, Any], tmp_path: Path) -> None:
    table = make_table(**odd)
    figure = draw(table)
    style.save(figure, tmp_path, "separation")
    said = words(figure)
    assert len(figure.axes) == 2 * table["task"].nunique()
    assert all(f"{count:,}" in said for count in set(table["examples"]))
    assert "Parity of 3 of 20 bits" in said and ("Triangle map, 4 times" in said) == ("triangle" in set(table["task"]))
    assert ("learning rate" in said.lower()) == (table["learning_rate"].nunique() > 1)
    level = {5: "94 %", 2: "50 %"}.get(table["seed"].nunique())
    assert ("bars" in said) == (level is not None) and (level is None or f"seeds ({level} interval)" in said)
    assert ("lowest median" in said) == (table["layers"].nunique() > 1)


def test_lines_are_medians_over_the_seeds_of_the_chosen_networks() -> None:
    table = make_table()
    drawn = {tuple(np.round(line.get_ydata(), 6)) for line in draw(table).axes[0].lines}
    for rank in (0, 1):
        expected = tuple(round(40.0 / depth + 4 + 5 * rank, 6) for depth in range(1, 7))
        assert expected in drawn


def test_bars_reach_from_the_smallest_to_the_largest_seed() -> None:
    ends = {
        tuple(np.round(segment[:, 1], 6))
        for bars in draw(make_table()).axes[0].collections
        for segment in bars.get_segments()  # type: ignore[attr-defined]
    }
    assert ends == {
        (round(40 / depth + 5 * rank, 6), round(40 / depth + 16 + 5 * rank, 6))
        for depth in range(1, 7)
        for rank in (0, 1)
    }


def test_the_depth_that_wins_is_named() -> None:
    table = make_table(layers=(1, 2, 4))

    def put(task: str, examples: int, errors: dict[int, float]) -> None:
        for depth, error in errors.items():
            place = (table["task"] == task) & (table["examples"] == examples) & (table["layers"] == depth)
            # one far away, which moves the mean and not the median
            table.loc[place, "test_error"] = error + 90 * (table["seed"] == 0) * (depth == 4)

    put("triangle", 60, {1: 9.0, 2: 8.0, 4: 7.0})
    put("triangle", 1000, {1: 9.0, 2: 3.04, 4: 2.96})  # a tie when rounded: the shallowest
    put("parity", 60, {1: 2.0, 2: 30.0, 4: 40.0})
    put("parity", 1000, {1: 0.04, 2: 0.0, 4: 0.01})
    said = words(draw(table))
    assert "(examples): triangle map 4 (60), 2 (1,000); parity 1 (60), all alike (1,000)." in said
    # a depth that diverged is not like the others, and cannot win
    gone = (table["task"] == "parity") & (table["layers"] == 1)
    table.loc[gone, ["train_loss", "validation_loss", "train_error", "test_error"]] = np.nan
    assert "parity 2 (60), 2 (1,000)." in words(draw(table))


def test_a_fourth_number_of_examples_is_not_dropped_silently() -> None:
    with pytest.raises(ValueError, match="zip"):
        draw(make_table(examples=(1, 2, 3, 4)))


def test_an_error_far_beyond_chance_is_marked_and_does_not_stretch_the_axis() -> None:
    table = make_table()
    assert "above the axis" not in words(draw(table))
    table.loc[table["chosen"] & (table["task"] == "triangle") & (table["layers"] == 2) & (table["seed"] == 3)
              & (table["examples"] == 60), "test_error"] = 381.2  # fmt: skip
    figure = draw(table)
    assert "above the axis (up to 381 %)" in words(figure)
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "^" and len(np.asarray(line.get_xdata()))]
    assert len(marks) == 1 and len(np.asarray(marks[0].get_xdata())) == 1
    assert figure.axes[0].get_ylim()[1] < 200


def test_networks_that_diverged_are_counted_and_left_out(tmp_path: Path) -> None:
    table = make_table()
    gone = table["chosen"] & (table["task"] == "parity") & (table["layers"] == 6) & (table["seed"] < 4)
    table.loc[gone, ["train_loss", "validation_loss", "train_error", "test_error"]] = np.nan
    figure = draw(table)
    style.save(figure, tmp_path, "separation")
    assert "8 of the networks diverged" in words(figure)
    assert "diverged" not in words(draw(make_table()))
    every = make_table()
    every.loc[:, ["train_loss", "validation_loss", "train_error", "test_error"]] = np.nan
    style.save(draw(every), tmp_path, "separation")


@pytest.mark.parametrize("examples", [(60, 1000), (100, 1000, 100_000)])
def test_no_words_leave_the_figure_or_overlap(examples: tuple[int, ...]) -> None:
    figure = draw(make_table(examples=examples))
    figure.canvas.draw()
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, axes.yaxis.label, axes.xaxis.label, axes._left_title]  # type: ignore[attr-defined]
    boxes = [Text.get_window_extent(text) for text in texts if text.get_text()]
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    small = [box.padded(-1.5) for box in boxes]
    assert not [1 for i, box in enumerate(small) for other in small[:i] if box.overlaps(other)]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [style.save(draw(make_table()), tmp_path / name, "separation") for name in "ab"]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
