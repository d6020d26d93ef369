"""What excites the units of networks whose answer is known."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from resnet_notes.inside import dbn_features, features, maximisation
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.models.dbn import DBN
from resnet_notes.models.rbm import RBM
from resnet_notes.training.run import train_run

MACHINE = ("device", "numerics", "threads")


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# what is made


@drawn(st.integers(0, 50), st.integers(1, 4), st.integers(1, 3), st.floats(0.1, 20))
def test_a_linear_unit_is_excited_most_by_its_own_weights(seed: int, units: int, starts: int, norm: float) -> None:
    weights, start = random(units, 6, seed=seed), random(units, starts, 6, seed=seed + 1)
    made, reached = maximisation.maximise(lambda x: x @ weights.T + 1, start, norm, 40)
    length = weights.norm(dim=1)
    assert torch.allclose(made, (norm * weights / length[:, None])[:, None].expand_as(made), atol=1e-3 * norm)
    assert torch.allclose(reached, (norm * length + 1)[:, None].expand_as(reached), rtol=1e-4)
    assert all(maximisation.agreement(own) == pytest.approx(1, abs=1e-5) for own in made)


def test_a_quadratic_unit_is_excited_most_by_a_leading_eigenvector() -> None:
    """Of either sign: starts agree up to that, and the activation is the eigenvalue."""
    matrix = random(5, 5)
    matrix = matrix + matrix.T + 10 * torch.eye(5)
    made, reached = maximisation.maximise(
        lambda x: ((x @ matrix) * x).sum(dim=1, keepdim=True), random(1, 8, 5, seed=1), 1.0, 500
    )
    values, vectors = np.linalg.eigh(matrix.double().numpy())
    assert np.allclose(reached, values[-1], rtol=1e-4)
    assert np.allclose(np.abs(made[0].double().numpy() @ vectors[:, -1]), 1, atol=1e-3)


def test_ascents_do_not_depend_on_each_other_and_keep_the_norm() -> None:
    layer = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)).requires_grad_(False)
    start = random(3, 2, 6)
    made, reached = maximisation.maximise(layer, start, 2.5, 20)
    assert torch.allclose(made.norm(dim=2), torch.full((3, 2), 2.5))
    for unit in range(3):
        own = maximisation.maximise(
            lambda x, unit=unit: layer(x)[:, unit : unit + 1], start[unit, 1][None, None], 2.5, 20
        )
        assert torch.allclose(own[0][0, 0], made[unit, 1], atol=1e-5)
        assert own[1].item() == pytest.approx(reached[unit, 1].item(), abs=1e-5)


def test_a_unit_that_nothing_excites_keeps_its_start() -> None:
    start = random(1, 2, 4)
    made, reached = maximisation.maximise(lambda x: torch.relu(x[:, :1] * 0 - 1), start, 3.0, 5)
    assert torch.allclose(made, 3 * start / start.norm(dim=2, keepdim=True), atol=1e-6)
    assert (reached == 0).all()


@drawn(st.integers(1, 5), st.integers(0, 20))
def test_agreement_is_the_mean_of_all_cosines(starts: int, seed: int) -> None:
    x = random(starts, 2, 3, seed=seed)
    flat = x.flatten(1).double().numpy()
    cosines = flat @ flat.T / np.outer(np.linalg.norm(flat, axis=1), np.linalg.norm(flat, axis=1))
    expected = cosines[np.triu_indices(starts, 1)].mean() if starts > 1 else 1.0
    assert maximisation.agreement(x) == pytest.approx(expected)


def test_mean_norm_is_that_of_each_input() -> None:
    x = random(7, 2, 3, 3)
    assert maximisation.mean_norm(x) == pytest.approx(np.linalg.norm(x.flatten(1).numpy(), axis=1).mean())


@drawn(st.floats(1e-3, 1e3))
def test_grey_is_the_number_of_root_mean_squares(scale: float) -> None:
    x = torch.tensor([[[1.0, -1.0], [0.0, 1.0]], [[1.0, -1.0], [0.0, 1.0]]]) * scale
    rms = 0.75**0.5
    up, down = (round(128 + 127 * sign / rms / maximisation.WHITE) for sign in (1, -1))
    assert maximisation.signed_greys(x).tolist() == [[up, down], [128, up]]
    assert maximisation.signed_greys(0 * x).tolist() == [[128, 128], [128, 128]]


def test_equals_are_ranked_in_their_order() -> None:
    activations = torch.tensor([[1.0, 0.0], [3.0, 0.0], [3.0, 5.0]])
    assert maximisation.strongest(activations).tolist() == [[1, 2, 0], [2, 0, 1]]
    assert maximisation.strongest(random(40, 2)).shape == (2, maximisation.TOP)


# convolutional networks


def a_network(depth: int, stem_stride: int, residual: bool = True) -> ConvNet:
    """Weights of He and gains that differ, in evaluation mode."""
    network = ConvNet(depth, residual, in_channels=1, stem_stride=stem_stride)
    draw = torch.Generator().manual_seed(1)
    he_initialise(network, draw)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=draw)
            nn.init.normal_(module.bias, 0.5, 0.3, generator=draw)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize(("depth", "stem_stride", "pixels"), [(8, 1, 40), (8, 2, 14), (14, 2, 14)])
def test_a_receptive_field_is_where_gradients_are(depth: int, stem_stride: int, pixels: int) -> None:
    """With positive weights nothing cancels: the gradient's support is the whole of the field."""
    network = a_network(depth, stem_stride)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.abs_()
    x = torch.rand(1, 1, pixels, pixels)
    for blocks in range(len(network.blocks) + 1):
        field = features.field_of(network, blocks)
        for place in ((0, 0), (1, 0), (-1, -1)):
            seen = x.clone().requires_grad_()
            maps = features.responses(network, blocks, seen)[0, 0]
            row, column = (index % side for index, side in zip(place, maps.shape, strict=True))
            (gradient,) = torch.autograd.grad(maps[row, column], seen)
            expected = torch.zeros(pixels, pixels, dtype=torch.bool)
            expected[field.clipped(row, pixels), field.clipped(column, pixels)] = True
            assert torch.equal(gradient[0, 0] != 0, expected)


@pytest.mark.parametrize("residual", [True, False])
def test_responses_become_what_the_next_block_sees(residual: bool) -> None:
    network, x = a_network(14, 2, residual), random(3, 1, 16, 16)
    y = torch.relu(network.stem_bn(network.stem(x)))
    for blocks in range(len(network.blocks) + 1):
        y = network.blocks[blocks - 1](y) if blocks else y
        assert torch.allclose(torch.relu(features.responses(network, blocks, x)), y, atol=1e-6)


def test_layers_shown_are_one_of_each_stage() -> None:
    assert [features.shown(3 * n) for n in (1, 3, 9)] == [[0, 1, 2, 3], [0, 1, 6, 9], [0, 1, 18, 27]]


def test_a_planted_pattern_is_found_at_its_place() -> None:
    """A filter is planted once in some images, the brighter the later, at the border, too."""
    pattern = torch.tensor([[0, 4, 0], [4, 4, 4], [0, 4, 0]])
    images = torch.randint(0, 4, (30, 1, 9, 9), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    where = {3: (4, 4), 7: (1, 7), 12: (7, 2), 20: (5, 1)}
    for rank, (index, (row, column)) in enumerate(where.items(), 3):
        images[index, 0, row - 1 : row + 2, column - 1 : column + 2] = (pattern * 2 * rank).to(torch.uint8)
    network = ConvNet(8, True, in_channels=1, stem_stride=1).eval().requires_grad_(False)
    network.stem.weight[0, 0] = pattern.float() - pattern.float().mean()
    maps = features.responses(network, 0, images.float())[:, :1]
    patches = features.top_patches(maps, images, features.field_of(network, 0))
    assert len(patches) == maximisation.TOP
    for rank, place in enumerate((6, 5, 4, 3)):
        assert torch.equal(patches[f"0/top/{rank}"], (pattern * 2 * place).to(torch.uint8))


def test_a_patch_ends_where_the_image_does() -> None:
    images = torch.arange(16).to(torch.uint8).reshape(1, 1, 4, 4)
    maps = torch.zeros(1, 2, 2, 2)
    maps[0, 0, 0, 1] = maps[0, 1, 1, 1] = 1.0
    patches = features.top_patches(maps, images, features.Field(radius=1, stride=2))
    assert patches["0/top/0"].tolist() == [[1, 2, 3], [5, 6, 7]]
    assert patches["1/top/0"].tolist() == [[5, 6, 7], [9, 10, 11], [13, 14, 15]]


# the jobs


def read(folder: Path, name: str) -> tuple[pd.DataFrame, dict[str, torch.Tensor]]:
    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.csv", f"{name}.safetensors"]
    return pd.read_csv(folder / f"{name}.csv"), load_file(folder / f"{name}.safetensors")


def test_a_convolutional_network_before_and_after_its_training(
    settings: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    run, folder = tmp_path / "run", tmp_path / "features"
    run.mkdir()
    folder.mkdir()
    train_run(settings, data, run, lambda progress: None)
    given = {name: settings[name] for name in ("architecture", "depth", "pool", "validation", "stem_stride", *MACHINE)}
    given |= {"seeds": [settings["seed"]], "units": 2, "starts": 3, "ascent": 30, "images": 12}
    seen: list[int] = []
    features.examine(given, data, folder, lambda progress: seen.append(progress.step), [run])
    table, pictures = read(folder, "features")
    assert seen == [1]
    assert len(table) == 2 * 4 * 2 * 3 and len(pictures) == 2 * 4 * 2 * (3 + maximisation.TOP) + 2 * 2
    assert table.groupby("layer")["field"].unique().map(list).to_dict() == {1: [3], 3: [11], 5: [23], 7: [47]}
    assert not table.isna().any(axis=None)
    linear = table[table["layer"] == 1]
    assert np.allclose(linear["agreement"], 1, atol=1e-4)
    for trained in (0, 1):
        weights, made = pictures[f"3/{trained}/1/1/weights/0"], pictures[f"3/{trained}/1/1/maximised/2"]
        assert (weights.int() - made.int()).abs().max() <= 1, "what excites the stem are its weights"
    assert pictures["3/1/7/0/top/0"].shape == (8, 8), "the whole image"


def test_the_untrained_network_is_that_which_the_training_began_with(
    settings: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    """After no training the pictures of weights are the same, of another seed they are not."""
    run = tmp_path / "run"
    run.mkdir()
    train_run(settings | {"learning_rate": 0.0}, data, run, lambda progress: None)
    given = {name: settings[name] for name in ("architecture", "depth", "pool", "validation", "stem_stride", *MACHINE)}
    given |= {"units": 2, "starts": 1, "ascent": 2, "images": 12}
    same = []
    for seed in (settings["seed"], 8):
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        features.examine(given | {"seeds": [seed]}, data, folder, lambda progress: None, [run])
        _, pictures = read(folder, "features")
        same.append(torch.equal(pictures[f"{seed}/0/1/0/weights/0"], pictures[f"{seed}/1/1/0/weights/0"]))
    assert same == [True, False]


def a_stack(sizes: tuple[int, ...], scale: float = 1.0, bias: float = 1.0) -> DBN:
    return DBN(
        [
            RBM(scale * random(below, above, seed=above), random(below), bias * random(above))
            for below, above in pairwise(sizes)
        ]
    )


def test_total_inputs_are_the_logits_of_the_probabilities() -> None:
    network, x = a_stack((9, 6, 5, 4)), torch.rand(7, 9)
    for layer in (1, 2, 3):
        found = dbn_features.total_input(network, layer, x, 3)
        assert torch.allclose(torch.sigmoid(found), network.up(x, layer)[:, :3], atol=1e-6)


def test_layers_of_a_stack_that_are_shown() -> None:
    assert [dbn_features.shown(layers) for layers in (1, 2, 3, 6)] == [[1], [1, 2], [1, 2, 3], [1, 3, 6]]


def test_a_deep_belief_network_and_new_weights(settings: dict[str, Any], data: Path, tmp_path: Path) -> None:
    run, folder = tmp_path / "run", tmp_path / "features"
    run.mkdir()
    folder.mkdir()
    network = a_stack((64, 6, 5, 4), scale=1e-3, bias=0.0)
    save_file(network.tensors(), run / "dbn.safetensors")
    given = {name: settings[name] for name in ("validation", *MACHINE)}
    given |= {"seeds": [2], "layers": [6, 5, 4], "units": 3, "starts": 2, "ascent": 60, "images": 20}
    seen: list[int] = []
    dbn_features.examine(given, data, folder, lambda progress: seen.append(progress.step), [run])
    table, pictures = read(folder, "dbn_features")
    assert seen == [1]
    assert len(table) == 2 * 3 * 3 * 2 and len(pictures) == 2 * 3 * 3 * (1 + 2 + maximisation.TOP)
    assert set(table["layer"]) == {1, 2, 3} and set(table["field"]) == {8}
    # small weights and no bias: every sigmoid has the same slope, and a unit's weights are the product of all below
    assert (table["agreement"] > 0.99).all()
    for layer in (1, 2, 3):
        weights, made = pictures[f"2/1/{layer}/2/weights/0"], pictures[f"2/1/{layer}/2/maximised/0"]
        assert np.corrcoef(weights.flatten(), made.flatten())[0, 1] > 0.99
    images = load_file(data / "images.safetensors")["test_images"]
    x = images.flatten(1).float() / 255
    best = int((x @ network.rbms[0].weights[:, 1]).argmax())
    assert torch.equal(pictures["2/1/1/1/top/0"], images[best, 0])
