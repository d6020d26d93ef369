"""ReLU networks of one input as what they are: piecewise linear functions, in exact rational arithmetic."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

Point = tuple[Fraction, Fraction]
"""A place x in [0, 1] and the value there."""


class PiecewiseLinear(NamedTuple):
    """A continuous piecewise linear function on [0, 1]; equal functions compare equal."""

    start: Fraction
    """Value at 0."""
    slope: Fraction
    """Slope of the first piece."""
    kinks: tuple[Point, ...]
    """Places in (0, 1), ascending, each with the change of slope there, which is not zero."""

    @property
    def pieces(self) -> int:
        """How many linear pieces the function has on [0, 1]; neighbours of equal slope are one piece."""
        return len(self.kinks) + 1

    def points(self) -> list[Point]:
        """The ends of all pieces, from x = 0 to x = 1: `pieces` + 1 points."""
        x, y, slope = Fraction(0), self.start, self.slope
        points = [(x, y)]
        for place, change in (*self.kinks, (Fraction(1), Fraction(0))):
            x, y = place, y + slope * (place - x)
            points.append((x, y))
            slope += change
        return points


class Layer(NamedTuple):
    """The affine map of a layer."""

    weights: Sequence[Sequence[Fraction]]
    """A row per unit, a column per unit of the layer before."""
    biases: Sequence[Fraction]
    """One per unit."""


Network = Sequence[Layer]
"""Layers of ReLUs and at last a linear layer of one unit; the first layer has one column, the input."""

IDENTITY = PiecewiseLinear(Fraction(0), Fraction(1), ())


def function_of(network: Network) -> PiecewiseLinear:
    """The function that a ReLU network computes on [0, 1].

    Every unit's function goes through the layers as a whole: a weighted sum adds changes of slope where they
    are, and a ReLU cuts off what is negative. Nothing is sampled or rounded.
    """
    units = [IDENTITY]
    for depth, layer in enumerate(network, start=1):
        units = [weighted_sum(row, units, bias) for row, bias in zip(layer.weights, layer.biases, strict=True)]
        if depth < len(network):
            units = [rectified(unit) for unit in units]
    (output,) = units
    return output


def weighted_sum(weights: Sequence[Fraction], functions: Sequence[PiecewiseLinear], bias: Fraction) -> PiecewiseLinear:
    """`bias` + the sum of `weights[i]` * `functions[i]`; kinks that cancel are gone."""
    start, slope = bias, Fraction(0)
    changes: dict[Fraction, Fraction] = {}
    for weight, function in zip(weights, functions, strict=True):
        start += weight * function.start
        slope += weight * function.slope
        for place, change in function.kinks:
            changes[place] = changes.get(place, Fraction(0)) + weight * change
    return PiecewiseLinear(start, slope, tuple(sorted((x, change) for x, change in changes.items() if change)))


def rectified(function: PiecewiseLinear) -> PiecewiseLinear:
    """max(0, `function`)."""
    points = function.points()
    above = [(x, max(y, Fraction(0))) for x, y in points]
    for (x0, y0), (x1, y1) in pairwise(points):
        if y0 * y1 < 0:
            above.append((x0 + (x1 - x0) * y0 / (y0 - y1), Fraction(0)))
    return through(sorted(above))


def through(points: Sequence[Point]) -> PiecewiseLinear:
    """The function that joins points by straight lines.

    Args:
        points: At least two, ascending in x, from x = 0 to x = 1. Those on a straight line with their
            neighbours are no kinks.
    """
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(points)]
    changes = [(x, after - before) for (x, _), (before, after) in zip(points[1:], pairwise(slopes), strict=False)]
    return PiecewiseLinear(points[0][1], slopes[0], tuple((x, change) for x, change in changes if change))
