"""The job of residual networks with pre-activation (He et al. 2016, arXiv:1603.05027)."""

from collections.abc import Callable
from pathlib import Path

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import he_initialise
from resnet_notes.models.pre_activation import PreActivationNet
from resnet_notes.training import run
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> PreActivationNet:
    """Return the network of a run; its convolutions start as those of the residual network of the same seed."""
    network = PreActivationNet(settings["depth"], **run.ends(settings, splits))
    he_initialise(network, stream(settings["seed"], "weights"))
    return network
