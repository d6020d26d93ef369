"""The job of the experiment depth_gain: convolutional networks of rising depth and of about equal size."""

from collections.abc import Callable
from pathlib import Path

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import he_initialise
from resnet_notes.models.equal_width import EqualWidthNet, width_for
from resnet_notes.training import run
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> EqualWidthNet:
    """Return the network of a run: ``layers`` convolutions, as wide as about ``parameters`` parameters allow."""
    ends = run.ends(settings, splits)
    width = width_for(settings["parameters"], settings["layers"], ends["in_channels"], ends["classes"])
    network = EqualWidthNet(settings["layers"], width, **ends)
    he_initialise(network, stream(settings["seed"], "weights"))
    return network
