"""RBMs against brute force over all their states."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.models.rbm import RBM


def an_rbm(visible: int = 4, hidden: int = 3, seed: int = 0, scale: float = 1.0) -> RBM:
    """Float64, with normal weights and biases."""
    draw = np.random.default_rng(seed)
    parts = (draw.normal(0, scale, shape) for shape in ((visible, hidden), visible, hidden))
    return RBM(*(torch.from_numpy(part) for part in parts))


def states(units: int) -> np.ndarray:
    return np.array(list(product((0.0, 1.0), repeat=units)))


def joint(rbm: RBM) -> np.ndarray:
    """P(v, h) of all states [2^V, 2^H], by the energy's definition."""
    w, a, b = (part.numpy() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
    v, h = states(len(a)), states(len(b))
    weight = np.exp((v @ a)[:, None] + (h @ b)[None] + v @ w @ h.T)
    return weight / weight.sum()


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.1, 1.0, 3.0]))
def test_conditionals_and_free_energy_are_those_of_the_joint(seed: int, scale: float) -> None:
    rbm = an_rbm(seed=seed, scale=scale)
    p, v, h = joint(rbm), states(4), states(3)
    given_v = (p @ h) / p.sum(axis=1, keepdims=True)
    given_h = (p.T @ v) / p.sum(axis=0)[:, None]
    assert np.allclose(rbm.hidden_means(torch.from_numpy(v)), given_v)
    assert np.allclose(rbm.visible_means(torch.from_numpy(h)), given_h)
    weight = np.exp(-rbm.free_energy(torch.from_numpy(v)).numpy())
    assert np.allclose(weight / weight.sum(), p.sum(axis=1))


def test_a_gaussian_rbm_integrates_to_its_free_energy() -> None:
    rbm = an_rbm(visible=1, hidden=3)
    rbm.visible = "gaussian"
    w, a, b = (part.numpy() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
    v, h = np.linspace(-15, 15, 20_001)[:, None], states(3)
    weight = np.exp(-0.5 * (v - a) ** 2 + h @ b + v @ w @ h.T)
    assert np.allclose(np.exp(-rbm.free_energy(torch.from_numpy(v)).numpy()), weight.sum(axis=1))
    means = (weight * v).sum(axis=0) / weight.sum(axis=0)
    assert np.allclose(rbm.visible_means(torch.from_numpy(h)).numpy()[:, 0], means)


def test_the_pseudo_likelihood_is_right_on_average() -> None:
    rbm, v = an_rbm(), states(4)
    p = joint(rbm).sum(axis=1)
    exact = []
    for row, own in enumerate(v):
        turned = [
            int(np.flatnonzero((v == np.where(np.arange(4) == i, 1 - own, own)).all(axis=1))[0]) for i in range(4)
        ]
        exact.append(sum(np.log(p[row] / (p[row] + p[other])) for other in turned))
    drawn = torch.Generator().manual_seed(0)
    found = torch.stack([rbm.score_samples(torch.from_numpy(v), drawn) for _ in range(4000)])
    error = found.std(dim=0).numpy() / 4000**0.5
    assert (np.abs(found.mean(dim=0).numpy() - exact) < 5 * error + 1e-12).all()


def test_samples_follow_the_distribution() -> None:
    rbm = an_rbm(scale=0.7)
    count = 20_000
    v = rbm.sample(count, 50, torch.Generator().manual_seed(1)).numpy()
    found = np.bincount((v @ [8, 4, 2, 1]).astype(int), minlength=16) / count
    expected = joint(rbm).sum(axis=1)
    assert (np.abs(found - expected) < 5 * np.sqrt(expected / count)).all()


def test_gaussian_units_have_no_pseudo_likelihood() -> None:
    rbm = an_rbm()
    rbm.visible = "gaussian"
    assert rbm.score_samples(torch.zeros(3, 4, dtype=torch.float64), torch.Generator()).isnan().all()
    assert rbm.sample(2, 1, torch.Generator()).shape == (2, 4)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_shapes_broadcast(visible: str) -> None:
    rbm = an_rbm()
    rbm.visible = visible  # type: ignore[assignment]
    v = torch.rand(2, 5, 4, dtype=torch.float64)
    assert rbm.hidden_means(v).shape == (2, 5, 3) and rbm.free_energy(v).shape == (2, 5)


@given(seed=st.integers(0, 1000))
def test_a_label_is_one_of_its_states(seed: int) -> None:
    """The last three visible units are a label: the joint distribution over the states where one of them is on."""
    rbm = an_rbm(visible=5, hidden=3, seed=seed)
    rbm.labels = 3
    p, v, h = joint(rbm), states(5), states(3)
    allowed = v[:, 2:].sum(axis=1) == 1
    given_h = (p[allowed].T @ v[allowed]) / p[allowed].sum(axis=0)[:, None]
    assert np.allclose(rbm.visible_means(torch.from_numpy(h)), given_h)
    given_v = (p @ h) / p.sum(axis=1, keepdims=True)
    assert np.allclose(rbm.hidden_means(torch.from_numpy(v)), given_v)
