"""Where the weights of sigmoid networks start: the old uniform rule, Glorot's, or the weights of trained RBMs."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.dbn import DBN
from resnet_notes.models.mlp import MLPStack

SIGMOID_GAIN = 4.0
"""One over the slope of the sigmoid at zero.

Signals would keep their size if sigmoids were linear (the assumption of Glorot and Bengio 2010, section 4.2). They are
not, nor is their mean zero: with this gain, differences between images shrink by about 0.6 a layer, without it by 0.23.
"""


def uniform(fan_in: int, fan_out: int) -> float:
    """Bound of the rule that was usual before 2010, 1/sqrt(n_in) (Glorot and Bengio 2010, eq. 1)."""
    return fan_in**-0.5


def glorot(fan_in: int, fan_out: int) -> float:
    """Bound of the normalised initialisation, sqrt(6 / (n_in + n_out)) (Glorot and Bengio 2010, eq. 16)."""
    return (6 / (fan_in + fan_out)) ** 0.5


RULES: dict[str, tuple[Callable[[int, int], float], float]] = {
    "uniform": (uniform, 1.0),
    "glorot": (glorot, 1.0),
    "glorot-sigmoid": (glorot, SIGMOID_GAIN),
}
"""Bound of the uniform distribution, and the gain of layers of sigmoid units; the output layer has none."""


def random_stack(
    sizes: Sequence[int], rule: str, generators: Sequence[torch.Generator], device: torch.device | str = "cpu"
) -> MLPStack:
    """Return sigmoid networks with uniformly distributed weights and biases of zero, ready for training.

    A network's draws depend on its own generator alone, and all rules scale the same ones.

    Args:
        sizes: units of every layer: inputs, hidden layers, outputs.
        rule: a name in `RULES`.
        generators: one per network, on the CPU; each is advanced.
        device: where the networks are put.
    """
    bound, gain = RULES[rule]
    shapes = list(pairwise(sizes))
    gains = [gain] * (len(shapes) - 1) + [1.0]
    drawn = [
        [
            scale * bound(*shape) * (2 * torch.rand(shape, generator=generator) - 1)
            for shape, scale in zip(shapes, gains, strict=True)
        ]
        for generator in generators
    ]
    weights = [torch.stack(layer) for layer in zip(*drawn, strict=True)]
    biases = [torch.zeros(len(drawn), 1, outputs) for _, outputs in shapes]
    return _trainable(weights, biases, device)


def pretrained_stack(
    networks: Sequence[DBN],
    depth: int,
    classes: int,
    generators: Sequence[torch.Generator],
    device: torch.device | str = "cpu",
) -> MLPStack:
    """Return sigmoid networks whose hidden layers are those of deep belief networks, ready for training.

    The output layer, which no RBM has seen, starts by the rule `uniform` with the same draws as in `random_stack`.

    Args:
        networks: one per network of the stack.
        depth: hidden layers, at most those of the networks.
        classes: outputs.
        generators: one per network, on the CPU, for the output layer; each is advanced.
        device: where the networks are put.
    """
    unfolded = [network.unfold(depth) for network in networks]
    weights = [torch.stack(layer) for layer in zip(*(w for w, _ in unfolded), strict=True)]
    biases = [torch.stack(layer) for layer in zip(*(b for _, b in unfolded), strict=True)]
    sizes = [weights[0].shape[1], *(layer.shape[2] for layer in weights), classes]
    random = random_stack(sizes, "uniform", generators)
    return _trainable([*weights, random.weights[-1].detach()], [*biases, random.biases[-1].detach()], device)


def _trainable(weights: list[Tensor], biases: list[Tensor], device: torch.device | str) -> MLPStack:
    for layer in (weights, biases):
        layer[:] = [part.to(device).requires_grad_() for part in layer]
    return MLPStack(weights, biases, torch.sigmoid)
