"""Gradients by layer, against networks that were trained for just as long and gradients that are taken otherwise."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside import gradients
from resnet_notes.inside.networks import Subject
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.training.run import train_run

STEPS = 12
SEEDS = [0, 3]


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    own = {"seeds": SEEDS, "steps": 2, "training_steps": STEPS, "measure_at": [7, 0], "images": 30}
    return {name: value for name, value in settings.items() if name != "seed"} | own


@pytest.fixture
def trained(settings: dict[str, Any], data: Path, tmp_path: Path) -> list[Path]:
    return [run(settings | {"seed": seed}, data, tmp_path / f"trained{seed}") for seed in SEEDS]


def run(settings: dict[str, Any], data: Path, folder: Path) -> Path:
    folder.mkdir()
    train_run(settings, data, folder, lambda progress: None)
    return folder


def a_network(residual: bool = True) -> ConvNet:
    network = ConvNet(8, residual, in_channels=1)
    he_initialise(network, torch.Generator().manual_seed(1))
    return network


def some_images(count: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(2)), torch.arange(count)


@pytest.mark.parametrize("residual", [True, False])
def test_norms_are_those_of_the_gradients_that_a_step_of_training_takes(residual: bool) -> None:
    network, (x, y) = a_network(residual), some_images()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    found = gradients.log_norms(network.eval(), x, y)
    assert not network.training and all(p.grad is None for p in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    F.cross_entropy(network.train()(x), y).backward()
    named = ["stem", *(f"blocks.{block}.conv{conv}" for block in range(3) for conv in (1, 2)), "head"]
    expected = [network.get_submodule(name).weight.grad.double().norm() for name in named]  # type: ignore[union-attr]
    assert np.allclose(10 ** np.array(found), expected, rtol=1e-5)


def test_a_larger_weight_before_a_normalisation_has_a_smaller_gradient() -> None:
    """Batch normalisation takes the scale of the weights out, so the gradient is as one over it."""
    network, (x, y) = a_network(), some_images()
    whole = gradients.log_norms(network, x, y)
    with torch.no_grad():
        network.blocks[1].conv2.weight *= 10  # type: ignore[operator]
    scaled = gradients.log_norms(network, x, y)
    expected = np.array(whole) - np.eye(8)[4]  # layers: stem, two of the first block, two of the second
    assert np.allclose(scaled, expected, atol=1e-2)


def test_a_gradient_of_zero_is_missing() -> None:
    network, (x, y) = a_network(), some_images()
    nn.init.zeros_(network.head.weight)
    found = gradients.log_norms(network, x, y)
    assert np.isnan(found[:-1]).all() and np.isfinite(found[-1])


def test_the_second_training_is_the_first(
    given: dict[str, Any], settings: dict[str, Any], data: Path, trained: list[Path], tmp_path: Path
) -> None:
    """At a constant rate a training does not know how long it will be: its end is the same bits as the way there."""
    constant = {"decay": {"kind": "steps", "at": [], "factor": 1.0}}
    subject = Subject(given | constant, data, trained)
    seen = []
    for step, network in gradients.trained_again(subject, 3):
        seen.append(step)
        if step:
            folder = run(settings | constant | {"steps": step}, data, tmp_path / "short")
            expected = load_file(folder / "checkpoint.safetensors")
            assert all(torch.equal(tensor, expected[name]) for name, tensor in network.state_dict().items())
    assert seen == [0, 7]


def test_the_second_training_goes_on_to_the_end_of_the_first(
    given: dict[str, Any], data: Path, trained: list[Path]
) -> None:
    """With the recipe's own schedule, which depends on the length of the training."""
    subject = Subject(given | {"measure_at": [5, STEPS]}, data, trained)
    *_, (_, network) = gradients.trained_again(subject, SEEDS[0])
    expected = load_file(trained[0] / "checkpoint.safetensors")
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.state_dict().items())


def test_gradients_of_trained_networks(given: dict[str, Any], data: Path, trained: list[Path], tmp_path: Path) -> None:
    seen: list[int] = []
    gradients.examine(given, data, tmp_path, lambda progress: seen.append(progress.step), trained)
    table = pd.read_csv(tmp_path / "gradients.csv")
    assert seen == [1, 2] and len(table) == 2 * 3 * 8
    by_step = table.groupby(["seed", "step"])["log10_norm"].apply(list)
    assert by_step.index.tolist() == [(seed, step) for seed in SEEDS for step in (0, 7, STEPS)]
    assert by_step.map(tuple).is_unique, "every moment has gradients of its own"
    subject = Subject(given, data, trained)
    x, y = (tensor[:30] for tensor in (subject.splits.train.images, subject.splits.train.labels))
    for seed, network in subject:
        F.cross_entropy(network.train()(subject.standardise(x)), y).backward()
        expected = network.stem.weight.grad.double().norm().log10().item()  # type: ignore[union-attr]
        assert by_step[seed, STEPS][0] == pytest.approx(expected, abs=1e-5)


def test_a_step_after_the_end_is_named(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="step 12 is not before the end of the training, 12 steps"):
        gradients.examine(given | {"measure_at": [0, 12]}, data, tmp_path, lambda progress: None, [])
