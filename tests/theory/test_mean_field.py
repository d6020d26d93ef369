"""Mean-field theory against other quadratures, closed forms, published values and simulated networks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from resnet_notes.errors import BadInput
from resnet_notes.theory.gaussian import half_squared_difference, moments
from resnet_notes.theory.mean_field import (
    chi_1,
    correlation_slope,
    critical_weight_variance,
    depth_scale,
    fixed_point_correlation,
    fixed_point_variance,
    variance_depth_scale,
)
from resnet_notes.theory.signals import Design
from resnet_notes.theory.variance_maps import predict

FUNCTIONS = {
    "linear": (lambda z: z, lambda z: 1.0),
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0)),
}


def expectation(function, variance: float) -> float:
    """By adaptive quadrature, with a break at the kink of ReLU."""
    return quad(lambda x: norm.pdf(x) * function(math.sqrt(variance) * x), -9, 9, points=[0], limit=200)[0]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("variance", [0.01, 0.3, 1.0, 4.0, 100.0])
def test_moments_by_adaptive_quadrature(name: str, variance: float):
    phi, slope = FUNCTIONS[name]
    expected = [expectation(f, variance) for f in (phi, lambda z: phi(z) ** 2, lambda z: slope(z) ** 2)]
    assert moments(name, variance) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("difference", [0.7, 0.2])
def test_difference_of_two_examples_by_sampling(name: str, difference: float):
    variance, n = 1.3, 400_000
    common, first, second = np.random.default_rng(1).standard_normal((3, n))
    u, v = (math.sqrt(variance - difference) * common + math.sqrt(difference) * own for own in (first, second))
    phi = np.vectorize(FUNCTIONS[name][0])
    samples = (phi(u) - phi(v)) ** 2 / 2
    error = samples.std() / math.sqrt(n)
    assert half_squared_difference(name, variance, difference) == pytest.approx(samples.mean(), abs=4.5 * error)


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu"])
def test_a_small_difference_shrinks_by_the_squared_slope(name: str):
    for difference in (1e-6, 1e-12) if name != "relu" else (1e-6,):
        passed = half_squared_difference(name, 0.8, difference)
        assert passed == pytest.approx(moments(name, 0.8).slope * difference, rel=2e-3)


def factors(values: np.ndarray) -> np.ndarray:
    return values[1:] / values[:-1]


def test_the_factors_of_the_notes_uniform_initialisation():
    linear, tanh, relu, sigmoid = (
        predict(Design(name, "uniform"), 30) for name in ("linear", "tanh", "relu", "sigmoid")
    )
    assert factors(linear.variance) == pytest.approx(1 / 3) and factors(relu.variance) == pytest.approx(1 / 6)
    assert factors(linear.back_propagated) == pytest.approx(3) and factors(relu.back_propagated) == pytest.approx(6)
    # tanh is linear at small variance; a sigmoid's slope is at most 1/4, which is 1/3 * 1/16
    assert factors(tanh.variance)[-1] == pytest.approx(1 / 3, rel=1e-6)
    assert 1 / 52 < 1 / factors(sigmoid.back_propagated)[10] < 1 / 48
    assert sigmoid.mean == pytest.approx(0.5) and factors(sigmoid.between_examples)[10] == pytest.approx(0.02, rel=0.01)
    for profile in (linear, relu):
        assert factors(profile.weight_gradient) == pytest.approx(1)
    assert sigmoid.weight_gradient[0] / sigmoid.weight_gradient[9] == pytest.approx(1.8e-15, rel=0.03)


def test_batch_normalisation_shortcuts_and_both():
    bare, normal = Design("relu", "he"), Design("relu", "glorot", batch_norm=True)
    residual, both = bare._replace(residual=True), normal._replace(residual=True)
    assert 1 / factors(predict(normal, 20).back_propagated)[1:] == pytest.approx(math.pi / (math.pi - 1))
    assert factors(predict(residual, 20).preactivation) == pytest.approx(2)
    assert 1 / factors(predict(residual, 20).back_propagated) == pytest.approx(2)
    assert np.diff(predict(both, 50).preactivation) == pytest.approx(0.5)
    # gradients then decay as a power of the layer: 1 + (pi/(pi-1))/l a layer
    deep = predict(both, 4000).back_propagated
    assert math.log(deep[1999] / deep[3999]) / math.log(2) == pytest.approx(math.pi / (math.pi - 1), rel=1e-2)


def test_published_critical_points():
    # Schoenholz et al. 2017 draw sigma_b^2 = 0.05, where sigma_w^2 of about 1.76 is critical; 1 is without biases
    assert critical_weight_variance(0.05) == pytest.approx(1.76, abs=0.005)
    assert critical_weight_variance(0.0) == 1
    assert chi_1(1.3, 0.05) < 1 < chi_1(2.5, 0.05)


@given(st.floats(-8, -4))
def test_the_critical_line_begins_as_a_cube_root(exponent: float):
    bias = 10**exponent
    assert critical_weight_variance(bias) == pytest.approx(1 + 2 * (0.75 * bias) ** (1 / 3), rel=0.01)


@settings(max_examples=40)
@given(st.floats(0.2, 5), st.floats(0, 2))
def test_fixed_point_and_phases(weight: float, bias: float):
    q = fixed_point_variance(weight, bias)
    assert q == pytest.approx(weight * expectation(lambda z: math.tanh(z) ** 2, q) + bias, rel=1e-6, abs=1e-9)
    c, critical = fixed_point_correlation(weight, bias), critical_weight_variance(bias)
    assert 0 <= c <= 1 and depth_scale(weight, bias) > 0 and variance_depth_scale(weight, bias) > 0
    if abs(weight - critical) > 1e-3:
        assert (c == 1) == (weight < critical)


@given(st.floats(0.05, 0.99))
def test_without_biases_the_ordered_phase_has_a_closed_form(weight: float):
    expected = pytest.approx(-1 / math.log(weight), rel=1e-6)
    assert depth_scale(weight, 0.0) == expected and variance_depth_scale(weight, 0.0) == expected


def moved_correlation(weight: float, bias: float, q: float, c: float) -> float:
    """The map of the correlation by Gauss-Hermite quadrature."""
    x, w = np.polynomial.hermite_e.hermegauss(128)
    w = w / w.sum()
    u, v = math.sqrt(q) * x[:, None], math.sqrt(q) * (c * x[:, None] + math.sqrt(1 - c * c) * x[None, :])
    return (weight * (w @ (np.tanh(u) * np.tanh(v)) @ w) + bias) / q


@pytest.mark.parametrize(("weight", "bias"), [(1.3, 0.05), (2.5, 0.05), (4.0, 0.05), (2.5, 0.5), (3.5, 0.5)])
def test_depth_scale_is_how_fast_the_iterated_map_converges(weight: float, bias: float):
    q = fixed_point_variance(weight, bias)
    expected = depth_scale(weight, bias)
    correlations = [0.6]
    for _ in range(int(18 * expected)):
        correlations.append(min(1.0, moved_correlation(weight, bias, q, correlations[-1])))
    assert correlations[-1] == pytest.approx(fixed_point_correlation(weight, bias), abs=1e-6)
    # late enough for the map to be straight, early enough for the distance to be well above rounding
    distances = np.abs(np.array(correlations) - correlations[-1])[int(7 * expected) :]
    assert 10 / math.log(distances[0] / distances[10]) == pytest.approx(expected, rel=0.005)


def test_the_slope_is_the_derivative_of_the_map():
    q, h = fixed_point_variance(2.0, 0.1), 1e-4
    numerical = (moved_correlation(2.0, 0.1, q, 0.7 + h) - moved_correlation(2.0, 0.1, q, 0.7 - h)) / (2 * h)
    assert correlation_slope(2.0, 0.1, 0.7) == pytest.approx(numerical, rel=1e-5)
    assert correlation_slope(2.0, 0.1, 1.0) == pytest.approx(chi_1(2.0, 0.1))


def test_depth_scale_diverges_at_the_critical_point():
    critical = critical_weight_variance(0.05)
    for side in (-1, 1):
        scales = [depth_scale(critical + side * distance, 0.05) for distance in (0.1, 0.01, 0.001)]
        assert scales[0] > 15 and scales[1] > 5 * scales[0] and scales[2] > 5 * scales[1]
    assert depth_scale(1.0, 0.0) == math.inf == variance_depth_scale(1.0, 0.0)


def test_a_wide_network_ends_where_theory_says():
    weight, bias, width, inputs = 4.0, 0.05, 1000, 12
    generator = np.random.default_rng(3)
    z = generator.standard_normal((width, inputs)) + generator.standard_normal((width, 1))  # correlated by a half
    variances, correlations = [], []
    for layer in range(45):  # six depth scales
        weights = generator.standard_normal((width, width)) * math.sqrt(weight / width)
        z = weights @ np.tanh(z) + math.sqrt(bias) * generator.standard_normal((width, 1))
        if layer >= 30:
            variances.append((z * z).mean())
            cosines = (z.T @ z) / np.sqrt(np.outer((z * z).sum(0), (z * z).sum(0)))
            correlations.append((cosines.sum() - inputs) / (inputs * (inputs - 1)))
    assert np.mean(variances) == pytest.approx(fixed_point_variance(weight, bias), rel=0.04)
    assert np.mean(correlations) == pytest.approx(fixed_point_correlation(weight, bias), abs=0.05)


@pytest.mark.parametrize(("weight", "bias"), [(0.0, 0.1), (-1.0, 0.1), (1.0, -0.1), (math.nan, 0.0)])
def test_impossible_variances_are_refused(weight: float, bias: float):
    with pytest.raises(BadInput, match="variance"):
        depth_scale(weight, bias)
