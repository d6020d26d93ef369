"""Gradients in a chain of linear layers that all have the same weights, in closed form.

The chain is a_i = W a_(i-1) for i = 1 to l, with a loss of a_l. The chain rule gives for layer n

    dL/dW_n = (W^T)^(l-n) (dL/da_l) a_(n-1)^T,    a_(n-1) = W^(n-1) a_0.

The Notes on Residual Networks, section 2, have W^(n-l) in the place of (W^T)^(l-n): the exponent has the wrong sign.
"""

import math
from decimal import Context, Decimal, localcontext
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIGITS = Context(prec=40, Emin=-(10**9), Emax=10**9)
"""For one step of gradient descent: losses after it reach 10^6000, which no float holds."""


def closed_form(weights: Array, start: Array, gradient: Array, depth: int, layer: int) -> Array:
    """The gradient of the loss with respect to the weights of one layer.

    Args:
        weights: W, shape (size, size), of every layer.
        start: a_0, shape (size,).
        gradient: dL/da_l, shape (size,).
        depth: l, the number of layers, at least 1.
        layer: n, from 1 to l.

    Returns:
        dL/dW_n, shape (size, size), where row i belongs to unit i of layer n.
    """
    return _outer(weights, start, gradient, layer, depth - layer)


def notes_form(weights: Array, start: Array, gradient: Array, depth: int, layer: int) -> Array:
    """What the notes' formula gives instead: the exponent is n - l. Arguments and shape as in `closed_form`.

    Raises:
        numpy.linalg.LinAlgError: the weights have no inverse.
    """
    return _outer(weights, start, gradient, layer, layer - depth)


def _outer(weights: Array, start: Array, gradient: Array, layer: int, power: int) -> Array:
    back = np.linalg.matrix_power(weights.T, power) @ gradient
    return np.outer(back, np.linalg.matrix_power(weights, layer - 1) @ start)


def frobenius(matrix: Array) -> float:
    """The Frobenius norm, also where the squares leave the range of floats."""
    largest = float(np.abs(matrix).max())
    return largest * float(np.linalg.norm(matrix / largest)) if largest else 0.0


def singular_values(matrix: Array) -> Array:
    """Singular values in descending order; those that are zero but for rounding are zero."""
    values = np.linalg.svd(matrix, compute_uv=False)
    return np.where(values > len(values) * np.finfo(np.float64).eps * values[0], values, 0.0)


class Step(NamedTuple):
    """One step of gradient descent from equal weights in a scalar chain."""

    overshoot: float
    """Length of the step over the distance to the minimum along the step's own direction, where all weights stay equal
    and positive: 1 ends at it, above 1 beyond it, above 2 farther from it than before. Exactly so, not only for a
    quadratic loss: the step points at that minimum."""
    distance_before: float
    """To the same minimum, |w - w*|, for each weight."""
    distance_after: float
    log10_loss_before: float
    log10_loss_after: float
    """Minus infinity for a loss of zero."""


def descend(weight: float, depth: int, learning_rate: float, start: float, target: float) -> Step | None:
    """One step of gradient descent with the loss 1/2 (w_l ... w_1 a_0 - y)^2 from w_1 = ... = w_l = `weight`.

    The loss is least on the whole surface where the product of the weights is y / a_0, and other points of it may be
    closer. But all weights have the same gradient, so the step keeps them equal: distances are to the minimum along
    the step's own direction, where all weights stay equal and positive, w* = (y / a_0)^(1/l). Computed with 40
    decimal digits.

    Args:
        weight: of every layer, positive.
        depth: l, the number of layers.
        learning_rate: what the gradient is multiplied by.
        start: a_0, positive.
        target: y, positive.

    Returns:
        What the step did; None at that minimum, where there is none.
    """
    with localcontext(DIGITS):
        w, rate, a, y = (Decimal(str(number)) for number in (weight, learning_rate, start, target))
        best = (y / a) ** (1 / Decimal(depth))
        error = w**depth * a - y
        # Below 30 digits the distance is rounding of the root.
        if abs(w - best) < Decimal("1e-30"):
            return None
        step = rate * error * w ** (depth - 1) * a
        after = w - step
        return Step(
            overshoot=float(abs(step) / abs(w - best)),
            distance_before=float(abs(w - best)),
            distance_after=float(abs(after - best)),
            log10_loss_before=_log10(error**2 / 2),
            log10_loss_after=_log10((after**depth * a - y) ** 2 / 2),
        )


def _log10(loss: Decimal) -> float:
    return float(loss.log10()) if loss else -math.inf
