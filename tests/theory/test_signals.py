"""Activations and hand-written gradients against autograd, and moments against brute force."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.theory.signals import Design, Draw, draw, profile, propagate, weight_gradient_variance

LIMITS = {
    "uniform": lambda k: 1 / math.sqrt(k),
    "glorot": lambda k: math.sqrt(6 / (k + k)),
    "he": lambda k: math.sqrt(6 / k),
}
PHI = {"linear": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
DESIGNS = [Design(*design) for design in product(PHI, LIMITS, (False, True), (False, True))]


def by_autograd(numbers: Draw, design: Design) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Pre-activations, their gradients and the gradients of the weights."""
    limit = LIMITS[design.initialisation](len(numbers.inputs))
    weights = [torch.tensor(limit * matrix, requires_grad=True) for matrix in numbers.weights]
    a, stream = torch.tensor(numbers.inputs), []
    for matrix in weights:
        z = matrix @ a
        if design.residual and stream:
            z = z + stream[-1]
        z.retain_grad()
        stream.append(z)
        # eps has to be positive
        y = torch.nn.functional.batch_norm(z.T, None, None, training=True, eps=1e-40).T if design.batch_norm else z
        a = PHI[design.activation](y)
    (a * torch.tensor(numbers.output_gradient)).sum().backward()
    return stream, [z.grad for z in stream], [matrix.grad for matrix in weights]  # type: ignore[misc]


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_forwards_and_backwards_as_autograd(design: Design):
    numbers = draw(width=7, depth=5, batch=6, seed=[4])
    signals = propagate(numbers, design)
    stream, z_gradients, weight_gradients = by_autograd(numbers, design)
    for layer in range(5):
        scale = float(z_gradients[layer].abs().max())
        np.testing.assert_allclose(signals.z[layer], stream[layer].detach().numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(signals.gradients[layer], z_gradients[layer].numpy(), rtol=1e-7, atol=1e-10 * scale)
        whole = signals.gradients[layer] @ signals.a[layer].T
        scale = float(weight_gradients[layer].abs().max())
        np.testing.assert_allclose(whole, weight_gradients[layer].numpy(), rtol=1e-7, atol=1e-10 * scale)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("activation", PHI)
def test_batch_normalisation_cancels_the_initialisation(activation: str, residual: bool):
    numbers = draw(width=32, depth=8, batch=16, seed=[5])
    uniform, he = (
        profile(propagate(numbers, Design(activation, name, residual, True)), range(1, 9)) for name in ("uniform", "he")
    )
    for field in ("mean", "variance", "between_examples"):
        assert getattr(uniform, field) == pytest.approx(getattr(he, field), rel=1e-9, abs=1e-12)
    # He's weights have six times the variance
    assert he.preactivation == pytest.approx(6 * uniform.preactivation)
    assert uniform.back_propagated == pytest.approx(6 * he.back_propagated)
    assert uniform.weight_gradient == pytest.approx(6 * he.weight_gradient)


def test_moments_by_brute_force():
    signals = propagate(draw(width=5, depth=3, batch=4, seed=[6]), Design("sigmoid", "he", residual=True))
    found = profile(signals, [3, 1])
    for place, layer in enumerate([3, 1]):
        a, below, gradient = signals.a[layer], signals.a[layer - 1], signals.gradients[layer - 1]
        assert found.mean[place] == pytest.approx(a.mean()) and found.variance[place] == pytest.approx(a.var())
        pairs = [((a[:, i] - a[:, j]) ** 2).mean() / 2 for i in range(4) for j in range(i)]
        assert found.between_examples[place] == pytest.approx(np.mean(pairs))
        assert found.preactivation[place] == pytest.approx(signals.z[layer - 1].var())
        assert found.back_propagated[place] == pytest.approx(gradient.var())
        entries = [gradient[i, b] * below[j, b] for i in range(5) for j in range(5) for b in range(4)]
        assert found.weight_gradient[place] == pytest.approx(np.var(entries))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 1000))
def test_weight_gradient_variance_without_forming_the_entries(rows: int, columns: int, batch: int, seed: int):
    generator = np.random.default_rng(seed)
    gradient, below = generator.normal(1, 2, (rows, batch)), generator.normal(-1, 3, (columns, batch))
    entries = np.einsum("ib,jb->ijb", gradient, below)
    assert weight_gradient_variance(gradient, below) == pytest.approx(entries.var(), rel=1e-9, abs=1e-9)


def test_draws_are_what_they_say():
    first, again, other = draw(64, 3, 50, [1, 2]), draw(64, 3, 50, [1, 2]), draw(64, 3, 50, [1, 3])
    assert all(np.array_equal(a, b) and not np.array_equal(a, c) for a, b, c in zip(first, again, other))
    assert first.weights.shape == (3, 64, 64) and np.abs(first.weights).max() < 1
    assert first.weights.var() == pytest.approx(1 / 3, rel=0.05)
    for normal in (first.inputs, first.output_gradient):
        assert (
            normal.shape == (64, 50)
            and normal.mean() == pytest.approx(0, abs=0.1)
            and normal.var() == pytest.approx(1, rel=0.1)
        )
