"""The job of the experiment likelihood: an RBM on binarised images, its log-likelihood along the training.

Sources: Salakhutdinov and Murray 2008 and Burda, Grosse and Salakhutdinov 2015 (Table 1: 20 hidden units), who binarise
MNIST at random and report test log-likelihoods of CD and PCD.
"""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.models.ais import ais, base_rate_bias, estimate_both_ways
from resnet_notes.models.log_partition import Enumeration, log_likelihood
from resnet_notes.models.rbm import RBM
from resnet_notes.training.chains import on_device
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.rbm import RBMTraining, fit_rbm, new_rbm
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows

ENUMERATED = 20
"""Hidden units up to which log Z is exact."""

BINARISATION = 0
"""Seed of the binarised pixels, which all runs share."""

ESTIMATES = tuple(f"ais_{way}{end}" for way in ("forward", "backward") for end in ("", "_low", "_high"))
COLUMNS = ("epoch", "updates", "train_log_likelihood", "test_log_likelihood", "log_z", *ESTIMATES)


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one RBM; leave ``rbm.safetensors`` and, last, ``history.csv`` with a row per evaluation.

    Args:
        settings: ``dataset``, ``validation``, ``images``, ``hidden``, ``method``, ``k``, ``seed``, ``rbm`` (the other
            fields of :class:`RBMTraining`), ``evaluate_at`` (epochs), ``betas``, ``chains``, ``steps`` (epochs),
            ``device``, ``threads``.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each epoch with where the training stands.

    The columns of the history: means over the images of log p(x) in nats, given ``log_z``, which is exact for up to 20
    hidden units and else the forward estimate; at the last epoch the estimates of log Z both ways with their intervals,
    empty before.

    Raises:
        BadInput: the data does not fit the settings.
    """
    set_determinism(settings["threads"], settings["device"])
    train, test = binarised(settings, data)
    training = RBMTraining(method=settings["method"], k=settings["k"], **settings["rbm"])
    rbm = new_rbm(train, settings["hidden"], stream(settings["seed"], "rbm"))
    updates = len(train) // training.batch
    progress = Progress()
    rows: list[dict] = []

    def evaluate(epoch: int) -> None:
        if epoch in settings["evaluate_at"]:
            likelihoods = evaluation(rbm, train, test, settings, last=epoch == settings["steps"])
            rows.append({"epoch": epoch, "updates": epoch * updates, **likelihoods})
            progress.history.append({"step": epoch, **likelihoods})

    def on_epoch(epoch: int, row: dict) -> None:
        evaluate(epoch)
        progress.step = epoch
        on_step(progress)

    evaluate(0)
    fit_rbm(rbm, train, training, settings["seed"], on_epoch=on_epoch)
    parts = {"weights": rbm.weights, "visible_bias": rbm.visible_bias, "hidden_bias": rbm.hidden_bias}
    save_tensors(folder / "rbm.safetensors", parts)
    write_rows(folder / "history.csv", rows, COLUMNS)


def binarised(settings: dict, data: Path) -> tuple[Tensor, Tensor]:
    """``images`` training images and all test images with pixels of 0 and 1, float32 [N, V].

    Each pixel is 1 with its grey value as probability.

    Raises:
        BadInput: the train split has fewer images than ``images``.
    """
    splits = load(data, settings["validation"], 1)
    if settings["images"] > len(splits.train):
        raise BadInput(f"likelihood.images = {settings['images']}: the train split has {len(splits.train)} images")
    parts = []
    for name, images in (("train", splits.train.images[: settings["images"]]), ("test", splits.test.images)):
        grey = images.flatten(1).float() / 255.0
        uniform = torch.rand(grey.shape, generator=stream(BINARISATION, "binarised", name))
        parts.append((uniform < grey).float().to(settings["device"]))
    train, test = parts
    return train, test


def evaluation(rbm: RBM, train: Tensor, test: Tensor, settings: dict, last: bool) -> dict[str, float]:
    """The columns of one evaluation but for its epoch; ``last`` says whether log Z is estimated both ways, too."""
    device = rbm.weights.device
    exact = Enumeration(rbm) if settings["hidden"] <= ENUMERATED else None
    draws = stream(settings["seed"], "ais")
    generator = draws if exact else on_device(draws, device)
    betas = [step / settings["betas"] for step in range(settings["betas"] + 1)]
    row = dict.fromkeys(ESTIMATES, math.nan)
    if last:
        ways = estimate_both_ways(rbm, base_rate_bias(train), settings["chains"], betas, generator, exact)
        for way, estimate in zip(("forward", "backward"), ways, strict=True):
            ends = (estimate.log_z, estimate.low, estimate.high)
            row |= dict(zip((f"ais_{way}", f"ais_{way}_low", f"ais_{way}_high"), ends, strict=True))
    if exact:
        log_z = exact.log_z
    elif last:
        log_z = row["ais_forward"]
    else:
        log_z = ais(rbm, base_rate_bias(train), settings["chains"], betas, generator).log_z
    means = {}
    for name, x in (("train", train), ("test", test)):
        values = log_likelihood(rbm, x, log_z)
        means[f"{name}_log_likelihood"] = math.fsum(values) / len(values)
    return {**means, "log_z": log_z, **row}
