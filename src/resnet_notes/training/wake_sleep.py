"""The up-down algorithm, which is the contrastive version of wake-sleep: fine-tuning without backpropagation.

Source: Hinton, Osindero and Teh 2006, section 5 and appendix B, whose order of things this keeps.
"""

from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.dbn import drawn
from resnet_notes.models.labelled_dbn import LabelledDBN
from resnet_notes.models.products import product


def up_down(
    network: LabelledDBN, v: Tensor, labels: Tensor, gibbs_steps: int, learning_rate: float, generator: torch.Generator
) -> None:
    """Update a network in place by one mini-batch.

    Awake, recognition draws features of the images, and each directed layer learns to generate what is below from what
    is above it. The associative memory learns by contrastive divergence. Asleep, what it has reached is passed down,
    and each layer learns to recognise what it was generated from.

    Args:
        network: all its tensors are changed.
        v: images, [B, V] from 0 to 1.
        labels: one of each row is 1, [B, labels].
        gibbs_steps: of the contrastive divergence.
        learning_rate: of the mean gradient over the mini-batch.
        generator: on the network's device; it is advanced.
    """
    awake = [v]
    for layer in network.lower:
        awake.append(drawn(layer.up(awake[-1]), generator))
    dream = associate(network, torch.cat([awake[-1], labels], dim=1), gibbs_steps, learning_rate, generator)
    asleep = [dream]
    for layer in reversed(network.lower[1:]):
        asleep.append(drawn(layer.down(asleep[-1]), generator))
    asleep.append(network.lower[0].down(asleep[-1]))
    asleep.reverse()
    share = learning_rate / len(v)
    for layer, (below, above), (dreamt_below, dreamt_above) in zip(
        network.lower, pairwise(awake), pairwise(asleep), strict=True
    ):
        generated = below - layer.down(above)
        recognised = dreamt_above - layer.up(dreamt_below)
        layer.generative.add_(product(above.T, generated), alpha=share)
        layer.generative_bias.add_(generated.sum(dim=0), alpha=share)
        layer.recognition.add_(product(dreamt_below.T, recognised), alpha=share)
        layer.recognition_bias.add_(recognised.sum(dim=0), alpha=share)


def associate(
    network: LabelledDBN, seen: Tensor, gibbs_steps: int, learning_rate: float, generator: torch.Generator
) -> Tensor:
    """Update the associative memory by contrastive divergence; return the features [B, units] that its chains reach.

    Args:
        network: its top is changed.
        seen: features and labels, [B, units + labels].
        gibbs_steps: from them.
        learning_rate: of the mean gradient.
        generator: likewise.
    """
    top, share = network.top, learning_rate / len(seen)
    h = first = drawn(top.hidden_means(seen), generator)
    reached = seen
    for _ in range(gibbs_steps):
        means = top.visible_means(h)
        reached = torch.cat([drawn(means[:, : top.units], generator), means[:, top.units :]], dim=1)
        h = drawn(top.hidden_means(reached), generator)
    top.weights.add_(product(seen.T, first) - product(reached.T, h), alpha=share)
    top.visible_bias.add_((seen - reached).sum(dim=0), alpha=share)
    top.hidden_bias.add_((first - h).sum(dim=0), alpha=share)
    return reached[:, : top.units]
