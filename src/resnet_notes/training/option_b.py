"""The job of residual networks with option-B shortcuts (He et al. 2015, arXiv:1512.03385, section 3.3)."""

from collections.abc import Callable
from pathlib import Path

from torch import nn

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.models.option_b import with_projections
from resnet_notes.training import run
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> ConvNet:
    """Return the residual network of the same seed with projections, whose weights are a stream of their own."""
    network = run.build_network(settings | {"architecture": "residual"}, splits)
    he_initialise(nn.ModuleList(with_projections(network)), stream(settings["seed"], "projections"))
    return network
