"""The job of the experiment probes: how well a linear classifier tells the classes from what each layer passes on.

Source: Alain and Bengio 2016 (arXiv:1610.01644).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from resnet_notes.data.tensors import Images
from resnet_notes.inside.linear_probe import COLUMNS, probe_layers, require_validation
from resnet_notes.inside.networks import Subject, examine_each, stem, untrained
from resnet_notes.models.convnet import ConvNet
from resnet_notes.training.loop import Progress
from resnet_notes.training.stack import write_rows


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Probe every network, and the same network before its training; leave ``probes.csv``.

    The columns: trained, 1 or 0; layer, how many layers with weights the features have gone through: 0 is the image, 1
    the stem, and every block adds two; features, how many numbers the probe sees; ridge, the one chosen; error, in % of
    the test images.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``images`` training images fit the probes,
            ``validation_images`` choose among ``ridges``, ``test_images`` give the error; the first ones of each split.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.

    Raises:
        BadInput: there are no validation images.
    """
    require_validation(settings)

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        return [
            {"trained": number} | row
            for number, probed in ((1, network), (0, untrained(subject, seed)))
            for row in probe_each_layer(subject, probed)
        ]

    write_rows(folder / "probes.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def probe_each_layer(subject: Subject, network: ConvNet) -> list[dict]:
    """Return the columns layer to error of the features after each layer of a network in evaluation mode."""
    rows = probe_layers(
        lambda images, count: features(subject, network, images, count), subject.splits, subject.settings
    )
    return [{"layer": 2 * block - 1 if block else 0} | row for block, row in enumerate(rows)]


@torch.inference_mode()
def features(subject: Subject, network: ConvNet, images: Images, count: int) -> list[np.ndarray]:
    """Return the first images, and what the stem and each block make of them: float32 [count, features] each."""
    parts = []
    for x, _ in subject.batches(images, count):
        states = [x, stem(network, x)]
        for block in network.blocks:
            states.append(block(states[-1]))
        parts.append([state.flatten(1).cpu().numpy() for state in states])
    return [np.concatenate(layer) for layer in zip(*parts, strict=True)]
