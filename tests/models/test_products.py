"""Products agree with torch's, in their values and in all their derivatives."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.models.products import product

SHAPES = [
    ((3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((3, 4), (2, 4, 5)),  # one input for all networks
    ((2, 3, 4), (4, 5)),
    ((2, 3, 1), (2, 1, 5)),
    ((1, 3, 4), (2, 4, 1)),
]


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.5


@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_derivatives_are_those_of_finite_differences(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    a, b = draw(*first).requires_grad_(), draw(*second, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(product, (a, b))
    assert torch.autograd.gradgradcheck(product, (a, b))


@given(st.lists(st.integers(1, 3), max_size=2), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_values_and_gradients_are_torchs(stack: list[int], n: int, k: int, m: int) -> None:
    a, b = draw(*stack, n, k).requires_grad_(), draw(*stack, k, m, seed=1).requires_grad_()
    ours, theirs = product(a, b), torch.matmul(a, b)
    assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=1e-14)
    weight = draw(*ours.shape, seed=2)
    for x, y in zip(torch.autograd.grad(ours, (a, b), weight), torch.autograd.grad(theirs, (a, b), weight)):
        assert x.shape == y.shape and torch.allclose(x, y, atol=1e-14)


def test_transposed_matrices_need_no_copy_by_the_caller() -> None:
    a, b = draw(2, 4, 3), draw(2, 5, 4, seed=1)
    assert torch.allclose(product(a.mT, b.mT), torch.matmul(a.mT, b.mT), atol=1e-14)


def test_single_precision_stays_single() -> None:
    assert product(draw(3, 4).float(), draw(4, 5).float()).dtype == torch.float32
