"""A convolutional network with each technique as a switch, against the plain and residual ones and torch's own layers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.models.dropout import Dropout
from resnet_notes.models.technique_convnet import TechniqueConvNet

CHOICES = ("max-pooling", "dropout", "batch-norm", "shortcuts")


def images(count: int = 6, pixels: int = 14) -> torch.Tensor:
    return torch.randn(count, 1, pixels, pixels, generator=torch.Generator().manual_seed(1))


def built(techniques: set[str], depth: int = 14) -> TechniqueConvNet:
    network = TechniqueConvNet(depth, techniques, seed=7, in_channels=1, stem_stride=2)
    he_initialise(network, torch.Generator().manual_seed(0))
    return network


@pytest.mark.parametrize("residual", [False, True])
def test_with_batch_normalisation_it_is_the_plain_or_the_residual_network(residual: bool) -> None:
    own = built({"batch-norm", "shortcuts"} if residual else {"batch-norm"}).train()
    theirs = ConvNet(14, residual, in_channels=1, stem_stride=2)
    he_initialise(theirs, torch.Generator().manual_seed(0))
    assert torch.allclose(own(images()), theirs.train()(images()), atol=1e-5)


@given(st.sets(st.sampled_from(CHOICES)))
def test_networks_of_one_seed_share_their_convolutions(techniques: set[str]) -> None:
    first, second = (
        [module.weight for module in network.modules() if isinstance(module, nn.Conv2d)]
        for network in (built(techniques, 8), built(set(), 8))
    )
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert built(techniques, 8)(images(3)).shape == (3, 10)


def test_without_any_technique_against_torch() -> None:
    network = built(set(), 8)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.uniform_(module.bias, -0.1, 0.1)  # type: ignore[arg-type]
    x = F.relu(F.conv2d(images(), network.stem.weight, network.stem.bias, stride=2, padding=1))
    for stride, block in zip((1, 2, 2), network.blocks, strict=True):
        x = F.relu(F.conv2d(x, block.conv1.weight, block.conv1.bias, stride=stride, padding=1))  # type: ignore[union-attr, arg-type]
        x = F.relu(F.conv2d(x, block.conv2.weight, block.conv2.bias, padding=1))  # type: ignore[union-attr, arg-type]
    expected = F.linear(x.mean(dim=(2, 3)), network.head.weight, network.head.bias)
    assert torch.allclose(network(images()), expected, atol=1e-5)


def test_max_pooling_halves_maps_as_strides_do() -> None:
    pooled, strided = built({"max-pooling"}), built(set())
    x, y = (torch.relu(network.stem(images())) for network in (pooled, strided))
    for a, b in zip(pooled.blocks, strided.blocks, strict=True):
        x, y = a(x), b(y)
        assert x.shape == y.shape
    block, seen = pooled.blocks[2], torch.rand(2, 16, 7, 7)
    cropped = F.pad(seen, (0, 1, 0, 1), value=-9.0).unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    assert block.pooled and torch.allclose(block(seen), _after_pooling(block, cropped), atol=1e-6)


def _after_pooling(block: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    maps = F.relu(F.conv2d(maps, block.conv1.weight, padding=1))  # type: ignore[union-attr, arg-type]
    return F.relu(F.conv2d(maps, block.conv2.weight, padding=1))  # type: ignore[union-attr, arg-type]


# dropout


@given(st.integers(0, 2**63 - 1), st.sampled_from([0.0, 0.2, 0.5]))
def test_dropout_keeps_the_mean_and_the_share(seed: int, share: float) -> None:
    layer = Dropout(share, seed).train()
    dropped = layer(torch.ones(100, 200))
    assert all(value in (0.0, pytest.approx(1 / (1 - share))) for value in dropped.unique().tolist())
    # five standard deviations of 20,000 draws
    spread = (share * (1 - share) / 20_000) ** 0.5
    assert float((dropped == 0).double().mean()) == pytest.approx(share, abs=5 * spread + 1e-12)


def test_a_mask_depends_on_the_seed_and_on_how_many_were_drawn() -> None:
    layer, x = Dropout(0.5, 3).train(), torch.ones(8, 50)
    first, second = layer(x), layer(x)
    assert not torch.equal(first, second)
    again = Dropout(0.5, 3).train()
    again.load_state_dict({"drawn": torch.tensor(1)})
    assert torch.equal(again(x), second), "a restart goes on with the same masks"
    assert not torch.equal(Dropout(0.5, 4).train()(x), first)
    assert torch.equal(layer.eval()(x), x) and int(layer.drawn) == 2


def test_gradients_flow_where_inputs_were_kept() -> None:
    layer, x = Dropout(0.5, 0).train(), torch.rand(4, 9, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert x.grad is not None and torch.equal(x.grad, torch.where(out > 0, 2.0, 0.0))
