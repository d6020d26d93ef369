"""Products agree with torch's, in their values and in all their derivatives, through either library."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resnet_notes.models import products
from resnet_notes.models.products import product, product_into

SHAPES = [
    ((3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((3, 4), (2, 4, 5)),  # one input for all networks
    ((2, 3, 4), (4, 5)),
    ((2, 3, 1), (2, 1, 5)),
    ((1, 3, 4), (2, 4, 1)),
]


@pytest.fixture(autouse=True, params=[True, False], ids=["numpy", "torch"])
def library(request: pytest.FixtureRequest) -> Iterator[None]:
    """Multiply as in portable numerics, and as in native ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "COMPATIBLE", request.param)
        yield


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.5


@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_derivatives_are_those_of_finite_differences(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    a, b = draw(*first).requires_grad_(), draw(*second, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(product, (a, b))
    assert torch.autograd.gradgradcheck(product, (a, b))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the library is the same for all examples
@given(st.lists(st.integers(1, 3), max_size=2), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_values_and_gradients_are_torchs(stack: list[int], n: int, k: int, m: int) -> None:
    a, b = draw(*stack, n, k).requires_grad_(), draw(*stack, k, m, seed=1).requires_grad_()
    ours, theirs = product(a, b), torch.matmul(a, b)
    assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=1e-14)
    weight = draw(*ours.shape, seed=2)
    for x, y in zip(torch.autograd.grad(ours, (a, b), weight), torch.autograd.grad(theirs, (a, b), weight)):
        assert x.shape == y.shape and torch.allclose(x, y, atol=1e-14)


def test_a_product_fits_a_buffer() -> None:
    a, b, out = draw(4, 3), draw(5, 4, seed=1), torch.full((3, 5), torch.nan, dtype=torch.float64)
    assert product_into(a.T, b.T, out) is out
    assert torch.allclose(out, torch.einsum("ij,ki->jk", a, b), atol=1e-14)


def test_transposed_matrices_need_no_copy_by_the_caller() -> None:
    a, b = draw(2, 4, 3), draw(2, 5, 4, seed=1)
    assert torch.allclose(product(a.mT, b.mT), torch.matmul(a.mT, b.mT), atol=1e-14)


def test_single_precision_stays_single() -> None:
    assert product(draw(3, 4).float(), draw(4, 5).float()).dtype == torch.float32
