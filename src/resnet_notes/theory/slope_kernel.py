"""The covariance of df/dx between any two inputs, for plain and centred ReLU networks of infinite width.

Infinitely wide networks are Gaussian processes of x (Neal 1996). Let K_l(x, x') be the covariance of the
pre-activations of layer l: K_1 = 1 + x x', and with He's weights K_(l+1) = 2 F(K_l), where

    F = E relu(z) relu(z') = (s + k (pi - theta)) / (2 pi),   s = sqrt(q q' - k^2),   cos(theta) = k / sqrt(q q')

for Gaussians z and z' of variances q and q' and covariance k (Cho and Saul 2009). The output f of L hidden layers has
the covariance K_(L+1), and a derivative of a Gaussian process has the derivative of its covariance: that of the slopes
is C_L(x, x') = d2 K_(L+1) / dx dx'. Both derivatives are carried from layer to layer by the chain rule.

Where the pre-activations of two points are uncorrelated, theta = pi/2 and 2 dF/dk = 1/2: every layer halves C, as in
the 1/2^L of Balduzzi et al. 2017 (arXiv:1702.08591). Without centring they do not stay uncorrelated: near theta = 0 a
layer takes 2 sqrt(2)/(3 pi) (1 - cos(theta))^(3/2) off 1 - cos(theta), so theta comes down to 3 pi/l whatever it was at
first. The pre-activations of layer l come to differ by 1/l^2 only, K(x, x') to the product of n(x) = sqrt(1 + x^2) and
n(x'), and C for different inputs not to 0 but to n'(x) n'(x'): f becomes a multiple of n, and beside it lies a noise
that decorrelates over ever shorter distances. Centring takes off what all inputs have in common and so keeps theta
large.
"""

from typing import NamedTuple

import numpy as np

from resnet_notes.theory.activations import Array


class Kernel(NamedTuple):
    """A covariance over a grid and its derivatives, each of shape (points, points)."""

    value: Array
    """K(x, x')."""
    by_first: Array
    """dK/dx."""
    by_both: Array
    """d2K/dx dx'."""


def slope_covariance(x: Array, depth: int, is_centred: bool) -> Array:
    """Covariance of df/dx between the points of a grid.

    Args:
        x: Inputs, all different, shape (points,).
        depth: Hidden layers, at least 1.
        is_centred: Whether pre-activations of all layers but the first are centred over the grid, by means that are
            then held constant.

    Returns:
        Shape (points, points).
    """
    kernel = Kernel(1.0 + np.outer(x, x), np.broadcast_to(x, (len(x), len(x))), np.ones((len(x), len(x))))
    for _ in range(depth - 1):
        kernel = through_relu(kernel)
        if is_centred:
            kernel = centre(kernel)
    return through_relu(kernel).by_both


def centre(kernel: Kernel) -> Kernel:
    """The covariance less its means over the grid; constants change no derivative by both inputs."""
    value = kernel.value - kernel.value.mean(axis=0, keepdims=True)
    value -= value.mean(axis=1, keepdims=True)
    return Kernel(value, kernel.by_first - kernel.by_first.mean(axis=1, keepdims=True), kernel.by_both)


def through_relu(kernel: Kernel) -> Kernel:
    """2 F and its derivatives: the pre-activations of the next layer."""
    k, a, by_both = kernel
    variance = np.diag(k)
    q, q_slope = variance[:, None], 2 * np.diag(a)[:, None]
    root = np.sqrt(q * q.T)
    cosine = np.clip(k / root, -1.0, 1.0)
    np.fill_diagonal(cosine, 1.0)
    sine = np.sqrt(1 - cosine * cosine)
    arc = np.pi - np.arccos(cosine)
    value = (root * sine + k * arc) / np.pi
    by_first = (arc * a + root * sine / (2 * q) * q_slope) / np.pi
    # the second derivatives of F: of a slope, what the value at its own point does not tell
    left = a - k / (2 * q) * q_slope
    bend = np.divide(left * left.T, root * sine, out=np.zeros_like(k), where=sine > 0)
    bend += sine / (4 * root) * q_slope * q_slope.T
    return Kernel(value, by_first, (arc * by_both + bend) / np.pi)
