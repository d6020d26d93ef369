"""Stacks of independent fully connected networks of one shape, so that one product serves all of them."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.normal import normal
from resnet_notes.models.products import product

HE = 2.0**0.5
"""Weight scale that keeps the second moment of a ReLU network's signals (He et al. 2015, arXiv:1502.01852, eq. 10)."""


class MLPStack:
    """S networks of one shape, each with weights of its own; the last layer is linear.

    Args:
        weights: a tensor [S, fan_in, fan_out] per layer.
        biases: a tensor [S, 1, fan_out] per layer.
        activation: applied to each element after every layer but the last, say ``torch.relu`` or ``torch.tanh``.
    """

    def __init__(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], activation: Callable[[Tensor], Tensor]
    ) -> None:
        self.weights, self.biases, self.activation = list(weights), list(biases), activation

    @property
    def parameters(self) -> list[Tensor]:
        """All weights, then all biases, each from the first layer to the last."""
        return self.weights + self.biases

    def __len__(self) -> int:
        """Number of networks."""
        return len(self.weights[0])

    def __call__(self, x: Tensor) -> Tensor:
        """Map [S, B, inputs], or [B, inputs] that all networks share, to [S, B, outputs]."""
        *hidden, last = zip(self.weights, self.biases, strict=True)
        for weight, bias in hidden:
            x = self.activation(product(x, weight).add_(bias))
        weight, bias = last
        return product(x, weight).add_(bias)


def mlp_stack(
    sizes: Sequence[int],
    activation: Callable[[Tensor], Tensor],
    weight_scales: Sequence[float],
    bias_scales: Sequence[float],
    generators: Sequence[torch.Generator],
    device: torch.device | str = "cpu",
) -> MLPStack:
    """Return a stack with normally distributed weights and biases, ready for training.

    A network's draws depend on its own generator alone, whatever else is in the stack. Its weights are
    N(0, weight_scale² / fan_in) and its biases N(0, bias_scale²) in every layer, as Schoenholz et al. 2017
    (arXiv:1611.01232, eq. 2) have them; ``weight_scale = HE`` and ``bias_scale = 0`` is He's initialisation.

    Args:
        sizes: units of every layer: inputs, hidden layers, outputs.
        activation: of the hidden layers.
        weight_scales: sigma_w of each network.
        bias_scales: sigma_b of each network.
        generators: one per network, on the CPU; each is advanced.
        device: where the networks are put.

    Raises:
        ValueError: there is not one scale and one generator per network.
    """
    drawn = [
        _draw(sizes, weight_scale, bias_scale, generator)
        for weight_scale, bias_scale, generator in zip(weight_scales, bias_scales, generators, strict=True)
    ]
    stacked = [torch.stack(layer).to(device).requires_grad_() for layer in zip(*drawn, strict=True)]
    return MLPStack(stacked[0::2], stacked[1::2], activation)


def _draw(sizes: Sequence[int], weight_scale: float, bias_scale: float, generator: torch.Generator) -> list[Tensor]:
    """Weight [fan_in, fan_out] and bias [1, fan_out] of each layer in turn, for one network."""
    tensors = []
    for fan_in, fan_out in pairwise(sizes):
        tensors.append((weight_scale * fan_in**-0.5 * normal((fan_in, fan_out), generator)).float())
        tensors.append((bias_scale * normal((1, fan_out), generator)).float())
    return tensors
