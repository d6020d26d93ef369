"""Expectations over Gaussian variables, by the trapezoidal rule or in closed form.

For an analytic function that decays the trapezoidal rule converges exponentially (Trefethen and Weideman 2014); the
poles of tanh, which come near as the variance grows, slow it down less than they do Gauss-Hermite quadrature.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from resnet_notes.theory.activations import ACTIVATIONS, Array

REACH = 8.5
"""The rule ends at so many standard deviations: what lies beyond has a probability of 2e-17."""


class Moments(NamedTuple):
    """Expectations over z of a centred Gaussian."""

    mean: float
    """E phi(z)."""
    square: float
    """E phi(z)^2."""
    slope: float
    """E phi'(z)^2."""


def rule(step: float) -> tuple[Array, Array]:
    """Nodes and weights of the standard normal distribution.

    Args:
        step: Distance of two nodes.

    Returns:
        Two arrays of one shape; the weights sum to 1.
    """
    last = round(REACH / step)
    nodes = step * np.arange(-last, last + 1, dtype=np.float64)
    weights = np.asarray(np.exp(-0.5 * nodes * nodes), np.float64)
    return nodes, weights / weights.sum()


FINE, MEDIUM, COARSE = rule(0.02), rule(0.05), rule(0.1)

TINY = 1e-9
"""Differences this small against the variance pass a smooth function as its tangent."""


def expect(function: Callable[[Array], Array], variance: float) -> float:
    """E f(z) for z of a centred Gaussian, f smooth.

    Args:
        function: f, element by element.
        variance: Of z, from 0 up to about 1,000.
    """
    nodes, weights = FINE
    return float(weights @ function(math.sqrt(variance) * nodes))


def expect_pair(function: Callable[[Array, Array], Array], variance: float, correlation: float) -> float:
    """E f(u, v) for two centred Gaussians of one variance, f smooth.

    Args:
        function: f, element by element.
        variance: Of u and of v, up to about 50.
        correlation: Between -1 and 1.
    """
    nodes, weights = COARSE
    u = math.sqrt(variance) * nodes
    v = correlation * u[:, None] + math.sqrt(max(1 - correlation**2, 0.0)) * u[None, :]
    return float(weights @ function(u[:, None], v) @ weights)


def moments(activation: str, variance: float) -> Moments:
    """Moments of an activation function under a centred Gaussian.

    Args:
        activation: A key of `ACTIVATIONS`.
        variance: Of the pre-activation.
    """
    if activation == "linear":
        return Moments(0.0, variance, 1.0)
    if activation == "relu":
        return Moments(math.sqrt(variance / (2 * math.pi)), variance / 2, 0.5)
    value, slope = ACTIVATIONS[activation]
    return Moments(
        expect(value, variance),
        expect(lambda z: value(z) ** 2, variance),
        expect(lambda z: slope(z, value(z)) ** 2, variance),
    )


def half_squared_difference(activation: str, variance: float, difference: float) -> float:
    """E (phi(u) - phi(v))^2 / 2 for two centred Gaussians: the variance between examples that a layer passes on.

    Args:
        activation: A key of `ACTIVATIONS`.
        variance: Of u and of v, up to about 300.
        difference: E (u - v)^2 / 2, at most `variance`. It may be very small against the variance: the difference is
            formed between u and v, not between their expectations.
    """
    if activation == "linear":
        return difference
    if activation == "relu":  # the arc-cosine kernel of Cho and Saul 2009
        angle = math.acos(1 - difference / variance)
        return variance / 2 - variance / (2 * math.pi) * (math.sin(angle) + (math.pi - angle) * math.cos(angle))
    if difference < TINY * variance:
        return difference * moments(activation, variance).slope
    value = ACTIVATIONS[activation].value
    (middle, middle_weights), (half, half_weights) = MEDIUM, COARSE
    middle = math.sqrt(variance - difference / 2) * middle[:, None]
    half = math.sqrt(difference / 2) * half[None, :]
    return float(middle_weights @ (0.5 * (value(middle + half) - value(middle - half)) ** 2) @ half_weights)
