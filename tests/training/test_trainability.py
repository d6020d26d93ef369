"""The job of the experiment trainability on a few images: its networks are those of a plain loop over torch modules."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.training.batches import Batches, Standardiser
from resnet_notes.training.trainability import build_stack, train_run

SETTINGS: dict[str, Any] = {
    "weight_variances": [0.5, 1.5, 3.0], "bias_variance": 0.05, "layers": 3, "width": 12, "seeds": [0, 4], "steps": 9,
    "batch": 8, "learning_rate": 0.1, "evaluate_every": 3, "subset": 20, "dataset": "tiny", "validation": 8,
    "pool": 1, "device": "cpu", "numerics": "native", "threads": 1,
}  # fmt: skip


def train(folder: Path, data: Path, **changes: Any) -> pd.DataFrame:
    folder.mkdir()
    train_run(SETTINGS | changes, data, folder, lambda progress: None)
    assert [path.name for path in folder.iterdir()] == ["history.csv"]
    return pd.read_csv(folder / "history.csv")


def test_a_row_for_each_network_and_evaluation(tmp_path: Path, data: Path) -> None:
    history = train(tmp_path / "a", data)
    places = history[["weight_variance", "seed", "step"]]
    assert len(history) == 3 * 2 * 3 and not places.duplicated().any()
    assert set(history["step"]) == {3, 6, 9} and set(history["weight_variance"]) == {0.5, 1.5, 3.0}
    # errors are counts of 20 images
    errors = [*history["train_error"], *history["test_error"]]
    assert all(math.isclose(error * 0.2, round(error * 0.2), abs_tol=1e-9) for error in errors)


def test_the_same_settings_give_the_same_bytes(tmp_path: Path, data: Path) -> None:
    for name in "ab":
        train(tmp_path / name, data)
    assert (tmp_path / "a" / "history.csv").read_bytes() == (tmp_path / "b" / "history.csv").read_bytes()


def test_networks_know_nothing_of_each_other(tmp_path: Path, data: Path) -> None:
    every, one = train(tmp_path / "a", data), train(tmp_path / "b", data, weight_variances=[1.5], seeds=[4])
    mine = every[(every["weight_variance"] == 1.5) & (every["seed"] == 4)]
    assert mine.reset_index(drop=True).equals(one)


def test_a_network_as_a_plain_loop_trains_it(tmp_path: Path, data: Path) -> None:
    splits = load(data, 8)
    drawn = build_stack(SETTINGS, [(1.5, 4)], splits.train, torch.device("cpu"))
    layers: list[nn.Module] = []
    for weight, bias in zip(drawn.weights, drawn.biases):
        layer = nn.Linear(weight.shape[1], weight.shape[2])
        layer.weight.data, layer.bias.data = weight[0].detach().T.clone(), bias[0, 0].detach().clone()
        layers += [layer, nn.Tanh()]
    network = nn.Sequential(*layers[:-1])
    standardise = Standardiser(splits.train.images)
    batches = Batches(splits.train.images, splits.train.labels, standardise, 8, 0, 4, torch.device("cpu"))
    for _, (x, y) in zip(range(9), batches.from_step(0), strict=False):
        gradients = torch.autograd.grad(F.cross_entropy(network(x.flatten(1)), y), list(network.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(network.parameters(), gradients):
                parameter -= 0.1 * gradient
    outputs = network(standardise(splits.test.images).flatten(1))
    error = 100.0 * (outputs.argmax(dim=1) != splits.test.labels).double().mean().item()
    history = train(tmp_path / "a", data)
    mine = history[(history["weight_variance"] == 1.5) & (history["seed"] == 4) & (history["step"] == 9)]
    assert mine["test_error"].item() == pytest.approx(error)


def test_weights_and_biases_have_the_variances_asked_for(data: Path) -> None:
    stack = build_stack(SETTINGS | {"width": 300}, [(0.5, 0), (3.0, 0)], load(data, 8).train, torch.device("cpu"))
    for network, variance in enumerate((0.5, 3.0)):
        assert stack.weights[1][network].var().item() * 300 == pytest.approx(variance, rel=0.05)
        assert stack.biases[1][network].var().item() == pytest.approx(0.05, rel=0.4)
    # the same normal deviates under another variance: cells of the map differ by what is on its axes alone
    assert torch.allclose(stack.weights[1][1], stack.weights[1][0] * math.sqrt(6.0))


def test_a_network_without_signal_stays_at_chance(tmp_path: Path, data: Path) -> None:
    deep = {"layers": 40, "weight_variances": [0.05], "bias_variance": 0.0, "steps": 60, "evaluate_every": 60}
    assert train(tmp_path / "deep", data, **deep)["train_error"].min() > 50
    assert train(tmp_path / "shallow", data, **(deep | {"layers": 1, "learning_rate": 0.3}))["train_error"].max() < 50


@pytest.mark.parametrize(("name", "value", "have"), [("batch", 41, 40), ("subset", 21, 20), ("subset", 41, 40)])
def test_sizes_that_do_not_fit_are_named(name: str, value: int, have: int, tmp_path: Path, data: Path) -> None:
    with pytest.raises(BadInput, match=rf"trainability\.{name} = {value}: .* {have} images"):
        train(tmp_path / "a", data, **{name: value})
