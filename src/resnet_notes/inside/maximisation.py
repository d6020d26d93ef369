"""What excites the units of a layer: inputs that are made for them, and what is said about both.

Source: Erhan, Bengio, Courville and Vincent 2009, Visualizing higher-layer features of a deep network, section 3:
gradient ascent on the input under a constraint on its norm, from several random starts.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import fsum, prod

import torch
from torch import Tensor

COLUMNS = ("seed", "trained", "layer", "field", "unit", "start", "reached", "largest", "agreement")
"""Of the table that an examination of features leaves."""

TOP = 9
"""Test images that are shown for a unit."""

RATE = 1.0
"""Length of the first step, relative to the norm of the input; from there it falls linearly to zero."""

WHITE = 3.0
"""Root mean squares of a picture that are drawn as white, and as black when negative."""


def maximise(layer: Callable[[Tensor], Tensor], start: Tensor, norm: float, steps: int) -> tuple[Tensor, Tensor]:
    """Climb from every start to an input of a given norm that excites its unit.

    All ascents run at once, none depends on another. The gradient is scaled to the norm of the input, so that a step
    is a turn by some angle, however small the gradient is that deep layers leave.

    Args:
        layer: gives the activations [N, units] of inputs [N, ...]; differentiable.
        start: [units, starts, ...], scaled to the norm before the first step. Where it and the gradient are zero, it
            stays zero.
        norm: Euclidean norm of every input.
        steps: of the ascent.

    Returns:
        The inputs [units, starts, ...] and the activations that they reach [units, starts].
    """

    def own(x: Tensor) -> Tensor:
        return layer(x.flatten(0, 1)).unflatten(0, x.shape[:2]).diagonal(dim1=0, dim2=2).T

    x = scaled(start, norm)
    for step in range(steps):
        x.requires_grad_()
        (gradient,) = torch.autograd.grad(own(x).sum(), x)
        x = scaled(x.detach() + RATE * (1 - step / steps) * scaled(gradient, norm), norm)
    with torch.no_grad():
        return x, own(x)


def scaled(x: Tensor, norm: float) -> Tensor:
    """Give every input of [units, starts, ...] a Euclidean norm; zeros stay zeros."""
    square = x.double().square().flatten(2).sum(dim=2).clamp_min(torch.finfo(torch.float64).tiny)
    factor = norm * torch.rsqrt(square)  # torch.sqrt has other bits on other CPUs
    return (x * factor.view(*x.shape[:2], *[1] * (x.ndim - 2))).to(x.dtype)


def noise(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Return starts, float32 from -1 to 1, evenly distributed; the generator on the CPU is advanced."""
    return 2 * torch.rand(shape, generator=generator) - 1


def mean_norm(x: Tensor) -> float:
    """Return the mean Euclidean norm of inputs [N, ...]."""
    return fsum(square**0.5 for square in x.double().square().flatten(1).sum(dim=1).tolist()) / len(x)


def agreement(x: Tensor) -> float:
    """Return the mean cosine between any two of several inputs [starts, ...]; 1 when there is but one."""
    directions = scaled(x.double()[None], 1.0)[0].flatten(1)
    cosines = [(one * other).sum().item() for one, other in combinations(directions, 2)]
    return fsum(cosines) / len(cosines) if cosines else 1.0


def strongest(activations: Tensor) -> Tensor:
    """Return the places [units, `TOP` or fewer] of the largest activations [N, units] of each unit, largest first."""
    return activations.argsort(dim=0, descending=True, stable=True)[:TOP].T


def rows(field: int, made: Tensor, reached: Tensor, largest: Sequence[float]) -> list[dict]:
    """Return what is said about the units of a layer, a row for each unit and start: `COLUMNS` from field on.

    Args:
        field: side of a unit's receptive field in pixels.
        made: the inputs that excite the units [units, starts, ...].
        reached: their activations [units, starts].
        largest: of each unit, its activation over the test images.
    """
    found = []
    for unit, values in enumerate(reached.tolist()):
        shared = {"field": field, "unit": unit, "largest": largest[unit], "agreement": agreement(made[unit])}
        found += [shared | {"start": start, "reached": value} for start, value in enumerate(values)]
    return found


def signed_greys(x: Tensor) -> Tensor:
    """Draw weights or an input [C, H, W] as bytes [H, W], averaged over channels.

    Zero is 128; `WHITE` root mean squares over all pixels and channels are white or black, and so is what exceeds them.
    """
    square = x.double().square().sum().item() / prod(x.shape)
    grey = x.mean(dim=0) / (WHITE * square**0.5 or 1.0)
    return (128 + 127 * grey.clamp(-1, 1)).round().byte()


def greys(x: Tensor) -> Tensor:
    """Draw an image, uint8 [C, H, W], as bytes [H, W], averaged over channels."""
    return x.float().mean(dim=0).round().byte()
