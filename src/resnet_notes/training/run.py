"""The training job: from the resolved settings of one run and its data to the files of one folder.

Needs torch, NumPy and safetensors only, and knows nothing of Snakemake or DVC.
"""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from resnet_notes.data.tensors import Splits, load
from resnet_notes.errors import BadInput
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.training import checkpoint
from resnet_notes.training.batches import Batches, Standardiser
from resnet_notes.training.evaluation import error_percent
from resnet_notes.training.loop import Progress, fit
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.schedule import learning_rate
from resnet_notes.training.seeds import stream

STATE = "state.safetensors"
"""What an unfinished run leaves for its next start."""
HISTORY = ("step", "learning_rate", "train_loss", "train_error", "test_error")


Build = Callable[[dict, Splits], nn.Module]
"""What makes a network from the settings of its run and its data."""


def train_run(
    settings: dict,
    data: Path,
    folder: Path,
    on_step: Callable[[Progress], None],
    build: Build | None = None,
) -> None:
    """Train one network, or go on where an interrupted start of the same run stopped.

    Leaves ``checkpoint.safetensors`` (parameters and batch-normalisation statistics), ``history.csv`` (a row per
    evaluation) and ``metrics.json`` (final numbers) in ``folder``, the last one last.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called at the end of each step with where the training stands.
        build: makes the network at its start, from the run's seed; :func:`build_network` when left out.

    Raises:
        BadInput: the data does not fit the settings.
    """
    set_determinism(settings["threads"], settings["device"])
    device = torch.device(settings["device"])
    splits = load(data, settings["validation"], settings["pool"])
    standardise = Standardiser(splits.train.images)
    network = (build or build_network)(settings, splits).to(device).to(memory_format=torch.channels_last)
    optimiser = SGD(network.parameters(), settings["momentum"], settings["weight_decay"])
    progress = checkpoint.load_state(folder / STATE, network, optimiser)
    batches = make_batches(settings, splits, standardise, device)

    def error(split: str, count: int | None) -> float:
        images = getattr(splits, split)
        return error_percent(network, images.images[:count], images.labels[:count], standardise, device)

    def evaluate() -> dict:
        return {"test_error": error("test", settings["monitor"])}

    def save(progress: Progress) -> None:
        checkpoint.save_state(folder / STATE, network, optimiser, progress)

    fit(
        network,
        optimiser,
        batches.from_step(progress.step),
        lambda step: learning_rate(
            step, settings["steps"], settings["learning_rate"], settings["decay"], settings["warmup"]
        ),
        settings["steps"],
        settings["evaluate_every"],
        evaluate,
        progress,
        save,
        on_step,
    )
    checkpoint.save_tensors(folder / "checkpoint.safetensors", network.state_dict())
    checkpoint.write_history(folder / "history.csv", progress.history, HISTORY)
    train_error, test_error = error("train", settings["train_subset"]), error("test", settings["test_subset"])
    if progress.diverged_at_step is None and not math.isfinite(train_error + test_error):
        progress.diverged_at_step = progress.step - 1
    diverged = progress.diverged_at_step is not None
    metrics = {
        "train_error": None if diverged else train_error,
        "test_error": None if diverged else test_error,
        "train_loss": None if diverged else progress.history[-1]["train_loss"],
        "diverged_at_step": progress.diverged_at_step,
        "parameters": sum(p.numel() for p in network.parameters()),
    }
    checkpoint.write_json(folder / "metrics.json", metrics)
    (folder / STATE).unlink(missing_ok=True)


def build_network(settings: dict, splits: Splits) -> ConvNet:
    """Return the plain or residual network of a run, initialised from its seed."""
    network = ConvNet(settings["depth"], settings["architecture"] == "residual", **ends(settings, splits))
    he_initialise(network, stream(settings["seed"], "weights"))
    return network


def ends(settings: dict, splits: Splits) -> dict[str, int]:
    """Return what the images ask of any network: channels, classes, and the stride of its first convolution."""
    train = splits.train
    return {
        "in_channels": train.images.shape[1],
        "classes": int(train.labels.max()) + 1,
        "stem_stride": settings["stem_stride"],
    }


def make_batches(settings: dict, splits: Splits, standardise: Standardiser, device: torch.device) -> Batches:
    """Return the mini-batches of a run, in the order that its seed fixes."""
    train = splits.train
    if settings["batch"] > len(train):
        raise BadInput(f"recipe.batch = {settings['batch']}: the data set has {len(train)} training images")
    return Batches(
        train.images, train.labels, standardise, settings["batch"], settings["pad"], settings["seed"], device
    )
