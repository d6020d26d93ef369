"""Walks around networks, and around functions whose surface is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside import surfaces
from resnet_notes.inside.networks import Subject
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.training.run import train_run
from resnet_notes.training.seeds import stream

SEEDS = [0, 3]


def a_network(depth: int = 8, residual: bool = True) -> ConvNet:
    """Weights of He, but a different scale for each filter; in evaluation mode."""
    network = ConvNet(depth, residual, in_channels=1)
    generator = torch.Generator().manual_seed(depth)
    he_initialise(network, generator)
    with torch.no_grad():
        for weight in surfaces.filters(network):
            weight *= torch.rand(len(weight), *[1] * (weight.dim() - 1), generator=generator) + 0.1
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@drawn(st.integers(0, 99), st.integers(1, 4))
def test_a_quadratic_has_its_surface(seed: int, size: int) -> None:
    """Around w, in directions u and v, w'Aw is a polynomial of the second degree whose coefficients are products."""
    draw = np.random.default_rng(seed)
    matrix, start, u, v = (draw.integers(-4, 5, (2 * size, size)) for _ in range(4))
    a = matrix.T @ matrix
    w = nn.Parameter(torch.from_numpy(start.astype(float)))
    directions = [[torch.from_numpy(u.astype(float))], [torch.from_numpy(v.astype(float))]]
    axis = surfaces.coordinates(5, 2.0)
    places = [(x, y) for x in axis for y in axis]
    found = surfaces.walk([w], directions, places, lambda: (w @ torch.from_numpy(a.astype(float)) * w).sum().item())

    def form(left: np.ndarray, right: np.ndarray) -> float:
        return float(np.trace(left @ a @ right.T))

    expected = [
        form(start, start) + x * x * form(u, u) + y * y * form(v, v)
        + 2 * (x * form(start, u) + y * form(start, v) + x * y * form(u, v))
        for x, y in places
    ]  # fmt: skip
    assert found == expected, "whole numbers: no rounding"
    assert (w.detach().numpy() == start).all()


@drawn(st.integers(1, 30), st.floats(0.01, 100))
def test_places_are_even_and_the_middle_one_is_the_network(half: int, extent: float) -> None:
    places = surfaces.coordinates(2 * half + 1, extent)
    assert places[half] == 0 and np.allclose(places, np.linspace(-extent, extent, 2 * half + 1))
    assert places == [-place for place in reversed(places)]


@pytest.mark.parametrize("residual", [True, False])
def test_each_filter_of_a_direction_is_as_long_as_the_networks_own(residual: bool) -> None:
    network = a_network(residual=residual)
    found = surfaces.direction(network, stream(0, "direction", 0))
    layers = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len(found) == len(layers) == 8
    for layer, step in zip(layers, found, strict=True):
        assert step.shape == layer.weight.shape
        for own, other in zip(layer.weight.detach().numpy(), step.numpy(), strict=True):
            assert np.linalg.norm(other) == pytest.approx(np.linalg.norm(own), rel=1e-5)


def test_directions_are_random_and_hardly_related() -> None:
    """Their filters are isotropic: the cosine of two has the variance 1 / (weights of a filter)."""
    network = a_network(14)
    first, second = (surfaces.direction(network, stream(0, "direction", which)) for which in range(2))
    own = [weight.detach() for weight in surfaces.filters(network)]
    standardised = []
    for one, other in ((first, second), (first, own)):
        for a, b in zip(one, other, strict=True):
            cosines = F.cosine_similarity(a.flatten(1), b.flatten(1))
            standardised += (cosines * a[0].numel() ** 0.5).tolist()
    assert len(standardised) > 800
    assert np.mean(standardised) == pytest.approx(0, abs=4 / len(standardised) ** 0.5)
    assert np.var(standardised) == pytest.approx(1, abs=4 * (2 / len(standardised)) ** 0.5)


def test_a_filter_of_zeros_stays_zero() -> None:
    network = a_network()
    nn.init.zeros_(network.head.weight[3])
    assert (surfaces.direction(network, stream(0, "direction", 0))[-1][3] == 0).all()


def test_a_walk_moves_filters_alone_and_leaves_no_trace() -> None:
    network, x = a_network(), torch.rand(4, 1, 8, 8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    towards = [surfaces.direction(network, stream(1, "direction", which)) for which in range(2)]
    places = [(0.0, 0.0), (0.5, -0.25), (0.0, 0.0)]
    with torch.no_grad():
        own = network(x)
    states = surfaces.walk(
        surfaces.filters(network), towards, places, lambda: (network(x), {k: v.clone() for k, v in network.state_dict().items()})
    )  # fmt: skip
    assert torch.equal(states[0][0], own) and torch.equal(states[2][0], own)
    assert not torch.equal(states[1][0], own)
    steps = iter(zip(*towards, strict=True))
    for name, value in states[1][1].items():
        moved = before[name].clone()
        if name.endswith("weight") and value.dim() > 1:
            first, second = next(steps)
            moved += 0.5 * first - 0.25 * second
        assert torch.allclose(value, moved, atol=1e-6), name
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_walk_that_is_broken_off_leaves_no_trace() -> None:
    weight = nn.Parameter(torch.ones(2, 2))

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        surfaces.walk([weight], [[torch.ones(2, 2)]], [(1.0,)], fail)
    assert (weight == 1).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_has_no_error_either(bad: float) -> None:
    logits = torch.tensor([[1.0, 2.0, 0.0], [0.5, 0.0, 3.0]])
    labels = torch.tensor([1, 0])
    probabilities = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(axis=1, keepdims=True)
    expected = -np.log(probabilities[[0, 1], [1, 0]]).mean()
    halves = list(zip(logits.split(1), labels.split(1), strict=True))
    loss, error = surfaces.loss_and_error(nn.Identity(), halves)
    assert loss == pytest.approx(expected, rel=1e-6) and error == 50
    logits[0, 0] = bad
    assert np.isnan(surfaces.loss_and_error(nn.Identity(), halves)).all()


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    kept = ("dataset", "pool", "validation", "stem_stride", "device", "numerics", "threads")
    own = {"architecture": "plain", "depth": 8, "seeds": SEEDS, "images": 30, "steps": 4}
    return {name: settings[name] for name in kept} | own | {"points": 3, "extent": 1.0, "planes": [3]}


@pytest.fixture
def trained(settings: dict[str, Any], data: Path, tmp_path: Path) -> list[Path]:
    short = {
        "steps": 4,
        "evaluate_every": 4,
        "warmup": {"kind": "linear", "steps": 1},
        "depth": 8,
        "architecture": "plain",
    }
    folders = [tmp_path / str(seed) for seed in SEEDS]
    for folder, seed in zip(folders, SEEDS, strict=True):
        folder.mkdir()
        train_run(settings | short | {"seed": seed}, data, folder, lambda progress: None)
    return folders


def test_surfaces_of_trained_networks(given: dict[str, Any], data: Path, trained: list[Path], tmp_path: Path) -> None:
    seen: list[int] = []
    surfaces.examine(given, data, tmp_path, lambda progress: seen.append(progress.step), trained)
    assert seen == [1, 2]
    table = pd.read_csv(tmp_path / "surfaces.csv")
    assert list(table.columns) == list(surfaces.COLUMNS)
    line, plane = table[table["seed"] == 0], table[table["seed"] == 3]
    assert list(zip(line["first"], line["second"], strict=True)) == [(-1, 0), (0, 0), (1, 0)]
    assert sorted(zip(plane["first"], plane["second"], strict=True)) == [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    centres = table[(table["first"] == 0) & (table["second"] == 0)].set_index("seed")
    subject = Subject(given, data, trained)
    train = subject.splits.train
    for seed, network in subject:
        with torch.no_grad():
            logits = network(subject.standardise(train.images[:30]))
        assert centres["loss"][seed] == pytest.approx(F.cross_entropy(logits, train.labels[:30]).item(), rel=1e-5)
        wrong = (logits.argmax(dim=1) != train.labels[:30]).double().mean().item()
        assert centres["error"][seed] == pytest.approx(100 * wrong)


def test_a_plane_of_an_unknown_seed_is_named(given: dict, data: Path, trained: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"planes \[1\].*\[0, 3\]"):
        surfaces.examine(given | {"planes": [1, 3]}, data, tmp_path, lambda progress: None, trained)
