"""A random fully connected network: its activations forwards and its gradients backwards, layer by layer.

All layers have the same width k, and so has the input. Layer l computes

    z_l = W_l a_(l-1)    or, in a residual network from the second layer on,    z_l = z_(l-1) + W_l a_(l-1)
    a_l = phi(z_l)       or, with batch normalisation,                          a_l = phi(z_l normalised over the batch)

so a residual network has an identity shortcut around every single layer, from pre-activation to pre-activation (the
order of He et al. 2016, arXiv:1603.05027): nothing but sums lies on it. Biases are zero. The gradients are written by
hand: NumPy's matrix products have the same bits on every CPU and are several times faster than torch's are when they
do.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from resnet_notes.theory.activations import ACTIVATIONS, Array

GAINS = {"uniform": 1 / 3, "glorot": 1.0, "he": 2.0}
"""k Var(W) of a layer of k inputs and k outputs. All three are uniform distributions around zero.

``uniform``: on [-1/sqrt(k), 1/sqrt(k)], so Var(W) = 1/(3k). ``glorot``: Var(W) = 2/(fan_in + fan_out) (Glorot and
Bengio 2010, equation 16). ``he``: Var(W) = 2/fan_in (He et al. 2015, arXiv:1502.01852, equation 10).
"""


class Design(NamedTuple):
    """How a network is built."""

    activation: str
    """A key of `ACTIVATIONS`."""
    initialisation: str
    """A key of `GAINS`."""
    residual: bool = False
    """With an identity shortcut around every layer but the first."""
    batch_norm: bool = False
    """With batch normalisation before the activation: statistics of the batch, gamma 1, beta 0, nothing added to the
    variance. It cancels the scale of W: an initialisation then scales z, and inversely dL/dz, and nothing else."""


class Draw(NamedTuple):
    """The random numbers of one observation. All networks can share them, so that they differ by design only."""

    weights: Array
    """Uniform on [-1, 1], shape (depth, k, k); an initialisation only scales them."""
    inputs: Array
    """Standard normal, shape (k, batch)."""
    output_gradient: Array
    """dL/da of the last layer, standard normal, shape (k, batch)."""


class Signals(NamedTuple):
    """All activations and gradients of one network, each of shape (k, batch) with an example per column."""

    z: list[Array]
    """z_1 to z_depth."""
    a: list[Array]
    """a_0 (the input) to a_depth."""
    gradients: list[Array]
    """dL/dz_1 to dL/dz_depth."""


class Profile(NamedTuple):
    """Moments of the signals layer by layer, over all units and examples; arrays of one shape."""

    mean: Array
    """Mean of a_l."""
    variance: Array
    """Variance of a_l around that one mean."""
    between_examples: Array
    """Variance of a_l between examples, unbiased, mean over the units: what is left of the inputs' differences."""
    preactivation: Array
    """Variance of z_l."""
    back_propagated: Array
    """Variance of dL/dz_l, as in Glorot and Bengio 2010."""
    weight_gradient: Array
    """Variance of the entries of dL/dW_l, an example at a time."""


def draw(width: int, depth: int, batch: int, seed: list[int]) -> Draw:
    """Draw weights, inputs and output gradients.

    Args:
        width: Units of every layer and of the input.
        depth: Layers.
        batch: Examples.
        seed: Entropy of NumPy's default generator.
    """
    generator = np.random.default_rng(seed)
    inputs = generator.standard_normal((width, batch))
    output_gradient = generator.standard_normal((width, batch))
    return Draw(generator.uniform(-1.0, 1.0, (depth, width, width)), inputs, output_gradient)


def propagate(numbers: Draw, design: Design) -> Signals:
    """Run a network forwards and backwards.

    Args:
        numbers: Its random numbers.
        design: Of the network.
    """
    value, slope = ACTIVATIONS[design.activation]
    # a uniform distribution on [-limit, limit] has the variance limit^2 / 3
    limit = math.sqrt(3 * GAINS[design.initialisation] / numbers.inputs.shape[0])
    z, a, slopes, normalised = [], [numbers.inputs], [], []
    for weights in numbers.weights:
        below = limit * (weights @ a[-1])
        z.append(z[-1] + below if design.residual and z else below)
        y = z[-1]
        if design.batch_norm:
            y, deviation = normalise(y)
            normalised.append((y, deviation))
        a.append(value(y))
        slopes.append(slope(y, a[-1]))
    arriving, gradients = numbers.output_gradient, []
    for layer in reversed(range(len(z))):
        gradient = slopes[layer] * arriving
        if design.batch_norm:
            gradient = normalise_backwards(gradient, *normalised[layer])
        gradients.append(gradients[-1] + gradient if design.residual and gradients else gradient)
        arriving = limit * (numbers.weights[layer].T @ gradients[-1])
    return Signals(z, a, gradients[::-1])


def normalise(z: Array) -> tuple[Array, Array]:
    """Batch normalisation (Ioffe and Szegedy 2015) of every row.

    Args:
        z: Shape (k, batch).

    Returns:
        The normalised rows, and their standard deviations, shape (k, 1).
    """
    centred = z - z.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True))
    return centred / deviation, deviation


def normalise_backwards(gradient: Array, y: Array, deviation: Array) -> Array:
    """Gradient of the input of `normalise`, through the batch's mean and variance, too.

    Args:
        gradient: dL/dy, shape (k, batch).
        y: What `normalise` returned.
        deviation: Likewise.
    """
    along = (gradient * y).mean(axis=1, keepdims=True)
    return (gradient - gradient.mean(axis=1, keepdims=True) - y * along) / deviation


def profile(signals: Signals, layers: Sequence[int]) -> Profile:
    """Moments of some layers.

    Args:
        signals: What `propagate` returned.
        layers: Which, counted from 1.
    """
    return Profile(*np.array([_moments(signals, layer) for layer in layers]).T)


def _moments(signals: Signals, layer: int) -> tuple[float, ...]:
    z, a, gradient = signals.z[layer - 1], signals.a[layer], signals.gradients[layer - 1]
    between = a.var(axis=1, ddof=1).mean()
    weight_gradient = weight_gradient_variance(gradient, signals.a[layer - 1])
    return a.mean(), a.var(), between, z.var(), gradient.var(), weight_gradient


def weight_gradient_variance(gradient: Array, below: Array) -> float:
    """Variance of the entries of dL/dW over all entries and examples, without forming them.

    An example's gradient is the outer product of its dL/dz and its a_(l-1), so the sum of its entries is the product
    of two sums, and the sum of their squares the product of two sums of squares.

    Args:
        gradient: dL/dz_l, shape (k, batch).
        below: a_(l-1), shape (k, batch).
    """
    entries = gradient.shape[0] * below.shape[0]
    mean = (gradient.sum(axis=0) * below.sum(axis=0)).mean() / entries
    square = ((gradient * gradient).sum(axis=0) * (below * below).sum(axis=0)).mean() / entries
    return float(square - mean * mean)
