"""The activation functions of the figures on signals at initialisation, with their derivatives."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Activation(NamedTuple):
    """An activation function phi of the pre-activation z, element by element."""

    value: Callable[[Array], Array]
    """phi(z)."""
    slope: Callable[[Array, Array], Array]
    """phi'(z), given z and phi(z)."""


ACTIVATIONS = {
    "linear": Activation(lambda z: z, lambda z, h: np.ones_like(z)),
    # as a tanh, because exp(-z) overflows
    "sigmoid": Activation(lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda z, h: h * (1 - h)),
    "tanh": Activation(lambda z: np.tanh(z), lambda z, h: 1 - h * h),
    "relu": Activation(lambda z: np.maximum(z, 0.0), lambda z, h: (z > 0).astype(np.float64)),
}
