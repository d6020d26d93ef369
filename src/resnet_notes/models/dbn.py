"""Deep belief networks: restricted Boltzmann machines on top of each other (Hinton, Osindero and Teh 2006)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.rbm import RBM, Visible

PARAMETERS = ("weights", "visible_bias", "hidden_bias")


@dataclass
class DBN:
    """RBMs, each of which has the hidden units of the one below as its visible ones.

    Args:
        rbms: from the lowest to the highest, at least one.
    """

    rbms: Sequence[RBM]

    def __post_init__(self) -> None:
        if not self.rbms:
            raise ValueError("a deep belief network has at least one RBM")
        for lower, upper in pairwise(self.rbms):
            if len(lower.hidden_bias) != len(upper.visible_bias):
                raise ValueError(f"{len(upper.visible_bias)} visible units on {len(lower.hidden_bias)} hidden ones")

    def up(self, v: Tensor, layers: int | None = None) -> Tensor:
        """Probabilities of the hidden units of a layer given ``v`` [..., V]; of the highest when left out.

        Layers are counted from 1 here and below; a number without a layer is a ``ValueError``.
        """
        for rbm in self._lowest(layers):
            v = rbm.hidden_means(v)
        return v

    def down(self, h: Tensor, layers: int) -> Tensor:
        """Means of the visible units [..., V] given the hidden units of a layer."""
        for rbm in reversed(self._lowest(layers)):
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
        for rbm in reversed(lower[1:]):
            state = drawn(rbm.visible_means(state), generator)
        if lower:
            return lower[0].visible_means(state)
        return top.visible_means(drawn(top.hidden_means(state), generator))

    def unfold(self, layers: int) -> tuple[list[Tensor], list[Tensor]]:
        """Weights [in, out] and biases [1, out] of the hidden layers of a sigmoid network that computes `up`."""
        used = self._lowest(layers)
        return [rbm.weights for rbm in used], [rbm.hidden_bias[None] for rbm in used]

    def tensors(self) -> dict[str, Tensor]:
        """All parameters by name: ``weights.0``, ``visible_bias.0``, ``hidden_bias.0``, ``weights.1`` and so on."""
        return {f"{name}.{layer}": getattr(rbm, name) for layer, rbm in enumerate(self.rbms) for name in PARAMETERS}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], visible: Visible = "bernoulli") -> "DBN":
        """The network whose parameters are ``tensors``, named as `tensors` names them.

        Args:
            tensors: of every layer.
            visible: kind of the lowest RBM's visible units, which its tensors do not tell.

        Raises:
            ValueError: a tensor is missing, or there is none.
        """
        layers = sum(name.startswith("weights.") for name in tensors)
        names = [[f"{name}.{layer}" for name in PARAMETERS] for layer in range(layers)]
        missing = [name for layer in names for name in layer if name not in tensors]
        if missing:
            raise ValueError(f"a deep belief network of {layers} layers without {', '.join(missing)}")
        network = cls([RBM(tensors[weights], tensors[seen], tensors[hidden]) for weights, seen, hidden in names])
        network.rbms[0].visible = visible
        return network

    def _lowest(self, layers: int | None) -> Sequence[RBM]:
        if layers is not None and not 1 <= layers <= len(self.rbms):
            raise ValueError(f"layers = {layers}: a deep belief network with {len(self.rbms)}")
        return self.rbms[:layers]


def drawn(means: Tensor, generator: torch.Generator) -> Tensor:
    """Binary states that are 1 with probability ``means``.

    Args:
        means: of any shape.
        generator: on their device; it is advanced.
    """
    uniform = torch.rand(means.shape, generator=generator, dtype=means.dtype, device=means.device)
    return (uniform < means).to(means)
