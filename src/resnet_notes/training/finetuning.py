"""The job of fine-tuning: deep sigmoid networks of one depth from one initialisation, a network for each seed.

Sources: Hinton and Salakhutdinov 2006; Erhan et al. 2010, whose comparison of random and pretrained weights this is.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.models.dbn import DBN
from resnet_notes.models.initialisations import pretrained_stack, random_stack
from resnet_notes.models.mlp import MLPStack
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.greedy import probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import Networks, cross_entropy, fit_stack, write_rows

COLUMNS = ("seed", "step", "train_loss", "train_error", "distance", "norm", "test_error")
GRADIENT_COLUMNS = ("seed", "step", "layer", "gradient_sd")
AT_ONCE = 500
"""Images that are classified in one go."""


def train_run(
    settings: dict,
    data: Path,
    folder: Path,
    on_step: Callable[[Progress], None],
    pretrained: Sequence[Path] = (),
) -> None:
    """Train a network for every seed; leave ``checkpoint.safetensors``, ``gradients.csv`` and ``history.csv``.

    The history has a row per network at the start and at every evaluation: loss (nats) and error (%) on the first
    ``train_subset`` of the training images, the Euclidean distance of all weights from their start, their norm, and, at
    the end alone, the error (%) on all test images.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them; ``layers`` are the numbers of
            units of the hidden layers.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called at the end of each step with where the training stands.
        pretrained: for the initialisation ``rbm``, the folders of the seeds' greedy stacks.

    Raises:
        BadInput: the data or the greedy stacks do not fit the settings.
    """
    set_determinism(settings["threads"], settings["device"])
    device = torch.device(settings["device"])
    splits = load(data, settings["validation"])
    if settings["images"] > len(splits.train):
        raise BadInput(f"images = {settings['images']}: the training split has {len(splits.train)}")
    x, y = probabilities(splits.train, settings["images"], device), splits.train.labels[: settings["images"]].to(device)
    test = probabilities(splits.test, len(splits.test), device), splits.test.labels.to(device)
    subset = x[: settings["train_subset"]], y[: settings["train_subset"]]
    stack = build_stack(settings, x.shape[1], int(splits.train.labels.max()) + 1, pretrained, device)
    start = [weight.detach().clone() for weight in stack.weights]
    gradients = gradient_rows(settings["seeds"], 0, stack, *subset)
    rows: list[dict] = []

    def evaluate(step: int) -> dict:
        loss, error = scores(stack, *subset)
        found = [loss, error, distances(stack.weights, start), distances(stack.weights)]
        last = scores(stack, *test)[1] if step == settings["steps"] else [math.nan] * len(stack)
        for row in zip(settings["seeds"], [step] * len(stack), *found, last, strict=True):
            rows.append(dict(zip(COLUMNS, row, strict=True)))
        mean_error = math.fsum(error) / len(error)
        return {"train_error": mean_error, "test_error": math.fsum(last) / len(last)}

    evaluate(0)
    fit_stack(
        stack,
        SGD(stack.parameters, settings["momentum"], settings["weight_decay"]),
        batches(x, y, settings["batch"], settings["seeds"]),
        cross_entropy,
        lambda step: settings["learning_rate"],
        settings["steps"],
        settings["evaluate_every"],
        evaluate,
        on_step,
    )
    gradients += gradient_rows(settings["seeds"], settings["steps"], stack, *subset)
    named = {"weights": stack.weights, "biases": stack.biases}
    tensors = {f"{name}.{layer}": part for name, parts in named.items() for layer, part in enumerate(parts)}
    save_tensors(folder / "checkpoint.safetensors", tensors)
    write_rows(folder / "gradients.csv", gradients, GRADIENT_COLUMNS)
    write_rows(folder / "history.csv", rows, COLUMNS)


def build_stack(
    settings: dict, inputs: int, classes: int, pretrained: Sequence[Path], device: torch.device
) -> MLPStack:
    """Return the networks at their start, one for each seed."""
    generators = [stream(seed, "weights") for seed in settings["seeds"]]
    if settings["initialisation"] != "rbm":
        return random_stack([inputs, *settings["layers"], classes], settings["initialisation"], generators, device)
    if len(pretrained) != len(settings["seeds"]):
        raise BadInput(f"{len(pretrained)} greedy stacks for {len(settings['seeds'])} seeds: give one for each")
    networks = [greedy_stack(folder, inputs, settings["layers"], device) for folder in pretrained]
    return pretrained_stack(networks, len(settings["layers"]), classes, generators, device)


def greedy_stack(folder: Path, inputs: int, layers: Sequence[int], device: torch.device) -> DBN:
    """Return the lowest RBMs that a greedy pretraining has left.

    Args:
        folder: the greedy run's.
        inputs: visible units that they must have.
        layers: hidden units of each.
        device: where they are put.

    Raises:
        BadInput: they have other sizes, or there are too few.
    """
    network = DBN.of(load_file(folder / "dbn.safetensors", device=str(device)))
    sizes = [len(network.rbms[0].visible_bias), *(len(rbm.hidden_bias) for rbm in network.rbms)]
    if sizes[: len(layers) + 1] != [inputs, *layers]:
        needed = "-".join(map(str, [inputs, *layers]))
        raise BadInput(f"{folder}: a greedy stack of {'-'.join(map(str, sizes))} units, {needed} are needed")
    return DBN(network.rbms[: len(layers)])


def batches(x: Tensor, y: Tensor, batch: int, seeds: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images [S, B, pixels] and labels [S, B] without end: every seed has an order of its own in each epoch."""
    epoch = 0
    while True:
        orders = [torch.randperm(len(x), generator=stream(seed, "order", epoch)) for seed in seeds]
        order = torch.stack(orders).to(x.device)
        for first in range(0, len(x) - batch + 1, batch):
            chosen = order[:, first : first + batch]
            images = x.index_select(0, chosen.flatten())  # twice as fast as x[chosen]
            yield images.view(*chosen.shape, -1), y[chosen]
        epoch += 1


@torch.no_grad()
def scores(stack: Networks, x: Tensor, y: Tensor) -> tuple[list[float], list[float]]:
    """Return the mean cross-entropy (nats) and the error (%) of every network; a NaN where an output is not finite."""
    loss = torch.zeros(len(stack), dtype=torch.float64, device=x.device)
    wrong = torch.zeros_like(loss)
    for images, labels in zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True):
        outputs = stack(images)
        loss += cross_entropy(outputs, labels).double() * len(labels)
        wrong += (outputs.argmax(dim=2) != labels).sum(dim=1)
    wrong.masked_fill_(~torch.isfinite(loss), math.nan)
    return (loss / len(y)).tolist(), (100.0 * wrong / len(y)).tolist()


def distances(weights: Sequence[Tensor], start: Sequence[Tensor] | None = None) -> list[float]:
    """Return the Euclidean norm of each network's weights, less those at the start when given."""
    total = torch.zeros(len(weights[0]), dtype=torch.float64, device=weights[0].device)
    for layer, weight in enumerate(weights):
        moved = weight.detach().double() - (start[layer].double() if start is not None else 0.0)
        total += moved.square_().flatten(1).sum(dim=1)
    return [math.sqrt(square) for square in total.tolist()]


def gradient_rows(seeds: Sequence[int], step: int, stack: MLPStack, x: Tensor, y: Tensor) -> list[dict]:
    """Return the standard deviation of the weight gradients of each network's layers, counted from 1."""
    sums = [torch.zeros_like(weight) for weight in stack.weights]
    for images, labels in zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True):
        losses = cross_entropy(stack(images), labels) * (len(labels) / len(y))
        for total, gradient in zip(sums, torch.autograd.grad(losses.sum(), stack.weights), strict=True):
            total += gradient
    rows = []
    for layer, total in enumerate(sums, 1):
        for seed, variance in zip(seeds, total.double().flatten(1).var(dim=1, correction=0).tolist(), strict=True):
            rows.append(dict(zip(GRADIENT_COLUMNS, (seed, step, layer, variance**0.5), strict=True)))
    return rows
