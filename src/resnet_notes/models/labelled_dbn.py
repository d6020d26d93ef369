"""Deep belief networks that know labels: directed layers below an associative memory of features and labels.

Source: Hinton, Osindero and Teh 2006, Figure 1 and section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.models.dbn import DBN, PARAMETERS, drawn
from resnet_notes.models.products import product
from resnet_notes.models.rbm import RBM


@dataclass
class Directed:
    """A layer of L units and the U units above it, with weights of their own in each direction.

    Args:
        recognition: weights upwards, [L, U].
        recognition_bias: of the upper units, [U].
        generative: weights downwards, [U, L].
        generative_bias: of the lower units, [L].
    """

    recognition: Tensor
    recognition_bias: Tensor
    generative: Tensor
    generative_bias: Tensor

    def up(self, below: Tensor) -> Tensor:
        """Means of the upper units [N, U] that recognition gives for lower ones [N, L]."""
        return torch.sigmoid(product(below, self.recognition) + self.recognition_bias)

    def down(self, above: Tensor) -> Tensor:
        """Means of the lower units [N, L] that upper ones [N, U] generate."""
        return torch.sigmoid(product(above, self.generative) + self.generative_bias)


@dataclass
class LabelledDBN:
    """Directed layers, and on top of them an RBM whose visible units are the highest features and a label.

    Args:
        lower: directed layers, from the lowest to the highest.
        top: the associative memory; its last ``top.labels`` visible units are the label.
    """

    lower: list[Directed]
    top: RBM

    @classmethod
    def untied(cls, stack: DBN, top: RBM) -> "LabelledDBN":
        """Start from a greedy stack: recognition and generation begin with the same weights, copied."""
        lower = [
            Directed(rbm.weights.clone(), rbm.hidden_bias.clone(), rbm.weights.T.clone(), rbm.visible_bias.clone())
            for rbm in stack.rbms
        ]
        return cls(lower, top)

    def up(self, v: Tensor) -> Tensor:
        """Means of the highest features [N, units] of images [N, V], by recognition without sampling."""
        for layer in self.lower:
            v = layer.up(v)
        return v

    def free_energies(self, v: Tensor) -> Tensor:
        """Free energies of the associative memory with each label, [N, labels], given images [N, V]."""
        features, top = self.up(v), self.top
        own, label = top.weights.split([top.units, top.labels])
        inputs = product(features, own) + top.hidden_bias
        hidden = [F.softplus(inputs + weights).sum(dim=1) for weights in label]
        shared = (features * top.visible_bias[: top.units]).sum(dim=1, keepdim=True)
        return -shared - top.visible_bias[top.units :] - torch.stack(hidden, dim=1)

    def classify(self, v: Tensor) -> Tensor:
        """The label of the least free energy, int64 [N], for images [N, V]."""
        return self.free_energies(v).argmin(dim=1)

    def sample(self, labels: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """Images of the network's own making, as means [N, V]: Gibbs steps in the memory, then a pass down.

        Args:
            labels: what each chain is to dream of, int64 [N]; it is held fixed.
            steps: Gibbs steps from features that are on with probability one half.
            generator: on the network's device; it is advanced.
        """
        top = self.top
        label = F.one_hot(labels, top.labels).to(top.weights)
        features = drawn(top.weights.new_full((len(labels), top.units), 0.5), generator)
        for _ in range(steps):
            h = drawn(top.hidden_means(torch.cat([features, label], dim=1)), generator)
            features = drawn(top.visible_means(h)[:, : top.units], generator)
        for layer in reversed(self.lower[1:]):
            features = drawn(layer.down(features), generator)
        return self.lower[0].down(features)

    def tensors(self) -> dict[str, Tensor]:
        """All parameters by name: ``recognition.0`` and so on, and those of the memory as ``top.weights``."""
        lower = {
            f"{field.name}.{place}": getattr(layer, field.name)
            for place, layer in enumerate(self.lower)
            for field in fields(layer)
        }
        return lower | {f"top.{name}": getattr(self.top, name) for name in PARAMETERS}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> "LabelledDBN":
        """The network whose parameters are ``tensors``, named as `tensors` names them."""
        count = sum(name.startswith("recognition.") for name in tensors)
        lower = [Directed(*(tensors[f"{field.name}.{place}"] for field in fields(Directed))) for place in range(count)]
        weights, visible_bias, hidden_bias = (tensors[f"top.{name}"] for name in PARAMETERS)
        labels = len(weights) - lower[-1].recognition.shape[1]
        return cls(lower, RBM(weights, visible_bias, hidden_bias, labels=labels))
