"""Deep information propagation (Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, arXiv:1611.01232).

A wide tanh network whose weights have the variance sigma_w^2/k and whose biases have the variance sigma_b^2 forgets
its input after some number of layers, and its gradient is lost or explodes over the same number: the depth scale. It
is infinite on a critical line in the plane of the two variances. Below the line is the ordered phase, where all
inputs end in one point; above it is the chaotic phase, where close inputs move apart.
"""

import math

import numpy as np
from scipy.optimize import brentq

from resnet_notes.errors import BadInput
from resnet_notes.theory.activations import Array
from resnet_notes.theory.gaussian import expect, expect_pair

CLOSE = 1e-6
"""Correlations closer to 1 than this are not told apart from it; depth scales are right up to about 1/CLOSE."""

ROUNDING = 1e-12
"""Slopes closer to 1 than this are 1."""


def fixed_point_variance(weight_variance: float, bias_variance: float) -> float:
    """q*, the variance that the pre-activations keep from layer to layer (equation 3).

    Args:
        weight_variance: sigma_w^2, above 0.
        bias_variance: sigma_b^2, at least 0.

    Raises:
        BadInput: A variance out of its range.
    """
    if not (weight_variance > 0 and bias_variance >= 0):
        raise BadInput(f"weight variance {weight_variance} must be above 0, bias variance {bias_variance} at least 0")
    low = 0.0
    if bias_variance == 0:
        if weight_variance <= 1:
            return 0.0
        # q - 2 q^2 bounds E tanh^2 from below, so that the fixed point is above this, and zero is not found instead
        low = (weight_variance - 1) / (4 * weight_variance)
    high = weight_variance + bias_variance
    return _root(lambda q: weight_variance * expect(lambda z: np.tanh(z) ** 2, q) + bias_variance - q, low, high)


def chi_1(weight_variance: float, bias_variance: float) -> float:
    """The factor by which a layer multiplies the back-propagated variance (equation 6).

    It is below 1 in the ordered and above 1 in the chaotic phase.

    Args:
        weight_variance: sigma_w^2, above 0.
        bias_variance: sigma_b^2, at least 0.
    """
    return weight_variance * expect(_slope_squared, fixed_point_variance(weight_variance, bias_variance))


def fixed_point_correlation(weight_variance: float, bias_variance: float) -> float:
    """c*, the correlation that two inputs end with: 1 in the ordered phase, less in the chaotic one (equation 5).

    Args:
        weight_variance: sigma_w^2, above 0.
        bias_variance: sigma_b^2, at least 0.
    """
    if chi_1(weight_variance, bias_variance) <= 1:
        return 1.0
    q = fixed_point_variance(weight_variance, bias_variance)

    def moved(c: float) -> float:
        product = expect_pair(lambda u, v: np.tanh(u) * np.tanh(v), q, c)
        return (weight_variance * product + bias_variance) / q - c

    if moved(0.0) <= 0:  # without biases uncorrelated inputs stay so, as tanh is odd
        return 0.0
    # the map is convex and steeper than 1 at 1, so there is one more fixed point, unless it is too close to 1
    return _root(moved, 0.0, 1 - CLOSE) if moved(1 - CLOSE) < 0 else 1 - CLOSE


def correlation_slope(weight_variance: float, bias_variance: float, correlation: float) -> float:
    """Derivative of the map that takes the correlation of two inputs from a layer to the next, at q* (equation 7).

    Args:
        weight_variance: sigma_w^2, above 0.
        bias_variance: sigma_b^2, at least 0.
        correlation: Where, between 0 and 1. At 1 the slope is chi_1.
    """
    q = fixed_point_variance(weight_variance, bias_variance)
    return weight_variance * expect_pair(lambda u, v: _slope(u) * _slope(v), q, correlation)


def depth_scale(weight_variance: float, bias_variance: float) -> float:
    """xi_c of a tanh network: over so many layers the correlation of two inputs comes closer to c* by a factor of e.

    Networks much deeper than a few of these cannot be trained (Schoenholz et al. 2017, equation 9 and Figure 5).

    Args:
        weight_variance: sigma_w^2, above 0: the weights have the variance sigma_w^2/k with k inputs.
        bias_variance: sigma_b^2, at least 0.

    Returns:
        Layers; infinite on the critical line.

    Raises:
        BadInput: A variance out of its range.
    """
    chi = chi_1(weight_variance, bias_variance)
    if chi <= 1:
        return _layers(chi)
    c = fixed_point_correlation(weight_variance, bias_variance)
    return _layers(correlation_slope(weight_variance, bias_variance, c))


def variance_depth_scale(weight_variance: float, bias_variance: float) -> float:
    """xi_q of a tanh network: over so many layers the variance comes closer to q* by a factor of e (equation 8).

    Args:
        weight_variance: sigma_w^2, above 0.
        bias_variance: sigma_b^2, at least 0.

    Returns:
        Layers; infinite where both phases meet at zero bias variance.
    """
    q = fixed_point_variance(weight_variance, bias_variance)
    # tanh'' tanh = -2 tanh^2 tanh'
    return _layers(weight_variance * expect(lambda z: _slope_squared(z) - 2 * np.tanh(z) ** 2 * _slope(z), q))


def critical_weight_variance(bias_variance: float) -> float:
    """The sigma_w^2 at which chi_1 is 1: the line between order and chaos (Schoenholz et al. 2017, Figure 1).

    Args:
        bias_variance: sigma_b^2, at least 0.
    """
    # without biases it is 1; it rises as 1 + 2 cbrt(3/4 sigma_b^2) first and as 1.9 sigma_b in the end
    high = 1 + 3 * (math.cbrt(bias_variance) + math.sqrt(bias_variance))
    return _root(lambda w: chi_1(w, bias_variance) - 1, 1.0, high) if high > 1 + CLOSE else 1.0


def _root(function, low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14))  # type: ignore[arg-type]


def _layers(slope: float) -> float:
    return -1 / math.log(slope) if slope < 1 - ROUNDING else math.inf


def _slope(z: Array) -> Array:
    return 1 - np.tanh(z) ** 2


def _slope_squared(z: Array) -> Array:
    return _slope(z) ** 2
