"""How many parameters a fully connected network has, and how wide one of a given number is."""

import math
from collections.abc import Sequence
from itertools import pairwise


def parameter_count(sizes: Sequence[int]) -> int:
    """Return the number of weights and biases.

    Args:
        sizes: units of every layer: inputs, hidden layers, outputs.
    """
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def width_for(parameters: int, inputs: int, layers: int) -> int:
    """Return the width of equally wide hidden layers that comes closest to a number of parameters, with one output.

    The number is (inputs + 1) w + (layers - 1)(w + 1) w + w + 1, a parabola in w.

    Args:
        parameters: weights and biases wanted.
        inputs: units of the input layer.
        layers: hidden layers, at least one.
    """
    square, linear = layers - 1, inputs + layers + 1
    exact = 2 * (parameters - 1) / (linear + math.sqrt(linear**2 + 4 * square * (parameters - 1)))
    candidates = (max(1, math.floor(exact)), math.floor(exact) + 1)
    return min(candidates, key=lambda width: abs(parameter_count([inputs, *[width] * layers, 1]) - parameters))
