"""Gradients of linear chains: closed form against autograd, powers against spectra, and one step against torch."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from resnet_notes.params.linear_chain import LinearChain
from resnet_notes.theory.chain import closed_form, descend, frobenius, notes_form, singular_values
from resnet_notes.theory.linear_chain import autograd, chains, table

SETTINGS: dict[str, Any] = {
    "depths": [*range(1, 13), 34, 67, 100],
    "weights": [0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5],
    "equal_entry": 0.5,
    "equal_size": 10,
    "nilpotent_entry": 2.0,
    "sizes": [4, 16],
    "radii": [0.9, 1.1],
    "seeds": [0, 1],
    "learning_rate": 0.01,
    "target": 1.0,
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return table(SETTINGS)


def of(rows: pd.DataFrame, chain: str) -> pd.DataFrame:
    return rows[rows["chain"] == chain]


def drawn(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random weights, input and target."""
    generator = np.random.default_rng([seed, size])
    return generator.normal(size=(size, size)), generator.normal(size=size), generator.normal(size=size)


def torch_gradient(weights: np.ndarray, start: np.ndarray, target: np.ndarray, depth: int, layer: int) -> np.ndarray:
    """With the loss 1/2 |a_l - target|^2, through torch.nn as a network is written."""
    layers = [torch.nn.Linear(len(weights), len(weights), bias=False, dtype=torch.float64) for _ in range(depth)]
    for one in layers:
        one.weight.data = torch.tensor(weights)
    output = torch.nn.Sequential(*layers)(torch.tensor(start))
    (0.5 * (output - torch.tensor(target)).square().sum()).backward()
    gradient = layers[layer - 1].weight.grad
    assert gradient is not None
    return gradient.numpy()


@given(st.integers(1, 7), st.integers(1, 25), st.data())
def test_the_closed_form_is_what_autograd_finds(size: int, depth: int, data: st.DataObject):
    layer, seed = data.draw(st.integers(1, depth)), data.draw(st.integers(0, 10**6))
    weights, start, target = drawn(size, seed)
    gradient = np.linalg.matrix_power(weights, depth) @ start - target
    ours = closed_form(weights, start, gradient, depth, layer)
    assert frobenius(ours - torch_gradient(weights, start, target, depth, layer)) < 3e-9 * frobenius(ours)
    assert frobenius(ours - autograd(weights, start, gradient, depth, layer)) < 3e-9 * frobenius(ours)


@given(st.floats(0.5, 1.5), st.integers(1, 100), st.data())
def test_a_scalar_chain_is_off_by_twice_the_exponent_in_the_notes(weight: float, depth: int, data: st.DataObject):
    layer = data.draw(st.integers(1, depth))
    one = np.ones(1)
    ours, notes = (form(np.array([[weight]]), one, one, depth, layer)[0, 0] for form in (closed_form, notes_form))
    assert ours == pytest.approx(weight ** (depth - 1), rel=1e-10)
    assert notes == pytest.approx(ours * weight ** (2 * (layer - depth)), rel=1e-10)


def test_the_notes_exponent_is_off_by_more_than_three_orders_of_magnitude(rows: pd.DataFrame):
    scalar = of(rows, "scalar")
    deep = scalar[(scalar["depth"] == 100) & (scalar["scale"] != 1)]
    assert np.abs(np.log10(deep["notes_form"] / deep["closed_form"])).min() > 3
    weights, start, gradient = drawn(5, 0)
    weights *= 0.5 / np.abs(np.linalg.eigvals(weights)).max()
    right, wrong = (frobenius(form(weights, start, gradient, 10, 2)) for form in (closed_form, notes_form))
    assert abs(math.log10(wrong / right)) > 3


def test_autograd_and_closed_form_agree_in_every_row(rows: pd.DataFrame):
    assert len(rows) == len(SETTINGS["depths"]) * (7 + 2 + 2 * 2 * 3)
    np.testing.assert_allclose(rows["autograd"], rows["closed_form"], rtol=3e-9)


def test_entries_of_a_half_explode(rows: pd.DataFrame):
    equal = of(rows, "equal").set_index("depth")
    # Every entry of the tenth power is a sum over 10^9 paths of 0.5^10, and the norm is ten times that.
    assert equal.loc[11, "norm"] == pytest.approx(10 * 10**9 * 0.5**10)
    assert equal.loc[11, "norm"] == pytest.approx(1e7, rel=0.05)
    assert equal.loc[11, "closed_form"] == pytest.approx(equal.loc[11, "norm"])


def test_entries_of_two_vanish(rows: pd.DataFrame):
    assert (np.array([[2, -2], [2, -2]]) @ np.array([[2, -2], [2, -2]]) == 0).all()
    nilpotent = of(rows, "nilpotent").set_index("depth")
    assert nilpotent.loc[2, "norm"] == pytest.approx(4)
    assert (nilpotent.loc[3:, ["norm", "closed_form", "autograd"]] == 0).all(axis=None)


def test_orthogonal_matrices_keep_the_gradient(rows: pd.DataFrame):
    np.testing.assert_allclose(of(rows, "orthogonal")[["closed_form", "norm", "smallest", "largest"]], 1, rtol=1e-9)


def test_norms_lie_between_the_powers_of_singular_values_and_above_that_of_the_radius(rows: pd.DataFrame):
    slack = 1 + 1e-9
    assert (rows["smallest"] <= rows["norm"] * slack).all() and (rows["norm"] <= rows["largest"] * slack).all()
    assert (rows["radius"] <= rows["norm"] * slack).all()
    assert (rows["closed_form"] <= rows["norm"] * slack).all()


def test_the_spectral_radius_decides_in_the_long_run(rows: pd.DataFrame):
    last = of(rows, "random").query("depth == 100")
    np.testing.assert_allclose(last["norm"] ** (1 / 99), last["scale"], rtol=0.05)
    assert (last["norm"][last["scale"] > 1] > 1e4).all() and (last["norm"][last["scale"] < 1] < 1e-3).all()
    assert (last["largest"] > 1).all(), "singular values alone would have them all explode"


def test_the_radius_is_that_of_the_characteristic_polynomial():
    for chain in chains(SETTINGS):
        if chain.name == "nilpotent":
            assert np.trace(chain.weights) == 0 and np.linalg.det(chain.weights) == 0 == chain.radius
        else:
            assert np.abs(np.linalg.eigvals(chain.weights)).max() == pytest.approx(chain.radius)


def test_the_same_settings_give_the_same_rows(rows: pd.DataFrame):
    pd.testing.assert_frame_equal(table(SETTINGS), rows)


def test_singular_values_that_are_rounding_are_zero():
    assert singular_values(np.full((10, 10), 0.5)) == pytest.approx([5, *[0] * 9], rel=1e-12, abs=0)
    assert singular_values(np.diag([3.0, -2.0, 1e-3])) == pytest.approx([3, 2, 1e-3])


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), st.sampled_from([1e-300, 1.0, 1e250]))
def test_the_norm_holds_where_squares_do_not(entries: list[float], factor: float):
    plain = math.sqrt(math.fsum(entry**2 for entry in entries))
    assume(plain > 1e-3 or not any(entries))
    matrix = np.array(entries).reshape(2, 2)
    assert frobenius(matrix * factor) == pytest.approx(plain * factor, rel=1e-6, abs=0)


@given(st.floats(0.5, 1.5), st.integers(1, 20), st.floats(1e-3, 0.1), st.floats(0.5, 2), st.floats(0.5, 2))
@example(1.3, 11, 0.01, 1.0, 1.0)
def test_a_step_is_what_torch_takes(weight: float, depth: int, rate: float, start: float, target: float):
    best = (target / start) ** (1 / depth)
    assume(abs(weight - best) > 1e-3)
    weights = [torch.tensor(weight, dtype=torch.float64, requires_grad=True) for _ in range(depth)]
    optimiser = torch.optim.SGD(weights, lr=rate)

    def loss() -> torch.Tensor:
        return 0.5 * (torch.stack(weights).prod() * start - target) ** 2

    before = loss()
    before.backward()
    optimiser.step()
    after = [float(one.detach()) for one in weights]
    assert max(after) - min(after) <= 1e-12 * max(1, *map(abs, after))
    step = descend(weight, depth, rate, start, target)
    assert step is not None
    assert step.distance_before == pytest.approx(abs(weight - best))
    assert step.distance_after == pytest.approx(abs(after[0] - best), rel=1e-6, abs=1e-9)
    assert step.overshoot == pytest.approx(abs(after[0] - weight) / abs(weight - best), rel=1e-6)
    # as factors: where a loss nearly vanishes, its logarithm says nothing
    assert 10**step.log10_loss_before == pytest.approx(float(before.detach()), rel=1e-6)
    assert 10**step.log10_loss_after == pytest.approx(float(loss().detach()), rel=1e-5, abs=1e-9)


@given(st.floats(0.1, 2), st.integers(1, 200), st.floats(1e-4, 10), st.floats(0.01, 100))
def test_twice_the_distance_is_where_a_step_does_harm(weight: float, depth: int, rate: float, target: float):
    step = descend(weight, depth, rate, 1.0, target)
    assume(step is not None and abs(step.overshoot - 2) > 1e-9)
    assert step is not None and (step.overshoot > 2) == (step.distance_after > step.distance_before)
    assert math.isfinite(step.overshoot)


def test_exploding_chains_overshoot_and_vanishing_ones_stand_still(rows: pd.DataFrame):
    deep = of(rows, "scalar").query("depth == 100").set_index("scale")
    assert (deep.loc[[1.1, 1.3, 1.5], "overshoot"] > 1e6).all()
    assert (deep.loc[[0.5, 0.7, 0.9], "overshoot"] < 1e-5).all()
    assert (deep.loc[[1.1, 1.3, 1.5], "log10_loss_after"] > deep.loc[[1.1, 1.3, 1.5], "log10_loss_before"] + 1000).all()
    assert of(rows, "scalar").query("scale == 1")["overshoot"].isna().all()


def test_a_step_to_the_minimum_has_no_loss():
    step = descend(0.5, 1, 1.0, 1.0, 1.0)
    assert step is not None and (step.overshoot, step.distance_after, step.log10_loss_after) == (1, 0, -math.inf)
    assert descend(2.0, 3, 0.1, 0.125, 1.0) is None


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"weights": [0.0]}, "greater than or equal to 0.1"),
        ({"weights": [5.0]}, "less than or equal to 2"),
        ({"depths": [0]}, "greater than or equal to 1"),
        ({"depths": [500]}, "less than or equal to 200"),
        ({"depths": [5, 5]}, "the same value twice"),
        ({"seeds": []}, "at least 1 item"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"target": -1.0}, "greater than 0"),
        ({"rate": 1.0}, "Extra inputs"),
    ],
)
def test_impossible_settings_get_a_line(change: dict[str, Any], line: str):
    assert LinearChain.model_validate(SETTINGS).model_dump() == SETTINGS
    with pytest.raises(ValidationError) as caught:
        LinearChain.model_validate(SETTINGS | change)
    assert line in str(caught.value)


def test_the_bounds_of_the_settings_stay_within_floats():
    widest = {"depths": [1, 200], "weights": [0.1, 2.0], "equal_entry": 1.0, "equal_size": 20, "nilpotent_entry": 10.0,
              "sizes": [2, 64], "radii": [0.1, 2.0], "learning_rate": 10.0, "target": 100.0}  # fmt: skip
    settings = LinearChain.model_validate(SETTINGS | widest).model_dump()
    numbers = table(settings).drop(columns=["chain", "seed", "scale"]).to_numpy(dtype=float)
    assert not np.isinf(numbers).any()
