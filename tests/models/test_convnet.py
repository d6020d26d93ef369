"""The family against the published parameter counts and an independent forward pass."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from resnet_notes.models.convnet import ConvNet, blocks_per_stage, he_initialise

# He et al. 2015, Table 6 gives these in millions; the exact ones are those of option A (akamaster's README).
PUBLISHED = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize(("depth", "count"), PUBLISHED.items())
def test_parameter_counts_are_the_published_ones(depth: int, count: int, residual: bool) -> None:
    with torch.device("meta"):
        network = ConvNet(depth, residual)
    assert sum(p.numel() for p in network.parameters()) == count


@given(st.integers(-10, 400))
def test_depth_is_6n_plus_2(depth: int) -> None:
    if depth >= 8 and depth % 6 == 2:
        assert 6 * blocks_per_stage(depth) + 2 == depth
    else:
        with pytest.raises(ValueError, match="6n"):
            blocks_per_stage(depth)


def reference_forward(state: dict[str, np.ndarray], x: np.ndarray, depth: int, residual: bool, stem_stride: int):
    """The network written again with SciPy's correlate in float64, one image at a time, from the paper's text."""

    def conv(maps, weight, stride):
        out = np.stack([sum(signal.correlate2d(m, k, mode="same") for m, k in zip(maps, w)) for w in weight])
        # PyTorch pads by one on each side and steps from the first pixel, as slicing does after "same"
        return out[:, ::stride, ::stride]

    def bn(maps, prefix):
        mean, var = state[prefix + ".running_mean"], state[prefix + ".running_var"]
        scale = state[prefix + ".weight"] / np.sqrt(var + 1e-5)
        return maps * scale[:, None, None] + (state[prefix + ".bias"] - mean * scale)[:, None, None]

    logits = []
    n = (depth - 2) // 6
    for image in x:
        maps = np.maximum(bn(conv(image, state["stem.weight"], stem_stride), "stem_bn"), 0)
        for index in range(3 * n):
            stride = 2 if index in (n, 2 * n) else 1
            p = f"blocks.{index}."
            y = np.maximum(bn(conv(maps, state[p + "conv1.weight"], stride), p + "bn1"), 0)
            y = bn(conv(y, state[p + "conv2.weight"], 1), p + "bn2")
            if residual:
                skip = maps[:, ::stride, ::stride]
                y[: len(skip)] += skip
            maps = np.maximum(y, 0)
        logits.append(state["head.weight"] @ maps.mean(axis=(1, 2)) + state["head.bias"])
    return np.stack(logits)


@settings(max_examples=12)
@given(
    depth=st.sampled_from([8, 14]),
    residual=st.booleans(),
    channels=st.sampled_from([1, 3]),
    size=st.integers(7, 15),
    stem_stride=st.sampled_from([1, 2]),
    seed=st.integers(0, 1000),
)
def test_forward_agrees_with_a_reference(depth, residual, channels, size, stem_stride, seed) -> None:
    network = ConvNet(depth, residual, channels, 10, stem_stride).double()
    generator = torch.Generator().manual_seed(seed)
    he_initialise(network, generator)
    for name, buffer in network.named_buffers():
        if "running" in name:
            buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))
    network.eval()
    x = torch.rand(2, channels, size, size, generator=generator, dtype=torch.float64)
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    expected = reference_forward(state, x.numpy(), depth, residual, stem_stride)
    np.testing.assert_allclose(network(x).detach().numpy(), expected, rtol=1e-9, atol=1e-9)


def test_he_initialisation_has_the_variance_it_states_and_is_shared_by_both_architectures() -> None:
    plain, residual = ConvNet(20, False), ConvNet(20, True)
    he_initialise(plain, torch.Generator().manual_seed(3))
    he_initialise(residual, torch.Generator().manual_seed(3))
    for (name, a), (_, b) in zip(plain.named_parameters(), residual.named_parameters(), strict=True):
        assert torch.equal(a, b), name
    for module, fan_in in ((plain.stem, 3 * 9), (plain.blocks[3].conv1, 16 * 9), (plain.blocks[-1].conv2, 64 * 9)):
        weight = module.weight.detach().double()
        # the sample variance of n normals has relative standard error sqrt(2/n)
        assert abs(weight.var().item() * fan_in / 2.0 - 1) < 5 * (2 / weight.numel()) ** 0.5
    he_initialise(residual, torch.Generator().manual_seed(4))
    assert not torch.equal(plain.stem.weight, residual.stem.weight)
