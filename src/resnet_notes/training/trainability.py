"""The job of the experiment trainability: tanh networks of one depth from many weight variances, trained for a while.

Source: Schoenholz et al. 2017 (arXiv:1611.01232), Figure 5, where deeper networks, wider and trained longer, show up to
which depth a weight variance lets the signal and hence the gradient through.
"""

import math
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from resnet_notes.data.tensors import Images, load
from resnet_notes.errors import BadInput
from resnet_notes.models.mlp import MLPStack, mlp_stack
from resnet_notes.training.batches import Batches, Standardiser
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import GradientDescent, cross_entropy, fit_stack, write_rows

COLUMNS = ("weight_variance", "seed", "step", "train_error", "test_error")


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train a network for every weight variance and seed; leave ``history.csv``, a row per network and evaluation.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them; ``layers`` hidden layers.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called at the end of each step with where the training stands.

    Raises:
        BadInput: the data does not fit the settings.
    """
    set_determinism(settings["threads"], settings["device"])
    device = torch.device(settings["device"])
    splits = load(data, settings["validation"], settings["pool"])
    standardise = Standardiser(splits.train.images)
    for name, images in (("batch", splits.train), ("subset", splits.train), ("subset", splits.test)):
        if settings[name] > len(images):
            raise BadInput(f"trainability.{name} = {settings[name]}: a part of the data set has {len(images)} images")
    networks = list(product(settings["weight_variances"], settings["seeds"]))
    stack = build_stack(settings, networks, splits.train, device)
    subsets = [first(images, settings["subset"], standardise, device) for images in (splits.train, splits.test)]
    rows: list[dict] = []

    def evaluate(step: int) -> dict:
        train, test = (error_percent(stack, *images) for images in subsets)
        for (variance, seed), *errors in zip(networks, train.tolist(), test.tolist(), strict=True):
            rows.append(dict(zip(COLUMNS, (variance, seed, step, *errors), strict=True)))
        return {"train_error": train.mean().item(), "test_error": test.mean().item()}

    batches = [
        Batches(splits.train.images, splits.train.labels, standardise, settings["batch"], 0, seed, device)
        for seed in settings["seeds"]
    ]
    fit_stack(
        stack,
        GradientDescent(stack.parameters),
        shared_by_seed(batches, len(settings["weight_variances"])),
        cross_entropy,
        lambda step: settings["learning_rate"],
        settings["steps"],
        settings["evaluate_every"],
        evaluate,
        on_step,
    )
    write_rows(folder / "history.csv", rows, COLUMNS)


def build_stack(settings: dict, networks: list[tuple[float, int]], images: Images, device: torch.device) -> MLPStack:
    """Return the networks, each drawn from its seed: the same normal deviates under every weight variance."""
    sizes = [images.images[0].numel(), *[settings["width"]] * settings["layers"], int(images.labels.max()) + 1]
    return mlp_stack(
        sizes,
        torch.tanh,
        [math.sqrt(variance) for variance, _ in networks],
        [math.sqrt(settings["bias_variance"])] * len(networks),
        [stream(seed, "weights") for _, seed in networks],
        device,
    )


def shared_by_seed(batches: list[Batches], variances: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the mini-batches of every seed [seeds, B, ...], repeated for each weight variance, as the stack lies."""
    for parts in zip(*(own.from_step(0) for own in batches), strict=True):
        x = torch.stack([images.flatten(1) for images, _ in parts])
        y = torch.stack([labels for _, labels in parts])
        yield x.repeat(variances, 1, 1), y.repeat(variances, 1)


def first(images: Images, count: int, standardise: Standardiser, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the first images, float32 [count, pixels], and their labels."""
    return standardise(images.images[:count].to(device)).flatten(1), images.labels[:count].to(device)


def error_percent(stack: MLPStack, x: Tensor, y: Tensor) -> Tensor:
    """Return the percentage of misclassified images per network, float64 [S]; a NaN where an output is not finite."""
    wrong = torch.zeros(len(stack), dtype=torch.float64, device=x.device)
    for images, labels in zip(x.split(250), y.split(250), strict=True):
        outputs = stack(images)
        missed = (outputs.argmax(dim=2) != labels).sum(dim=1).double()
        wrong += missed.masked_fill(~torch.isfinite(outputs).all(dim=2).all(dim=1), math.nan)
    return 100.0 * wrong / len(y)
