"""The job of the experiment up_down: a deep belief network that classifies, fine-tuned without backpropagation.

Source: Hinton, Osindero and Teh 2006, section 6: a greedy stack, then an RBM on its features and the labels, then the
up-down algorithm with more Gibbs steps as it goes on.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.data.tensors import Images, load
from resnet_notes.errors import BadInput
from resnet_notes.models.labelled_dbn import LabelledDBN
from resnet_notes.training.chains import on_device
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.finetuning import greedy_stack
from resnet_notes.training.greedy import PICTURED, probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.rbm import RBMTraining, fit_rbm, new_rbm
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows
from resnet_notes.training.wake_sleep import up_down

COLUMNS = ("epoch", "gibbs_steps", "train_error", "validation_error", "test_error")
AT_ONCE = 1000
"""Images that are classified in one go."""

DREAM_STEPS = 1000
"""Gibbs steps before a dream is looked at."""


def train_run(
    settings: dict,
    data: Path,
    folder: Path,
    on_step: Callable[[Progress], None],
    pretrained: Sequence[Path],
) -> None:
    """Train one network; leave ``network.safetensors``, ``dreams.safetensors`` and ``history.csv``.

    The dreams are an image of every label before and after the fine-tuning. The history has a row for the end of the
    greedy training, epoch 0, and one after each epoch: error (%) on the first ``monitor`` images of the training and of
    the validation split, and, at both ends alone, on all test images.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them: ``layers`` are the hidden
            units of the greedy stack's RBMs that are used, ``top`` those of the RBM on top of them.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each epoch with where the training stands, the greedy training of the top included.
        pretrained: the folder of the greedy stack, alone.

    Raises:
        BadInput: the data or the greedy stack does not fit the settings, or the training diverged.
    """
    set_determinism(settings["threads"], settings["device"])
    device, seed = torch.device(settings["device"]), settings["seed"]
    splits = load(data, settings["validation"])
    if settings["images"] > len(splits.train):
        raise BadInput(f"images = {settings['images']}: the training split has {len(splits.train)}")
    x = probabilities(splits.train, settings["images"], device)
    y = splits.train.labels[: settings["images"]].to(device)
    labels = F.one_hot(y, int(splits.train.labels.max()) + 1).float()
    scored = {
        "train_error": examples(splits.train, settings["monitor"], device),
        "validation_error": examples(splits.validation, settings["monitor"], device),
        "test_error": examples(splits.test, len(splits.test), device),
    }
    schedule = [k for k, epochs in zip(settings["gibbs_steps"], settings["epochs"], strict=True) for _ in range(epochs)]
    progress = Progress()
    rows: list[dict] = []

    def report(epoch: int, found: dict) -> None:
        progress.step = epoch
        progress.history.append({"step": epoch} | found)
        on_step(progress)

    def evaluate(epoch: int) -> dict:
        ends = ("test_error",) if epoch in (0, len(schedule)) else ()
        row: dict = {"epoch": epoch, "gibbs_steps": schedule[epoch - 1] if epoch else 0, "test_error": math.nan}
        row |= {name: error(network, *scored[name]) for name in ("train_error", "validation_error", *ends)}
        rows.append(row)
        return row

    stack = greedy_stack(pretrained[0], x.shape[1], settings["layers"], device)
    seen = torch.cat([stack.up(x), labels], dim=1)
    top = new_rbm(seen, settings["top"], stream(seed, "weights", "top"), labels=labels.shape[1])
    fit_rbm(top, seen, RBMTraining(**settings["rbm"]), stream(seed, "top").initial_seed(), on_epoch=report)
    network = LabelledDBN.untied(stack, top)
    dreams = {"greedy": dreamt(network, seed)}
    evaluate(0)
    generator = on_device(stream(seed, "up-down"), device)
    for epoch, gibbs_steps in enumerate(schedule, 1):
        order = torch.randperm(len(x), generator=stream(seed, "order", epoch)).to(device)
        for chosen in order.split(settings["batch"]):
            up_down(network, x[chosen], labels[chosen], gibbs_steps, settings["learning_rate"], generator)
        refuse_divergence(network, epoch, settings["learning_rate"])
        report(settings["rbm"]["epochs"] + epoch, evaluate(epoch))
    dreams["up_down"] = dreamt(network, seed)
    save_tensors(folder / "network.safetensors", network.tensors())
    save_tensors(folder / "dreams.safetensors", dreams)
    write_rows(folder / "history.csv", rows, COLUMNS)


def examples(images: Images, count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the first images of a split, [count, pixels], and their labels [count]."""
    return probabilities(images, count, device), images.labels[:count].to(device)


def refuse_divergence(network: LabelledDBN, epoch: int, learning_rate: float) -> None:
    """Refuse parameters that are not finite, with a `BadInput`."""
    if not all(torch.isfinite(part).all() for part in network.tensors().values()):
        raise BadInput(
            f"up_down diverged in epoch {epoch}: learning_rate = {learning_rate:g} is too large; take a tenth of it"
        )


def error(network: LabelledDBN, x: Tensor, y: Tensor) -> float:
    """Share of wrong labels in %; a NaN where there are no images."""
    if not len(x):
        return math.nan
    wrong = sum(
        int((network.classify(images) != labels).sum())
        for images, labels in zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True)
    )
    return 100.0 * wrong / len(y)


def dreamt(network: LabelledDBN, seed: int) -> Tensor:
    """One image of each label, of the first `PICTURED` ones, uint8 [labels, pixels]."""
    device = network.top.weights.device
    labels = torch.arange(min(network.top.labels, PICTURED), device=device)
    generator = on_device(stream(seed, "dreams"), device)
    return (network.sample(labels, DREAM_STEPS, generator) * 255).round().byte()
