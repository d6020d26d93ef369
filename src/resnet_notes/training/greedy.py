"""The job of greedy pretraining: a stack of RBMs, each trained on what the one below it makes of the images.

Source: Hinton, Osindero and Teh 2006, section 4. One stack serves networks of every depth, since its first layers do
not depend on those above them.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from resnet_notes.data.tensors import Images, load
from resnet_notes.errors import BadInput
from resnet_notes.models.dbn import DBN
from resnet_notes.models.rbm import RBM
from resnet_notes.training.chains import on_device
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.rbm import RBMTraining, fit_rbm, new_rbm
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows

PICTURED = 10
"""Images, units and chains that a run leaves pictures of."""

CHAIN_STEPS = (1, 10, 100, 1000)
"""Gibbs steps after which a chain is looked at."""

COLUMNS = ("layer", "epoch", "reconstruction_error", "free_energy_gap", "pseudo_likelihood")


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train a greedy stack; leave ``dbn.safetensors``, ``pictures.safetensors`` and ``history.csv``.

    The history has a row per layer and epoch; the pictures are those of :func:`pictures`.

    Pixels and the activities of hidden units are probabilities, which are neither sampled nor made binary.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them; ``layers`` are the numbers of
            hidden units from the lowest RBM to the highest.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each epoch with where the training stands, counted in epochs of all layers.

    Raises:
        BadInput: the data does not fit the settings, or an RBM diverged.
    """
    set_determinism(settings["threads"], settings["device"])
    splits = load(data, settings["validation"])
    if settings["images"] > len(splits.train):
        raise BadInput(f"images = {settings['images']}: the training split has {len(splits.train)}")
    device = torch.device(settings["device"])
    x = probabilities(splits.train, settings["images"], device)
    held_out = probabilities(splits.validation, settings["images"], device) if len(splits.validation) else None
    training, progress = RBMTraining(**settings["rbm"]), Progress()
    rbms: list[RBM] = []
    rows: list[dict] = []
    for layer, hidden in enumerate(settings["layers"], 1):

        def on_epoch(epoch: int, found: dict, layer: int = layer) -> None:
            rows.append({"layer": layer, "epoch": epoch} | found)
            progress.step += 1
            progress.history.append({"step": progress.step} | found)
            on_step(progress)

        rbm = new_rbm(x, hidden, stream(settings["seed"], "weights", layer))
        seed = stream(settings["seed"], "rbm", layer).initial_seed()
        fit_rbm(rbm, x, training, seed, on_epoch=on_epoch, validation=held_out)
        rbms.append(rbm)
        x = rbm.hidden_means(x)
        held_out = None if held_out is None else rbm.hidden_means(held_out)
    network = DBN(rbms)
    save_tensors(folder / "dbn.safetensors", network.tensors())
    seen = probabilities(splits.test, PICTURED, device)
    save_tensors(folder / "pictures.safetensors", pictures(network, seen, settings["seed"]))
    write_rows(folder / "history.csv", rows, COLUMNS)


def pictures(network: DBN, images: Tensor, seed: int) -> dict[str, Tensor]:
    """What a network makes of images, and what it makes up, uint8 [..., pixels].

    Args:
        network: as trained.
        images: [N, pixels] from 0 to 1.
        seed: of the chains.

    Returns:
        images: as they are, [N, pixels].
        reconstructions: up to each layer and down again, by means, [layers, N, pixels].
        chain.1 and so on: images that `PICTURED` running chains of the highest RBM stand for after each of
            `CHAIN_STEPS`, [chains, pixels].
    """
    layers = range(1, len(network.rbms) + 1)
    shown = torch.stack([network.down(network.up(images, layer), layer) for layer in layers])
    found = {"images": images, "reconstructions": shown}
    for steps in CHAIN_STEPS:  # the same chains, each time from their start
        generator = on_device(stream(seed, "pictures"), images.device)
        found[f"chain.{steps}"] = network.sample(PICTURED, steps, generator)
    return {name: (grey * 255).round().byte() for name, grey in found.items()}


def probabilities(images: Images, count: int, device: torch.device) -> torch.Tensor:
    """Return the first ``count`` images, float32 [count, pixels] from 0 to 1."""
    return images.images[:count].to(device).flatten(1).float().div_(255)
