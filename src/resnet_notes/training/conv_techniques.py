"""The job of the experiment conv_techniques: a convolutional network with some of the techniques for depth."""

from collections.abc import Callable
from pathlib import Path

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import he_initialise
from resnet_notes.models.technique_convnet import TechniqueConvNet
from resnet_notes.training import run
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> TechniqueConvNet:
    """Return the network of a run; whatever its techniques, its convolutions start alike with one seed."""
    dropout = stream(settings["seed"], "dropout").initial_seed()
    network = TechniqueConvNet(settings["depth"], settings["techniques"], dropout, **run.ends(settings, splits))
    he_initialise(network, stream(settings["seed"], "weights"))
    return network
