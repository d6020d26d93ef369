"""The slope df/dx of random ReLU networks of one input and one output, at every point of a grid.

All networks begin with z_1 = w x + b, where w and b are standard normal: He's weights for the two inputs x and 1. There
are no further biases. Without these the network would be linear on either side of 0, which leaves no slopes to look at.
With weights W_l of the variance 2/width (He et al. 2015, arXiv:1502.01852, equation 10), the next layers compute

    plain       z_l = W_l relu(z_(l-1))
    centred     z_l = W_l relu(z_(l-1)) less its mean over the grid
    residual    z_l = z_(l-1) + beta W_l relu(BN(z_(l-1)))    from the third layer on, after a plain second one

and f = v relu(z_L), where BN is batch normalisation over the grid (gamma 1, beta 0) and L is the depth. The residual
block, batch normalisation, ReLU, weights and a factor beta, is that of Balduzzi et al. 2017 (arXiv:1702.08591). The
first one follows a plain layer: normalisation takes the biases of z_1 away, and all units would have their kink in one
place. Means and standard deviations over the grid are taken of the random network and then held constant, as after
training: f is a function of one number, and df/dx its derivative.

Derivatives are carried forwards beside the values: with one input that is exact and takes one more product a layer.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from resnet_notes.theory.activations import Array
from resnet_notes.theory.signals import normalise


class Kind(NamedTuple):
    """A kind of network."""

    name: str
    """``plain``, ``centred`` or ``residual``."""
    beta: float | None = None
    """Factor of the branch of a residual block; None without shortcuts."""


class Weights(NamedTuple):
    """The random numbers of networks of all kinds and depths; the first layers of a deep one are a shallower one."""

    first: Array
    """w, shape (width, 1)."""
    biases: Array
    """b, shape (width, 1)."""
    hidden: Array
    """W_2 to W_depth, shape (depth - 1, width, width)."""
    output: Array
    """v, shape (width,)."""


def grid(points: int) -> Array:
    """Inputs from -2 (included) to 2 (excluded), evenly spaced.

    Args:
        points: How many.

    Returns:
        Shape (points,).
    """
    return -2.0 + 4.0 * np.arange(points) / points


def draw(width: int, depth: int, generator: np.random.Generator) -> Weights:
    """Draw weights.

    Args:
        width: Units of every hidden layer.
        depth: Hidden layers, at least one.
        generator: It is advanced.
    """
    output, first, biases = (generator.standard_normal(shape) for shape in (width, (width, 1), (width, 1)))
    return Weights(first, biases, he(generator.standard_normal((depth - 1, width, width))), he(output))


def he(normal: Array) -> Array:
    """Scale standard normal weights, the inputs on the last axis, to He's variance 2/fan_in."""
    return math.sqrt(2 / normal.shape[-1]) * normal


def slopes(weights: Weights, kind: Kind, x: Array, depths: Sequence[int]) -> dict[int, Array]:
    """The slope df/dx of the networks that consist of the first layers.

    Args:
        weights: Of the deepest network.
        kind: Of all.
        x: Inputs, over which is centred and normalised, shape (points,).
        depths: How many hidden layers, each from 1 to those of the weights.

    Returns:
        Slopes by depth, each of shape (points,).
    """
    z, slope = weights.first * x + weights.biases, np.broadcast_to(weights.first, (len(weights.first), len(x)))
    found = {}
    for depth in range(1, max(depths) + 1):
        if depth > 1:
            z, slope = _layer(z, slope, weights.hidden[depth - 2], kind if depth > 2 else kind._replace(beta=None))
        found[depth] = weights.output @ (slope * (z > 0))
    return {depth: found[depth] for depth in depths}


def _layer(z: Array, slope: Array, matrix: Array, kind: Kind) -> tuple[Array, Array]:
    """Pre-activations and their slopes, shape (width, points), from those of the layer below."""
    if kind.beta is not None:
        y, deviation = normalise(z)
        branch = matrix @ np.maximum(y, 0.0)
        return z + kind.beta * branch, slope + kind.beta * (matrix @ (slope / deviation * (y > 0)))
    above = matrix @ np.maximum(z, 0.0)
    if kind.name == "centred":
        above -= above.mean(axis=1, keepdims=True)
    return above, matrix @ (slope * (z > 0))
