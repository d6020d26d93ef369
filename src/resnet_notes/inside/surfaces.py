"""The job of the experiment surfaces: the loss on planes and lines through trained networks.

Source: Li, Xu, Taylor, Studer and Goldstein 2018 (arXiv:1712.09913), section 4: random directions whose filters have
the norms of the network's own, so that a step of one means the same whatever the scale of a network's weights.
"""

from collections.abc import Callable, Sequence
from math import fsum, isfinite, nan
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside.networks import Subject, examine_each
from resnet_notes.models.convnet import ConvNet
from resnet_notes.models.normal import normal
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "first", "second", "loss", "error")


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Walk away from every network; leave ``surfaces.csv`` with a row for each place.

    The columns: first and second, the place in units of the two directions, (0, 0) the trained network; loss, the mean
    cross-entropy in nats; error, in %. Both are of the first ``images`` training images with the statistics of batch
    normalisation that were learnt, and empty where the loss is not finite.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``points`` places, an odd number, from ``-extent`` to
            ``extent`` on each axis. The seeds in ``planes`` get the whole plane, the others its line ``second = 0``.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.

    Raises:
        BadInput: a plane is wanted of a seed that was not trained.
    """
    if unknown := sorted(set(settings["planes"]) - set(settings["seeds"])):
        raise BadInput(f"surfaces: planes {unknown}: choose among the seeds {settings['seeds']} of the networks")
    axis = coordinates(settings["points"], settings["extent"])

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        batches = list(subject.batches(subject.splits.train, settings["images"]))
        towards = [direction(network, stream(seed, "direction", which)) for which in range(2)]
        places = [(a, b) for b in (axis if seed in settings["planes"] else [0.0]) for a in axis]
        found = walk(filters(network), towards, places, lambda: loss_and_error(network, batches))
        pairs = zip(places, found, strict=True)
        return [{"first": a, "second": b, "loss": loss, "error": error} for (a, b), (loss, error) in pairs]

    write_rows(folder / "surfaces.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def coordinates(points: int, extent: float) -> list[float]:
    """Return evenly spaced places from ``-extent`` to ``extent``; the middle one of an odd number is exactly 0."""
    return [extent * (2 * index - (points - 1)) / (points - 1) for index in range(points)]


def filters(network: nn.Module) -> list[Tensor]:
    """Return the weights with filters: of convolutions [out, in, h, w] and dense layers [out, in], in their order."""
    return [weight for weight in network.parameters() if weight.dim() > 1]


def direction(network: nn.Module, generator: torch.Generator) -> list[Tensor]:
    """Return a random direction for each of :func:`filters`, of the same shape.

    Every filter, and every row of a dense layer, is drawn from a normal distribution and given the norm of the
    network's own (Li et al. 2018, section 4). Gains and biases stay where they are, as there.

    Args:
        network: on any device.
        generator: on the CPU; it is advanced.
    """
    found = []
    for weight in filters(network):
        own = weight.detach().flatten(1).double().cpu()
        drawn = normal(own.shape, generator)
        squares = drawn.square().sum(dim=1, keepdim=True) / own.square().sum(dim=1, keepdim=True)
        found.append((drawn * torch.rsqrt(squares)).reshape(weight.shape).to(weight))
    return found


@torch.inference_mode()
def walk(
    weights: Sequence[Tensor],
    directions: Sequence[Sequence[Tensor]],
    places: Sequence[Sequence[float]],
    measure: Callable[[], Any],
) -> list[Any]:
    """Move some weights to each place, measure there, and put them back.

    Args:
        weights: what is moved, in place.
        directions: for each axis, a tensor of the same shape for each weight.
        places: coordinates along each axis; at the origin, the weights are exactly their own.
        measure: called once at each place.

    Returns:
        What was measured, in the order of the places.
    """
    kept = [weight.clone() for weight in weights]
    found = []
    try:
        for place in places:
            for weight, own, *steps in zip(weights, kept, *directions, strict=True):
                weight.copy_(own)
                for coordinate, step in zip(place, steps, strict=True):
                    weight.add_(coordinate * step)
            found.append(measure())
    finally:
        for weight, own in zip(weights, kept, strict=True):
            weight.copy_(own)
    return found


@torch.inference_mode()
def loss_and_error(network: nn.Module, batches: Sequence[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """Return mean cross-entropy in nats and the share of misclassified images in %; NaN where the loss is not finite.

    Args:
        network: in evaluation mode; maps images to logits [B, classes].
        batches: images [B, C, H, W] with labels [B].
    """
    losses, wrong = [], 0
    for x, y in batches:
        logits = network(x)
        losses.append(F.cross_entropy(logits, y, reduction="sum").item())
        wrong += int((logits.argmax(dim=1) != y).sum())
    images = sum(len(y) for _, y in batches)
    total = fsum(losses) if all(map(isfinite, losses)) else nan
    return total / images, 100.0 * wrong / images if isfinite(total) else nan
