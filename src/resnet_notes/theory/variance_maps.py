"""What mean-field theory says of a network at initialisation: the moments of every layer, at infinite width.

Width to infinity makes every pre-activation Gaussian and the gradient that arrives at a layer independent of what the
layer computed (Poole et al. 2016, Schoenholz et al. 2017). A layer then multiplies the variance forwards by
k Var(W) E phi^2 / E a^2 and backwards by k Var(W) E phi'^2: by 1/3 in a linear network whose weights are uniform on
[-1/sqrt(k), 1/sqrt(k)], by 1/6 in a ReLU network, and backwards by nearly 1/48 in a sigmoid network.
"""

import numpy as np

from resnet_notes.theory.activations import Array
from resnet_notes.theory.gaussian import Moments, half_squared_difference, moments
from resnet_notes.theory.signals import GAINS, Design, Profile


def predict(design: Design, depth: int) -> Profile:
    """The moments that `signals.profile` measures, for standard normal inputs and output gradients.

    With batch normalisation the batch is infinite, too: a plain ReLU network's layer then multiplies the
    back-propagated variance by pi/(pi - 1) (Yang et al. 2019, arXiv:1902.08129), and by a little more for a finite
    batch.

    Args:
        design: Of the network.
        depth: Layers.

    Returns:
        Moments of all layers, arrays of shape (depth,).
    """
    gain = GAINS[design.initialisation]
    shortcut = float(design.residual)
    square, between = [1.0], [1.0]  # of a
    variance, difference = 0.0, 0.0  # of z: all of it, and half the mean squared difference of two examples
    z: list[float] = []
    layers: list[Moments] = []
    slopes: list[float] = []  # squared, of a by z
    for _ in range(depth):
        variance = shortcut * variance + gain * square[-1]
        difference = shortcut * difference + gain * between[-1]
        # an infinite batch has the variance between its examples, and normalisation leaves them uncorrelated
        layer = moments(design.activation, 1.0 if design.batch_norm else variance)
        if design.batch_norm:
            between.append(layer.square - layer.mean**2)
            slopes.append(layer.slope / difference)
        else:
            between.append(half_squared_difference(design.activation, variance, difference))
            slopes.append(layer.slope)
        z.append(variance)
        layers.append(layer)
        square.append(layer.square)
    means = np.array([layer.mean for layer in layers])
    gradients = _backwards(slopes, gain, shortcut)
    weight_gradients = gradients * np.array(square[:-1])
    variances = np.array(square[1:]) - means**2
    return Profile(means, variances, np.array(between[1:]), np.array(z), gradients, weight_gradients)


def _backwards(slopes: list[float], gain: float, shortcut: float) -> Array:
    """Variance of dL/dz of every layer, for dL/da = 1 in the last one."""
    gradients = [slopes[-1]]
    for slope in reversed(slopes[:-1]):
        gradients.append(gradients[-1] * (shortcut + gain * slope))
    return np.array(gradients[::-1])
