"""Deep belief networks: restricted Boltzmann machines on top of each other (Hinton, Osindero and Teh 2006)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.rbm import RBM

PARAMETERS = ("weights", "visible_bias", "hidden_bias")


@dataclass
class DBN:
    """RBMs, each of which has the hidden units of the one below as its visible ones.

    Args:
        rbms: from the lowest to the highest, at least one.
    """

    rbms: Sequence[RBM]

    def __post_init__(self) -> None:
        for lower, upper in pairwise(self.rbms):
            if len(lower.hidden_bias) != len(upper.visible_bias):
                raise ValueError(f"{len(upper.visible_bias)} visible units on {len(lower.hidden_bias)} hidden ones")

    def up(self, v: Tensor, layers: int | None = None) -> Tensor:
        """Probabilities of the hidden units of a layer given ``v`` [..., V]; of the highest when left out."""
        for rbm in self.rbms[:layers]:
            v = rbm.hidden_means(v)
        return v

    def down(self, h: Tensor, layers: int) -> Tensor:
        """Means of the visible units [..., V] given the hidden units of a layer, counted from 1."""
        for rbm in reversed(self.rbms[:layers]):
            h = rbm.visible_means(h)
        return h

    def sample(self, count: int, steps: int, generator: torch.Generator) -> Tensor:
        """Visible means [count, V] of the network's own making: Gibbs steps in the highest RBM, then a pass down.

        Args:
            count: chains.
            steps: Gibbs steps.
            generator: on the network's device; it is advanced.
        """
        *lower, top = self.rbms
        state = top.sample(count, steps, generator)
        for rbm in reversed(lower):
            means = rbm.visible_means(state)
            uniform = torch.rand(means.shape, generator=generator, dtype=means.dtype, device=means.device)
            state = (uniform < means).to(means) if rbm is not lower[0] else means
        return state

    def unfold(self, layers: int) -> tuple[list[Tensor], list[Tensor]]:
        """Weights [in, out] and biases [1, out] of the hidden layers of a sigmoid network that computes `up`."""
        used = self.rbms[:layers]
        return [rbm.weights for rbm in used], [rbm.hidden_bias[None] for rbm in used]

    def tensors(self) -> dict[str, Tensor]:
        """All parameters by name: ``weights.0``, ``visible_bias.0``, ``hidden_bias.0``, ``weights.1`` and so on."""
        return {f"{name}.{layer}": getattr(rbm, name) for layer, rbm in enumerate(self.rbms) for name in PARAMETERS}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> "DBN":
        """The network whose parameters are ``tensors``, named as `tensors` names them."""
        layers = sum(name.startswith("weights.") for name in tensors)
        parts = [[tensors[f"{name}.{layer}"] for name in PARAMETERS] for layer in range(layers)]
        return cls([RBM(weights, visible, hidden) for weights, visible, hidden in parts])
