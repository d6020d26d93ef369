"""The job of the experiment gradients: how large the gradient of each layer's weights is, along a training.

Source: Yang et al. 2019 (arXiv:1902.08129): at the start of the training of a network with batch normalisation and
without shortcuts, gradients grow exponentially from the last layer to the first.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside.networks import Subject, examine_each
from resnet_notes.models.convnet import ConvNet
from resnet_notes.training.loop import Progress, fit
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.run import build_network, make_batches
from resnet_notes.training.schedule import learning_rate
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "step", "layer", "log10_norm")


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Train every network again up to the last wanted step, and measure on the way and at the end of its own training.

    Leaves ``gradients.csv``. The columns: step, how many steps of training came before; layer, from 1, convolutions and
    at last the dense layer; log10_norm, of the loss's gradient with respect to the layer's weights, see `log_norms`.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``measure_at`` are the wanted steps before the end,
            which is after ``training_steps``; the first ``images`` training images are used; the recipe is that of the
            trained networks.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.

    Raises:
        BadInput: a wanted step that is not before the end of the training.
    """
    end = settings["training_steps"]
    for step in settings["measure_at"]:
        if step >= end:
            raise BadInput(f"gradients.measure_at: step {step} is not before the end of the training, {end} steps")

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        images = subject.splits.train
        count = settings["images"]
        x = subject.standardise(images.images[:count].to(subject.device))
        y = images.labels[:count].to(subject.device)
        return [
            {"step": step, "layer": layer, "log10_norm": norm}
            for step, then in chain(trained_again(subject, seed), [(end, network)])
            for layer, norm in enumerate(log_norms(then, x, y), 1)
        ]

    write_rows(folder / "gradients.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def trained_again(subject: Subject, seed: int) -> Iterator[tuple[int, ConvNet]]:
    """Yield the wanted steps in ascending order and the network after each, the same bits as in its own training.

    It is one network that goes on training: look at it before the next one is asked for.
    """
    settings: dict = subject.settings | {"seed": seed}
    network = build_network(settings, subject.splits).to(subject.device).to(memory_format=torch.channels_last)
    optimiser, progress = SGD(network.parameters(), settings["momentum"], settings["weight_decay"]), Progress()
    batches = make_batches(settings, subject.splits, subject.standardise, subject.device)
    end = settings["training_steps"]

    def rate(step: int) -> float:
        return learning_rate(step, end, settings["learning_rate"], settings["decay"], settings["warmup"])

    for wanted in sorted(settings["measure_at"]):
        fit(
            network,
            optimiser,
            batches.from_step(progress.step),
            rate,
            steps=wanted,
            evaluate_every=end,
            evaluate=dict,
            progress=progress,
            on_evaluation=lambda _: None,
            on_step=lambda _: None,
        )
        yield wanted, network


def log_norms(network: ConvNet, x: Tensor, y: Tensor) -> list[float]:
    """Return log10 of the Euclidean norm of the loss's gradient with respect to each layer's weights, in their order.

    The loss is the mean cross-entropy of the images as one mini-batch, whose statistics normalise it, as in a step of
    training and without the penalty of weight decay. The network is left as it is. A NaN where the norm is zero or not
    finite.

    Args:
        network: in any mode.
        x: images [B, C, H, W].
        y: labels [B].
    """
    own = deepcopy(network).train()  # a pass in training mode moves the running statistics
    weights = [module.weight for module in own.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    gradients = torch.autograd.grad(F.cross_entropy(own(x), y), weights)
    norms = [float(gradient.double().square().sum()) ** 0.5 for gradient in gradients]
    return [math.log10(norm) if 0.0 < norm < math.inf else math.nan for norm in norms]
