"""The job of residual networks whose blocks begin as identities: the last gain of each branch starts at zero.

Source: Goyal et al. 2017 (Accurate, Large Minibatch SGD, arXiv:1706.02677), section 5.1.
"""

from collections.abc import Callable
from pathlib import Path

from torch import nn

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import ConvNet
from resnet_notes.training import run
from resnet_notes.training.loop import Progress


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> ConvNet:
    """Return the network of a run: the residual network of the same seed with the last gain of every block zero."""
    network = run.build_network(settings | {"architecture": "residual"}, splits)
    for block in network.blocks:
        nn.init.zeros_(block.bn2.weight)  # type: ignore[union-attr]
    return network
