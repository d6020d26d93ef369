"""The tasks are what they are called, and the job leaves what it says, the same every time."""

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream
from resnet_notes.training.separation import (
    COLUMNS,
    TEST_EXAMPLES,
    VALIDATION_EXAMPLES,
    Network,
    draw_examples,
    parity,
    train_run,
    triangle,
    triangle_map,
)

SETTINGS: dict[str, Any] = {
    "task": "triangle",
    "iterations": 2,
    "layers": 2,
    "parameters": 200,
    "examples": [20, 300],
    "seeds": [7, 8],
    "learning_rates": [0.001, 0.01],
    "steps": 40,
    "batch": 16,
    "bias_scale": 0.5,
    "evaluate_every": 15,
    "device": "cpu",
    "numerics": "native",
    "threads": 1,
}
CELL = ["learning_rate", "examples", "seed"]


def history(folder: Path, **changes: Any) -> pd.DataFrame:
    folder.mkdir()
    train_run(SETTINGS | changes, folder, folder, lambda progress: None)
    assert [path.name for path in folder.iterdir()] == ["history.csv"]
    return pd.read_csv(folder / "history.csv")


@given(st.floats(0, 1, width=32), st.integers(0, 6))
def test_triangle_map_is_a_folded_cosine(x: float, iterations: int) -> None:
    found = triangle_map(torch.tensor([x], dtype=torch.float64), iterations).item()
    assert found == pytest.approx(math.acos(math.cos(math.pi * 2**iterations * x)) / math.pi, abs=1e-6)


@given(st.integers(0, 5))
def test_triangle_map_has_two_to_the_k_pieces(iterations: int) -> None:
    y = triangle_map(torch.linspace(0, 1, 2**10 + 1, dtype=torch.float64), iterations)
    slopes = np.sign(np.diff(y.numpy()))
    assert 1 + int((slopes[1:] != slopes[:-1]).sum()) == 2**iterations


def test_predicting_the_mean_of_the_triangle_map_leaves_all_of_the_variance() -> None:
    task = triangle(3)
    x, y = task.examples(200_000, stream(1, "x"))
    assert x.shape == (200_000, 1) and x.min() >= -1 and x.max() <= 1
    # five standard errors; the fourth moment of a standardised uniform number is 9/5
    assert abs(y.mean().item()) < 5 / math.sqrt(len(y))
    assert abs(task.error(torch.zeros(1, len(y), 1), y).item() - 1) < 5 * math.sqrt(0.8 / len(y))
    assert torch.allclose(y, math.sqrt(12) * (triangle_map((x[:, 0] + 1) / 2, 3) - 0.5), atol=1e-4)


@given(st.integers(1, 12), st.integers(1, 12))
def test_parity_counts_the_relevant_bits_alone(inputs: int, relevant: int) -> None:
    relevant = min(relevant, inputs)
    x, y = parity(inputs, relevant).examples(50, stream(3, "x"))
    assert x.shape == (50, inputs) and set(x.flatten().tolist()) <= {-1.0, 1.0}
    negative = (x[:, :relevant] < 0).sum(dim=1)
    assert torch.equal(y < 0, negative % 2 == 1)


@pytest.mark.parametrize("changes", [{}, {"task": "parity", "inputs": 6, "relevant": 2}])
def test_a_row_for_every_network_and_evaluation(tmp_path: Path, changes: dict[str, Any]) -> None:
    found = history(tmp_path / "run", **changes)
    assert tuple(found.columns) == COLUMNS
    assert len(found) == 3 * 8 and not found.duplicated([*CELL, "step"]).any()
    assert set(found["step"]) == {15, 30, 40}
    inputs = changes.get("inputs", 1)
    expected = (inputs + 1) * found["width"] + (found["width"] + 1) * found["width"] + found["width"] + 1
    assert (found["parameters"] == expected).all() and (abs(found["parameters"] - 200) < 20).all()
    errors = found[["train_error", "test_error"]]
    assert (errors >= 0).all(axis=None)
    if changes:
        for error, count in (("train_error", found["examples"]), ("test_error", TEST_EXAMPLES)):
            wrong = found[error] * count / 100
            assert np.allclose(wrong.round(), wrong, atol=1e-3)
    else:
        assert np.allclose(found["train_error"], 100 * found["train_loss"], atol=1e-3)


def test_a_network_does_not_depend_on_the_grid_it_is_in(tmp_path: Path) -> None:
    among = history(tmp_path / "among").set_index([*CELL, "step"])
    alone = history(tmp_path / "alone", examples=[300], seeds=[8], learning_rates=[0.01]).set_index([*CELL, "step"])
    both = among.loc[alone.index]
    assert len(both) == 3
    assert np.allclose(both.to_numpy(), alone.to_numpy(), rtol=1e-3, atol=1e-3)


def test_the_few_are_the_first_of_the_many(tmp_path: Path) -> None:
    # no training: a network's training error at its start depends on its examples alone
    still = {"learning_rates": [1e-30], "steps": 1, "seeds": [8]}
    found = history(tmp_path / "a", examples=[1, 2], **still)["train_error"].to_list()
    again = history(tmp_path / "b", examples=[2, 300], **still)["train_error"].to_list()
    assert found[1] == pytest.approx(again[0], abs=1e-4)
    assert found[0] != pytest.approx(found[1], abs=1e-4)


def test_validation_and_test_examples_are_others_and_shared_by_the_networks_of_a_seed() -> None:
    networks = [Network(0.1, 5, 8), Network(0.2, 900, 8), Network(0.1, 900, 9)]
    found = draw_examples(triangle(2), networks, torch.device("cpu"))
    for own, count in ((found.validation, VALIDATION_EXAMPLES), (found.test, TEST_EXAMPLES)):
        assert [len(x) for x, _ in own] == [count] * 3
        assert torch.equal(own[0][0], own[1][0]) and not torch.equal(own[1][0], own[2][0])
    # uniform float32 numbers: a few of thousands agree by chance, a shared stream would repeat them all
    train, validation, test = (set(own[1][0].flatten().tolist()) for own in found)
    assert max(len(train & validation), len(train & test), len(validation & test)) < 5


def test_the_validation_loss_is_that_of_fresh_examples(tmp_path: Path) -> None:
    # few examples, learned by heart: the losses come apart, and only fresh examples agree with one another
    found = history(tmp_path / "run", steps=600, parameters=600, examples=[20], learning_rates=[0.01]).iloc[-2:]
    fresh = found["test_error"] / 100
    assert (found["train_loss"] < 0.2 * found["validation_loss"]).all()
    assert np.allclose(found["validation_loss"], fresh, rtol=0.3) and not np.allclose(found["validation_loss"], fresh)


def test_small_learning_rates_are_told_apart(tmp_path: Path) -> None:
    rates = [1e-9, 2e-8]
    assert set(history(tmp_path / "run", learning_rates=rates, steps=1)["learning_rate"]) == set(rates)


def test_again_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        history(tmp_path / name)
    digests = {hashlib.sha256((tmp_path / name / "history.csv").read_bytes()).hexdigest() for name in "ab"}
    assert len(digests) == 1


def test_deep_enough_networks_learn_both(tmp_path: Path) -> None:
    longer = {"steps": 600, "parameters": 600, "examples": [2000], "learning_rates": [0.01], "evaluate_every": 600}
    assert history(tmp_path / "triangle", **longer)["test_error"].max() < 5
    bits = {"task": "parity", "inputs": 6, "relevant": 2}
    assert history(tmp_path / "parity", **longer, **bits)["test_error"].max() < 1


def test_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[Progress] = []
    steps: list[int] = []

    def on_step(progress: Progress) -> None:
        seen.append(progress)
        steps.append(progress.step)

    train_run(SETTINGS, tmp_path, tmp_path, on_step)
    assert steps == list(range(1, 41))
    rows = pd.read_csv(tmp_path / "history.csv").groupby("step")[["train_error", "test_error"]].mean()
    told = pd.DataFrame(seen[-1].history).set_index("step")
    assert np.allclose(told[["train_error", "test_error"]], rows, atol=1e-5)
