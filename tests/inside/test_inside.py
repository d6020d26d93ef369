"""Examinations of networks whose answer is known."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import strategies as st
from scipy.stats import kendalltau
from torch import nn
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside import extension, lesions, networks, paths, responses
from resnet_notes.models.convnet import ConvNet, he_initialise, shortcut_a
from resnet_notes.training.evaluation import error_percent
from resnet_notes.training.run import train_run

MACHINE = ("device", "numerics", "threads")
SEEDS = [0, 3]


def a_network(depth: int = 8, residual: bool = True, seed: int = 0) -> ConvNet:
    """Weights of He, statistics and gains that differ from unit to unit; in evaluation mode."""
    network = ConvNet(depth, residual, in_channels=1, stem_stride=1)
    draw = torch.Generator().manual_seed(seed)
    he_initialise(network, draw)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.3, generator=draw)
            module.running_var.uniform_(0.5, 2, generator=draw)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=draw)
            nn.init.normal_(module.bias, 0, 0.3, generator=draw)
    return network.eval()


def images(count: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of an examination of networks that are trained for a few steps."""
    shared = {name: settings[name] for name in ("dataset", "pool", "validation", "stem_stride", *MACHINE)}
    return shared | {"architecture": "residual", "depth": 8, "seeds": SEEDS, "steps": 2, "images": 30}


@pytest.fixture
def trained(settings: dict[str, Any], data: Path, tmp_path: Path) -> dict[str, list[Path]]:
    """Run folders of two seeds of each architecture."""
    folders: dict[str, list[Path]] = {}
    short = settings | {"steps": 4, "evaluate_every": 4, "warmup": {"kind": "linear", "steps": 1}, "depth": 8}
    for architecture, seed in product(("plain", "residual"), SEEDS):
        folder = tmp_path / f"{architecture}{seed}"
        folder.mkdir()
        train_run(short | {"architecture": architecture, "seed": seed}, data, folder, lambda progress: None)
        folders.setdefault(architecture, []).append(folder)
    return folders


def examine(job: Any, given: dict[str, Any], data: Path, folder: Path, trained: list[Path]) -> pd.DataFrame:
    folder.mkdir()
    seen: list[int] = []
    job.examine(given, data, folder, lambda progress: seen.append(progress.step), trained)
    assert seen == [1, 2]
    (file,) = folder.iterdir()
    return pd.read_csv(file)


# lesions


@pytest.mark.parametrize("residual", [True, False])
def test_a_lesion_of_a_block_that_does_nothing_changes_nothing(residual: bool) -> None:
    network = a_network(14, residual)
    idle = network.blocks[1]
    if residual:
        nn.init.zeros_(idle.bn2.weight)
        nn.init.zeros_(idle.bn2.bias)
    else:
        extension.make_identity(idle)  # type: ignore[arg-type]
    whole, x = list(network.blocks), images()
    with torch.no_grad():
        intact, seen = network(x), networks.stem(network, x)
        assert torch.equal(networks.through(network, whole, seen), intact)
        assert torch.equal(networks.through(network, lesions.without(whole, [1]), seen), intact)
        assert not torch.allclose(networks.through(network, lesions.without(whole, [2]), seen), intact, atol=1e-2)


def test_without_all_blocks_the_stem_is_left() -> None:
    network, x = a_network(), images()
    with torch.no_grad():
        seen = networks.stem(network, x)
        left = networks.through(network, lesions.without(list(network.blocks), range(3)), seen)
        stem = torch.relu(network.stem_bn(network.stem(x)))
        pooled = F.pad(stem[:, :, ::4, ::4], (0, 0, 0, 0, 0, 48)).mean(dim=(2, 3))
        assert torch.allclose(left, network.head(pooled), atol=1e-6)


@drawn(st.permutations(range(7)))
def test_kendalls_tau_is_scipys(order: list[int]) -> None:
    assert lesions.kendall(order) == pytest.approx(kendalltau(range(7), order).statistic)


@drawn(st.integers(0, 50), st.integers(0, 6))
def test_only_blocks_of_one_shape_change_places(seed: int, count: int) -> None:
    blocks = list(a_network(20).blocks)
    order = lesions.exchanged(blocks, count, torch.Generator().manual_seed(seed))
    assert sorted(order) == list(range(9))
    assert [lesions.shape(blocks[place]) for place in order] == [lesions.shape(block) for block in blocks]
    assert order[3] == 3 and order[6] == 6, "those that change the shape stay"
    assert count or order == list(range(9))


def test_every_lesion_is_measured_as_if_alone() -> None:
    network = a_network(14)
    whole = list(network.blocks)
    tried = [whole, lesions.without(whole, [0]), lesions.without(whole, [5]), lesions.without(whole, range(6))]
    seen = [images(8, seed) for seed in (1, 2)]
    with torch.no_grad():
        batches = [(x, network(x).argmax(dim=1)) for x in seen]
        wrong = [
            sum(int((networks.through(network, blocks, networks.stem(network, x)).argmax(dim=1) != y).sum())
                for x, y in batches)
            for blocks in tried
        ]  # fmt: skip
    assert wrong[0] == 0 < wrong[3]
    assert lesions.errors(network, tried, batches) == [100 * count / 16 for count in wrong]
    assert lesions.errors(network, tried[3:], batches) == lesions.errors(network, tried, batches)[3:]


def test_lesions_of_trained_networks(given: dict[str, Any], data: Path, trained: dict, tmp_path: Path) -> None:
    given |= {"several": [2, 9], "swaps": [1], "draws": 3}
    table = examine(lesions, given, data, tmp_path / "lesions", trained["residual"])
    assert len(table) == 2 * (1 + 3 + 3 + 3), "whole, each block, two blocks, an exchange; nine are not there"
    whole = table[(table["removed"] == 0) & (table["swapped"] == 0)].set_index("seed")["error"]
    subject = networks.Subject(given, data, trained["residual"])
    test = subject.splits.test
    for seed, network in subject:
        with torch.no_grad():
            wrong = network(subject.standardise(test.images[:30])).argmax(dim=1) != test.labels[:30]
        assert whole[seed] == pytest.approx(100 * wrong.double().mean().item())
    assert sorted(table[(table["removed"] == 1)]["block"].unique()) == [1, 2, 3]
    # no two blocks of depth 8 have one shape: an exchange leaves all as it is
    assert (table[table["swapped"] == 1]["tau"] == 1).all()


# responses


def test_responses_are_those_of_each_layer_by_itself() -> None:
    network, x = a_network(), images()
    expected = []
    with torch.no_grad():
        y = network.stem_bn(network.stem(x))
        expected.append(y.double().std(correction=0))
        state = torch.relu(y)
        for block in network.blocks:
            first = block.bn1(block.conv1(state))
            second = block.bn2(block.conv2(torch.relu(first)))
            expected += [first.double().std(correction=0), second.double().std(correction=0)]
            state = torch.relu(second + shortcut_a(state, block.channels, block.stride))
    found = responses.responses(network, x.split(2))
    assert np.allclose(found, expected, rtol=1e-6)
    assert np.allclose(responses.responses(network, [x]), expected, rtol=1e-6), "no hook is left"


def test_responses_of_trained_networks(given: dict[str, Any], data: Path, trained: dict, tmp_path: Path) -> None:
    table = examine(responses, given | {"architecture": "plain"}, data, tmp_path / "responses", trained["plain"])
    assert table.groupby("seed")["layer"].apply(list).tolist() == [[1, 2, 3, 4, 5, 6, 7]] * 2
    assert (table["response"] > 0).all()


# paths


def test_the_gradients_of_all_paths_add_up_to_the_whole() -> None:
    """A network that is linear once its ReLUs are fixed is the sum of its paths, and so is its gradient."""
    network, x, y = a_network(), images(), torch.arange(6)
    with torch.no_grad():
        first = networks.stem(network, x)

    def gradient(path: tuple[bool, ...] | None) -> torch.Tensor:
        start = first.clone().requires_grad_()
        state = start
        for index, block in enumerate(network.blocks):
            total = paths.along(block, state, path[index]) if path else None  # type: ignore[arg-type]
            state = torch.relu(total) if total is not None else block(state)
        loss = F.cross_entropy(networks.head(network, state), y)
        return torch.autograd.grad(loss, start)[0]

    every = {path: gradient(path) for path in product((False, True), repeat=3)}
    assert torch.allclose(sum(every.values()), gradient(None), atol=1e-6)  # type: ignore[arg-type]
    for path, expected in every.items():
        norm = expected.double().square().sum().item() ** 0.5
        assert paths.path_gradient(network, path, x, y) == pytest.approx(norm, rel=1e-6)


@drawn(st.integers(0, 12), st.integers(0, 99))
def test_a_path_takes_as_many_branches_as_it_is_long(length: int, seed: int) -> None:
    path = paths.a_path(12, length, torch.Generator().manual_seed(seed))
    assert len(path) == 12 and sum(path) == length


def test_paths_of_trained_networks(given: dict[str, Any], data: Path, trained: dict, tmp_path: Path) -> None:
    table = examine(paths, given | {"draws": 2}, data, tmp_path / "paths", trained["residual"])
    assert table.groupby("seed")["length"].apply(list).tolist() == [[0, 1, 2, 3]] * 2
    assert (table["gradient"] > 0).all() and set(table["blocks"]) == {3}
    with pytest.raises(BadInput, match="one path"):
        paths.examine(given | {"architecture": "plain"}, data, tmp_path, lambda progress: None, trained["plain"])


# extension


@pytest.mark.parametrize("deep", [14, 32])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_an_extended_network_computes_what_the_shallow_one_does(deep: int, kind: torch.dtype) -> None:
    network, x = a_network(8, residual=False).to(kind), images().to(kind)
    extended = extension.extended(network, ConvNet(deep, False, in_channels=1, stem_stride=1).to(kind))
    assert len(extended.blocks) == (deep - 2) // 2
    with torch.no_grad():
        assert torch.equal(extended(x), network(x))


@pytest.mark.parametrize(
    ("residual", "deep", "said"), [(True, 14, "plain"), (False, 8, "8 layers are not more than 8")]
)
def test_what_cannot_be_extended_is_named(residual: bool, deep: int, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        extension.extended(a_network(8, residual), ConvNet(deep, residual, in_channels=1))


def test_extensions_of_trained_networks(given: dict[str, Any], data: Path, trained: dict, tmp_path: Path) -> None:
    given |= {"architecture": "plain", "deep": 20, "train_subset": 40}
    table = examine(extension, given, data, tmp_path / "extension", trained["plain"])
    assert table["seed"].tolist() == SEEDS and (table["deep"] == 20).all()
    assert (table["shallow_error"] == table["extended_error"]).all() and (table["logit_difference"] == 0).all()
    subject = networks.Subject(given, data, trained["plain"])
    train = subject.splits.train
    found = [error_percent(own, train.images[:40], train.labels[:40], subject.standardise, subject.device)
             for _, own in subject]  # fmt: skip
    assert table["shallow_error"].tolist() == found


def test_networks_that_differ_are_told_apart() -> None:
    one, other, x = a_network(8, False), a_network(8, False, seed=1), images()
    with torch.no_grad():
        logits, others = one(x), other(x)
    y = logits.argmax(dim=1)
    own, theirs, apart = extension.compared(one, other, [(x[:4], y[:4]), (x[4:], y[4:])])
    assert own == 0 and theirs == 100 * (others.argmax(dim=1) != y).double().mean() > 0
    assert apart == pytest.approx(float((others - logits).abs().max() / logits.abs().max()))
    nn.init.constant_(other.head.bias, float("inf"))
    own, theirs, apart = extension.compared(one, other, [(x[:4], y[:4]), (x[4:], y[4:])])
    assert own == 0 and np.isnan(theirs) and not np.isfinite(apart)
    nn.init.constant_(one.head.bias, float("inf"))  # infinities that agree are no difference that is known
    assert np.isnan(extension.compared(one, other, [(x[:4], y[:4]), (x[4:], y[4:])])).all()


def test_a_missing_network_is_named(given: dict[str, Any], data: Path, trained: dict, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="1 trained networks for 2 seeds"):
        responses.examine(given, data, tmp_path, lambda progress: None, trained["plain"][:1])
