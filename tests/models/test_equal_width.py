"""Networks of about equal size: counts by brute force, the nearest width, and the forward pass written again."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from resnet_notes.models.equal_width import EqualWidthNet, parameters_of, width_for

SHAPES = {"layers": st.integers(1, 6), "channels": st.integers(1, 3), "classes": st.integers(2, 10)}


@given(width=st.integers(1, 12), **SHAPES)
def test_parameters_are_those_of_the_network(width: int, layers: int, channels: int, classes: int) -> None:
    network = EqualWidthNet(layers, width, channels, classes)
    assert sum(p.numel() for p in network.parameters()) == parameters_of(layers, width, channels, classes)
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) == layers


@given(parameters=st.integers(1, 20_000), **SHAPES)
def test_no_width_is_nearer(parameters: int, layers: int, channels: int, classes: int) -> None:
    def distance(width: int) -> int:
        return abs(parameters_of(layers, width, channels, classes) - parameters)

    width = width_for(parameters, layers, channels, classes)
    assert distance(width) == min(map(distance, range(1, 2 * width + 3)))


def test_a_forward_pass_written_again() -> None:
    network = EqualWidthNet(3, 5, in_channels=1, classes=4, stem_stride=2).train()
    x = torch.randn(6, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    maps = x
    for index in range(3):
        convolution, norm = network.layers[3 * index], network.layers[3 * index + 1]
        maps = F.conv2d(maps, convolution.weight, stride=1 if index else 2, padding=1)  # type: ignore[arg-type]
        maps = F.relu(F.batch_norm(maps, None, None, norm.weight, norm.bias, training=True))  # type: ignore[arg-type]
    assert maps.shape[2:] == (5, 5)
    assert torch.allclose(
        network(x), F.linear(maps.mean(dim=(2, 3)), network.head.weight, network.head.bias), atol=1e-5
    )
