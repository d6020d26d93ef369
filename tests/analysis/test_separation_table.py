"""The table holds every network's end, and the learning rate is chosen by validation loss alone."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.analysis.separation import table
from resnet_notes.analysis.summary import summary

TASKS: dict[str, dict[str, Any]] = {"triangle": {"iterations": 4}, "parity": {"inputs": 20, "relevant": 3}}
Losses = dict[float, tuple[float, float]]
"""Validation losses of two seeds at each learning rate."""


def make_run(folder: Path, task: str, layers: int, losses: dict[int, Losses]) -> dict[str, Any]:
    """A run as the job leaves it; `losses` are those of each number of examples."""
    folder.mkdir()
    rows = [
        {"layers": layers, "width": 9, "parameters": 101, "learning_rate": rate, "examples": examples, "seed": seed,
         "step": step, "train_loss": 1 - rate, "validation_loss": loss * (3 if step == 5 else 1), "train_error": 1.0 + seed,
         "test_error": 100 * rate * layers + step}
        for examples, by_rate in losses.items() for rate, both in by_rate.items() for seed, loss in enumerate(both)
        for step in (5, 10)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "history.csv", index=False)
    return {"experiment": "separation", "folder": str(folder), "task": task, "layers": layers, "steps": 10} | TASKS[
        task
    ]


def chosen(frame: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    rows = frame[frame["chosen"]]
    assert not rows.duplicated(["task", "layers", "examples", "seed"]).any()
    return {
        (*key,): group["learning_rate"].unique().item() for key, group in rows.groupby(["task", "layers", "examples"])
    }


def test_the_end_of_every_network(tmp_path: Path) -> None:
    losses = {50: {0.1: (1.0, 2.0), 0.2: (1.0, 1.5)}, 800: {0.1: (0.5, 0.6), 0.2: (0.7, 0.1)}}
    runs = [make_run(tmp_path / f"{task}-{layers}", task, layers, losses) for task in TASKS for layers in (3, 1)]
    found = table(runs)
    assert len(found) == 4 * 8 and set(found["steps"]) == {10}
    keys = found[["task", "layers", "examples", "learning_rate", "seed"]]
    assert not keys.duplicated().any() and keys.equals(keys.sort_values(list(keys), ignore_index=True))
    expected = 100 * found["learning_rate"] * found["layers"] + 10
    assert found["test_error"].to_list() == pytest.approx(expected.to_list())
    is_triangle = found["task"] == "triangle"
    assert (found[is_triangle]["iterations"] == 4).all() and found[~is_triangle]["iterations"].isna().all()
    assert (found[~is_triangle]["relevant"] == 3).all() and found[is_triangle]["inputs"].isna().all()


def test_the_lowest_mean_validation_loss_at_the_end_is_chosen_cell_by_cell(tmp_path: Path) -> None:
    first = {50: {0.1: (1.0, 2.0), 0.2: (1.4, 1.5)}, 800: {0.1: (0.5, 0.6), 0.2: (0.7, 0.1)}}
    second = {50: {0.1: (1.0, 1.0), 0.2: (1.0, 1.1)}, 800: {0.1: (9.0, 0.0), 0.2: (0.1, 9.5)}}
    found = table([make_run(tmp_path / "a", "parity", 1, first), make_run(tmp_path / "b", "parity", 2, second)])
    assert chosen(found) == {
        ("parity", 1, 50): 0.2,
        ("parity", 1, 800): 0.2,
        ("parity", 2, 50): 0.1,
        ("parity", 2, 800): 0.1,
    }
    assert found["chosen"].dtype == bool


def test_equal_losses_choose_the_smaller_rate(tmp_path: Path) -> None:
    assert chosen(table([make_run(tmp_path / "a", "parity", 1, {50: {0.2: (0.0, 0.0), 0.1: (0.0, 0.0)}})])) == {
        ("parity", 1, 50): 0.1
    }


def test_a_rate_that_diverges_is_not_chosen(tmp_path: Path) -> None:
    lost = math.nan
    some = {50: {0.1: (lost, 0.0), 0.2: (5.0, 5.0)}, 800: {0.1: (lost, 0.0), 0.2: (lost, lost)}}
    found = table([make_run(tmp_path / "a", "triangle", 1, some)])
    assert chosen(found) == {("triangle", 1, 50): 0.2, ("triangle", 1, 800): 0.1}
    assert found["validation_loss"].isna().sum() == 4


def test_a_run_without_its_history_is_an_error(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", "parity", 1, {50: {0.1: (1.0, 1.0)}})
    (tmp_path / "a" / "history.csv").unlink()
    with pytest.raises(FileNotFoundError):
        table([run])


def test_the_metrics_hold_the_chosen_rate_and_the_interval_of_the_median(tmp_path: Path) -> None:
    losses = {50: {0.1: (1.0, 2.0), 0.2: (1.0, 1.5)}}
    runs = [make_run(tmp_path / str(layers), "parity", layers, losses) for layers in (1, 3)]
    found = summary(runs)
    assert found.keys() == {"separation"} and found["separation"]["parity"]["50"].keys() == {"1", "3"}
    test_error = {"median": 70.0, "low": 70.0, "high": 70.0, "n": 2}
    train_error = {"median": 1.5, "low": 1.0, "high": 2.0, "n": 2}
    expected = {"train_error": train_error, "test_error": test_error, "learning_rate": 0.2}
    assert found["separation"]["parity"]["50"]["3"] == expected
