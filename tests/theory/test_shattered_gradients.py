"""Slopes against differences, their covariance against wide networks, autocorrelation against closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from resnet_notes.params.shattered_gradients import ShatteredGradients
from resnet_notes.theory.shattered_gradients import autocorrelation, expected_autocorrelation, table
from resnet_notes.theory.slope_kernel import slope_covariance
from resnet_notes.theory.slopes import Kind, Weights, draw, grid, slopes

KINDS = [Kind("plain"), Kind("centred"), Kind("residual", 1.0), Kind("residual", 0.1)]
SETTINGS = {"seed": 0, "width": 32, "depths": [1, 3, 6], "betas": [0.5], "points": 32, "lags": 4, "draws": 2}


def output(weights: Weights, kind: Kind, depth: int, x: np.ndarray, over: np.ndarray) -> np.ndarray:
    """f(x), with means and deviations over other inputs."""
    both = np.concatenate([over, x])
    z = weights.first * both + weights.biases
    for layer in range(2, depth + 1):
        inside = z[:, : len(over)]
        if kind.name == "residual" and layer > 2:
            y = (z - inside.mean(1, keepdims=True)) / inside.std(1, keepdims=True)
            z = z + kind.beta * (weights.hidden[layer - 2] @ np.maximum(y, 0))
        else:
            z = weights.hidden[layer - 2] @ np.maximum(z, 0)
            if kind.name == "centred":
                z = z - z[:, : len(over)].mean(1, keepdims=True)
    return (weights.output @ np.maximum(z, 0))[len(over) :]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_slopes_are_differences(kind: Kind):
    weights, x, step = draw(16, 7, np.random.default_rng(3)), grid(40), 1e-7
    for depth, found in slopes(weights, kind, x, [1, 2, 4, 7]).items():
        ahead, behind = (output(weights, kind, depth, x + sign * step, x) for sign in (1, -1))
        np.testing.assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-6)


def test_one_layer_is_piecewise_linear_with_a_kink_for_every_unit():
    weights, x = draw(5, 1, np.random.default_rng(1)), grid(4000)
    found = slopes(weights, KINDS[0], x, [1])[1]
    kinks = np.sort(-weights.biases / weights.first, axis=None)
    inside = kinks[(kinks > x[0]) & (kinks < x[-1])]
    assert len(inside) > 1
    jumps = np.flatnonzero(np.diff(found))
    np.testing.assert_array_equal(jumps, np.searchsorted(x, inside) - 1)


def test_weights_and_grid_are_what_they_say():
    weights = draw(100, 4, np.random.default_rng(2))
    assert [field.shape for field in weights] == [(100, 1), (100, 1), (3, 100, 100), (100,)]
    assert weights.hidden.var() == pytest.approx(2 / 100, rel=0.05) and weights.hidden.mean() == pytest.approx(
        0, abs=4e-3
    )
    np.testing.assert_allclose(grid(8), [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5])


def pre_activation_covariance(x: float, y: float, depth: int) -> float:
    """K_(depth+1) of a plain network, point by point (Cho and Saul 2009)."""
    k, q, p = 1 + x * y, 1 + x * x, 1 + y * y
    for _ in range(depth):
        angle = math.acos(k / math.sqrt(q * p))
        k = math.sqrt(q * p) / math.pi * (math.sin(angle) + (math.pi - angle) * math.cos(angle))
    return k


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_slope_covariance_is_a_second_derivative(depth: int):
    x, step = np.array([-1.9, -0.3, 0.4, 1.7]), 1e-4
    found = slope_covariance(x, depth, is_centred=False)
    np.testing.assert_allclose(np.diag(found), 1, rtol=1e-12)  # He's weights keep the variance of slopes
    for i in range(4):
        for j in range(i):
            near = [
                a * b * pre_activation_covariance(x[i] + a * step, x[j] + b * step, depth)
                for a in (-1, 1)
                for b in (-1, 1)
            ]
            assert found[i, j] == pytest.approx(math.fsum(near) / (4 * step * step), abs=1e-6)
            assert found[i, j] == pytest.approx(found[j, i], rel=1e-9)


@pytest.mark.parametrize("kind", KINDS[:2], ids=str)
def test_wide_networks_have_the_covariance_of_the_theory(kind: Kind):
    x, draws, depths = grid(6), 400, [2, 4]
    found = [slopes(draw(256, 4, np.random.default_rng([7, k])), kind, x, depths) for k in range(draws)]
    for depth in depths:
        products = np.array([np.outer(each[depth], each[depth]) for each in found])
        error = products.std(axis=0, ddof=1) / math.sqrt(draws)
        distance = (products.mean(axis=0) - slope_covariance(x, depth, kind.name == "centred")) / error
        assert np.abs(distance).max() < 4.5


def test_slopes_of_deep_plain_networks_keep_what_the_norm_of_the_input_has():
    x, depth = np.array([-1.5, -0.5, 0.5, 1.0]), 400
    common = x / np.sqrt(1 + x * x)
    left = slope_covariance(x, depth, is_centred=False) - np.outer(common, common)
    # the pre-activations differ by theta^2 / 2 for theta = 3 pi / depth, and so do derivatives, up to a factor
    assert np.abs(left - np.diag(np.diag(left))).max() < 5 * (3 * math.pi / depth) ** 2 / 2


def test_centring_makes_noise_of_slopes_that_is_as_good_as_white():
    first = {
        centred: expected_autocorrelation(slope_covariance(grid(256), 24, centred), [1])[0] for centred in (True, False)
    }
    assert abs(first[True]) < 1 / 16  # the standard deviation for white noise
    assert first[False] > 0.5


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_autocorrelation_as_numpy_correlates(values: list[int]):
    deviation = np.array(values) - np.mean(values)
    whole = np.correlate(deviation, deviation, mode="full")[len(values) - 1 :]
    found = autocorrelation(np.array(values, dtype=float), range(len(values)))
    np.testing.assert_allclose(found, whole / whole[0], atol=1e-9)


@pytest.mark.parametrize("lag", [1, 5, 30])
def test_autocorrelation_of_a_sinusoid(lag: int):
    n, angle = 120, 2 * math.pi * 3 / 120
    found = autocorrelation(np.sin(angle * np.arange(n)), [lag])[0]
    # sin a sin b = (cos(a - b) - cos(a + b)) / 2, and the second sum is geometric
    rest = math.sin(angle * (n - lag)) * math.cos(angle * (n - 1)) / math.sin(angle)
    assert found == pytest.approx(((n - lag) * math.cos(angle * lag) - rest) / n)


def test_autocorrelation_of_a_ramp():
    n = 50
    found = autocorrelation(np.arange(n, dtype=float), range(n))
    for lag in range(n):
        # deviations i - m and i + lag - m are u -+ lag/2 for u that run evenly around zero
        rest = n - lag
        assert found[lag] == pytest.approx((rest * (rest**2 - 1) / 12 - rest * lag**2 / 4) / (n * (n**2 - 1) / 12))


def test_autocorrelation_of_white_noise():
    n, draws, lags = 128, 4000, [1, 2, 10]
    found = np.array([autocorrelation(values, lags) for values in np.random.default_rng(5).normal(3, 2, (draws, n))])
    for lag, values in zip(lags, found.T):
        mean = -(n - lag) / (n * (n - 1))
        assert abs(values.mean() - mean) < 4.5 * values.std(ddof=1) / math.sqrt(draws)
        assert values.var() == pytest.approx((n - lag) / n**2, rel=0.12)
    expected = expected_autocorrelation(np.eye(n), lags)
    np.testing.assert_allclose(expected, [-(n - lag) / (n * (n - 1)) for lag in lags], rtol=1e-6)


def test_expected_autocorrelation_of_brown_noise():
    n, draws, lags = 40, 4000, [0, 1, 7]
    walks = np.random.default_rng(6).standard_normal((draws, n)).cumsum(axis=1)
    found = np.array([autocorrelation(walk, lags) for walk in walks])
    expected = expected_autocorrelation(np.minimum.outer(np.arange(1.0, n + 1), np.arange(1.0, n + 1)), lags)
    assert expected[0] == pytest.approx(1, rel=1e-9)
    error = found.std(axis=0, ddof=1)[1:] / math.sqrt(draws)
    assert np.abs((found.mean(axis=0) - expected)[1:] / error).max() < 4.5


def test_table():
    rows = table(SETTINGS)
    slope, function = (rows[rows["what"] == what] for what in ("slope", "autocorrelation"))
    assert set(rows["series"]) == {"plain", "centred", "residual", "brown noise", "white noise"}
    # 3 kinds at two depths, and noise
    assert len(slope) == 32 * (3 * 2 + 2) and set(slope["depth"].dropna()) == {1, 6} and set(slope["draw"]) == {0}
    assert len(function) == 5 * (2 * (3 * 3 + 2) + 2 * 3)
    assert (function.loc[function["place"] == 0, "value"] - 1).abs().max() < 1e-9
    white = slope.loc[slope["series"] == "white noise", "value"].to_numpy()
    brown = slope.loc[slope["series"] == "brown noise", "value"].to_numpy()
    np.testing.assert_allclose(np.diff(brown), white[1:], atol=1e-12)
    shown = slope[(slope["series"] == "residual") & (slope["depth"] == 6)]["value"].to_numpy()
    measured = function[(function["series"] == "residual") & (function["depth"] == 6) & (function["draw"] == 0)]
    np.testing.assert_allclose(measured["value"], autocorrelation(shown, range(5)))
    assert rows.equals(table(SETTINGS))


def test_settings_are_checked():
    assert ShatteredGradients(**SETTINGS).depths == [1, 3, 6]
    with pytest.raises(ValidationError, match="a lag of 32 points needs more than 32 points"):
        ShatteredGradients(**SETTINGS | {"lags": 32})
    with pytest.raises(ValidationError, match="have 300,000,000 weights; at most 200,000,000"):
        ShatteredGradients(**SETTINGS | {"width": 10_000, "depths": [1, 3]})
