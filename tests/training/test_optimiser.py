"""The update, bit for bit that of PyTorch's class."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.training.optimiser import SGD

SHAPES = [(3,), (2, 5), (4, 2, 3, 3)]


@settings(max_examples=25)
@given(
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    weight_decay=st.sampled_from([0.0, 1e-4, 0.3]),
    rates=st.lists(st.floats(1e-5, 10), min_size=2, max_size=6),
    seed=st.integers(0, 1000),
    ascend=st.booleans(),
)
def test_bits_of_torch_optim_sgd(
    momentum: float, weight_decay: float, rates: list[float], seed: int, ascend: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    ours = [torch.randn(shape, generator=generator, requires_grad=True) for shape in SHAPES]
    theirs = [weight.detach().clone().requires_grad_() for weight in ours]
    optimiser = SGD(ours, momentum, weight_decay, ascend)
    reference = torch.optim.SGD(
        theirs, lr=1.0, momentum=momentum, weight_decay=weight_decay, fused=True, maximize=ascend
    )
    for rate in rates:
        gradients = [torch.randn(shape, generator=generator) for shape in SHAPES]
        optimiser.step(gradients, rate)
        for weight, gradient in zip(theirs, gradients, strict=True):
            weight.grad = gradient.clone()
        reference.param_groups[0]["lr"] = rate
        reference.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_by_hand() -> None:
    weight = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimiser = SGD([weight], momentum=0.5, weight_decay=0.1)
    optimiser.step([torch.tensor([1.0], dtype=torch.float64)], 0.1)
    assert weight.item() == pytest.approx(2.0 - 0.1 * 1.2)
    optimiser.step([torch.tensor([-1.0], dtype=torch.float64)], 0.2)
    assert weight.item() == pytest.approx(1.88 - 0.2 * (0.5 * 1.2 + (-1.0 + 0.188)))


def test_ascending_by_hand_the_penalty_still_pulls_to_zero() -> None:
    weight = torch.tensor([2.0], dtype=torch.float64)
    SGD([weight], momentum=0.0, weight_decay=0.1, ascend=True).step([torch.tensor([1.0], dtype=torch.float64)], 0.1)
    assert weight.item() == pytest.approx(2.0 + 0.1 * (1.0 - 0.2))


def test_gradients_are_left_as_they_were() -> None:
    weight, gradient = torch.ones(3, requires_grad=True), torch.full((3,), 2.0)
    optimiser = SGD([weight], momentum=0.9, weight_decay=0.5)
    for _ in range(2):
        optimiser.step([gradient], 0.1)
    assert gradient.tolist() == [2.0] * 3
