"""Residual networks as they were changed later, against what they must have in common with the original."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_notes.data.tensors import Images, Splits
from resnet_notes.models.convnet import ConvNet
from resnet_notes.models.option_b import ProjectionBlock
from resnet_notes.models.pre_activation import PreActivationNet
from resnet_notes.training import option_b, pre_activation, run, zero_gamma

SETTINGS: dict[str, Any] = {"depth": 14, "seed": 4, "stem_stride": 1}


def splits() -> Splits:
    grey = Images(torch.zeros(3, 1, 8, 8, dtype=torch.uint8), torch.arange(3))
    return Splits(grey, grey, grey)


def images(count: int = 5) -> torch.Tensor:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def original(**changes: Any) -> ConvNet:
    return run.build_network(SETTINGS | {"architecture": "residual"} | changes, splits())


def convolutions(network: nn.Module) -> list[torch.Tensor]:
    return [
        module.weight for module in network.modules() if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3)
    ]


@pytest.mark.parametrize("job", [option_b, pre_activation, zero_gamma])
def test_convolutions_start_as_those_of_the_original(job: Any) -> None:
    built, ours = job.build_network(SETTINGS, splits()), original()
    pairs = list(zip(convolutions(built), convolutions(ours), strict=True))
    assert len(pairs) == 13 and all(torch.equal(first, second) for first, second in pairs)
    assert torch.equal(built.head.weight, ours.head.weight)
    other = job.build_network(SETTINGS | {"seed": 5}, splits())
    assert not torch.equal(convolutions(other)[0], convolutions(built)[0])


def test_blocks_with_a_last_gain_of_zero_pass_on_what_they_see() -> None:
    network = zero_gamma.build_network(SETTINGS, splits()).train()
    x = torch.rand(4, 16, 8, 8)
    assert torch.equal(network.blocks[0](x), x), "x has no negative numbers that a ReLU could take"
    stem = torch.relu(network.stem_bn(network.stem(images())))
    pooled = stem[:, :, ::4, ::4].mean(dim=(2, 3))
    expected = F.linear(F.pad(pooled, (0, 48)), network.head.weight, network.head.bias)
    assert torch.allclose(network(images()), expected, atol=1e-5), "the whole network is its stem and its head"


def test_projections_are_there_where_the_shape_changes_and_nowhere_else() -> None:
    network = option_b.build_network(SETTINGS, splits())
    assert [isinstance(block, ProjectionBlock) for block in network.blocks] == [False, False, True, False, True, False]
    extra = sum(p.numel() for p in network.parameters()) - sum(p.numel() for p in original().parameters())
    assert extra == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    variances = [
        float(block.projection.weight.detach().var()) for block in network.blocks if isinstance(block, ProjectionBlock)
    ]
    assert variances == pytest.approx([2 / 16, 2 / 32], rel=0.2)


def test_a_projection_that_strides_and_pads_is_option_a() -> None:
    """With the weights of an identity, and a normalisation that does nothing, option B computes what option A does."""
    network, plain = option_b.build_network(SETTINGS, splits()).eval(), original().eval()
    for block in network.blocks:
        if isinstance(block, ProjectionBlock):
            nn.init.dirac_(block.projection.weight)
            assert block.projection_bn.running_var is not None
            block.projection_bn.running_var.fill_(1 - 1e-5)
    assert torch.allclose(network(images()), plain(images()), atol=1e-6)


def reference(network: PreActivationNet, x: torch.Tensor) -> torch.Tensor:
    """The network written again with torch's own layers, from Figure 4(e) and the appendix of the paper."""

    def norm(maps: torch.Tensor, own: Any) -> torch.Tensor:
        return F.relu(F.batch_norm(maps, None, None, own.weight, own.bias, training=True))

    x = norm(F.conv2d(x, network.stem.weight, padding=1), network.stem_bn)
    for place, block in enumerate(network.blocks):
        seen = norm(x, block.bn1) if place else x
        branch = F.conv2d(seen, block.conv1.weight, stride=block.stride, padding=1)  # type: ignore[union-attr, arg-type]
        branch = F.conv2d(norm(branch, block.bn2), block.conv2.weight, padding=1)  # type: ignore[union-attr]
        kept = x[:, :, :: block.stride, :: block.stride]  # type: ignore[misc]
        x = branch + torch.cat([kept, torch.zeros(len(x), branch.shape[1] - x.shape[1], *kept.shape[2:])], dim=1)
    return F.linear(norm(x, network.norm).mean(dim=(2, 3)), network.head.weight, network.head.bias)


def test_pre_activation_against_torch() -> None:
    network = pre_activation.build_network(SETTINGS, splits()).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    assert torch.allclose(network(images()), reference(network, images()), atol=1e-4)
