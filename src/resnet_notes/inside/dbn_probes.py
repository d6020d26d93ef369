"""The job of the experiment dbn_probes: how well a linear classifier does after each layer of a deep belief network.

Source: Alain and Bengio 2016 (arXiv:1610.01644), whose networks are trained with labels. A stack of RBMs sees none.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from resnet_notes.data.tensors import Images, Splits, load
from resnet_notes.inside.dbn_features import untrained
from resnet_notes.inside.linear_probe import COLUMNS, probe_layers, require_validation
from resnet_notes.models.dbn import DBN
from resnet_notes.training.greedy import probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.stack import write_rows


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Probe every stack, and the same stack before its training; leave ``dbn_probes.csv``.

    The columns are those of the examination of convolutional networks; a layer is its number of RBMs gone through, 0
    the image.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``layers`` of the stack, ``images`` training images
            fit the probes, ``validation_images`` choose among ``ridges``, ``test_images`` give the error; the first
            ones of each split.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each stack with where the examination stands.
        trained: the folders of the greedy runs, one for each seed.

    Raises:
        BadInput: there are no validation images.
    """
    require_validation(settings)
    set_determinism(settings["threads"], settings["device"])
    splits, device = load(data, settings["validation"]), torch.device(settings["device"])
    rows: list[dict] = []
    progress = Progress()
    for seed, run in zip(settings["seeds"], trained, strict=True):
        learned = DBN.of({name: part.to(device) for name, part in load_file(run / "dbn.safetensors").items()})
        for number, network in ((1, learned), (0, untrained(settings, splits, seed))):
            rows += [{"seed": seed, "trained": number} | row for row in probe_each_layer(network, splits, settings)]
        progress.step += 1
        on_step(progress)
    write_rows(folder / "dbn_probes.csv", rows, COLUMNS)


def probe_each_layer(network: DBN, splits: Splits, settings: dict) -> list[dict]:
    """Return the columns layer to error of the image and of each layer's probabilities."""
    rows = probe_layers(lambda images, count: features(network, images, count), splits, settings)
    return [{"layer": layer} | row for layer, row in enumerate(rows)]


def features(network: DBN, images: Images, count: int) -> list[np.ndarray]:
    """Return the first images and the probabilities of each layer's units, float64 [count, units] each.

    In float64, since every layer of new weights makes images some thirty times more alike: after six, float32 would not
    tell them apart.
    """
    exact = DBN.of({name: part.double() for name, part in network.tensors().items()})
    states = [probabilities(images, count, network.rbms[0].weights.device).double()]
    for rbm in exact.rbms:
        states.append(rbm.hidden_means(states[-1]))
    return [state.cpu().numpy() for state in states]
