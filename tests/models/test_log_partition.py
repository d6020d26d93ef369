"""Log Z and log-likelihoods of small RBMs equal sums over all states of both layers."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.errors import BadInput
from resnet_notes.models.log_partition import Enumeration, exact_log_likelihood, log_partition
from resnet_notes.models.rbm import RBM


def make(visible: int, hidden: int, scale: float, seed: int) -> RBM:
    g = torch.Generator().manual_seed(seed)
    shapes = ([visible, hidden], [visible], [hidden])
    return RBM(*(scale * torch.randn(shape, generator=g, dtype=torch.float64) for shape in shapes))


def states(units: int) -> torch.Tensor:
    return torch.tensor(list(product([0.0, 1.0], repeat=units)), dtype=torch.float64).reshape(-1, units)


def brute_force(rbm: RBM) -> float:
    v, h = states(len(rbm.visible_bias)), states(len(rbm.hidden_bias))
    energy = v @ rbm.weights @ h.T + (v @ rbm.visible_bias)[:, None] + h @ rbm.hidden_bias
    return torch.logsumexp(energy.flatten(), 0).item()


@given(st.integers(1, 8), st.integers(1, 8), st.sampled_from([0.01, 1.0, 10.0, 300.0]), st.integers(0, 1000))
def test_equals_the_sum_over_all_states_from_both_sides(visible: int, hidden: int, scale: float, seed: int) -> None:
    rbm = make(visible, hidden, scale, seed)
    expected = pytest.approx(brute_force(rbm), rel=1e-12, abs=1e-9)
    assert log_partition(rbm) == expected
    assert log_partition(RBM(rbm.weights.T, rbm.hidden_bias, rbm.visible_bias)) == expected


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 1000))
def test_probabilities_add_up_to_one(visible: int, hidden: int, seed: int) -> None:
    rbm = make(visible, hidden, 2.0, seed)
    logs = exact_log_likelihood(rbm, states(visible))
    assert math.fsum(math.exp(value) for value in logs) == pytest.approx(1.0, abs=1e-10)


def test_gaussian_density_integrates_to_one() -> None:
    drawn = make(1, 3, 1.0, 4)
    rbm = RBM(drawn.weights, drawn.visible_bias, drawn.hidden_bias, "gaussian")
    grid = torch.linspace(-30, 30, 20_001, dtype=torch.float64)[:, None]
    assert math.fsum(math.exp(v) for v in exact_log_likelihood(rbm, grid)) * 0.003 == pytest.approx(1.0, abs=1e-8)


def test_samples_have_the_models_frequencies() -> None:
    rbm = make(3, 2, 1.0, 1)
    drawn = Enumeration(rbm).samples(20_000, torch.Generator().manual_seed(2))
    for state, log in zip(states(3), exact_log_likelihood(rbm, states(3)), strict=True):
        p = math.exp(log)
        assert abs((drawn == state).all(dim=1).double().mean() - p) < 5 * math.sqrt(p * (1 - p) / 20_000)


def test_too_many_units() -> None:
    with pytest.raises(BadInput, match="at most 22"):
        log_partition(make(23, 24, 1.0, 0))
