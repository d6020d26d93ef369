"""Trained convolutional networks and the images that they are looked at with."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from resnet_notes.data.tensors import Images, Splits, load
from resnet_notes.errors import BadInput
from resnet_notes.models.convnet import BatchNorm, ConvNet
from resnet_notes.training.batches import Standardiser
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.run import build_network

AT_ONCE = 256
"""Images that go through a network in one go."""

STATISTICS = 5000
"""Training images whose statistics normalise an untrained network."""


class Subject:
    """A group of trained networks that differ by their seed alone, and their data set.

    Args:
        settings: ``architecture``, ``depth``, ``stem_stride``, ``pool``, ``validation``, ``seeds`` and ``device``.
        data: the data set's folder.
        trained: the runs' folders, one for each seed, with their ``checkpoint.safetensors``.

    Raises:
        BadInput: there is not one folder for each seed.
    """

    def __init__(self, settings: dict, data: Path, trained: Sequence[Path]) -> None:
        if len(trained) != len(settings["seeds"]):
            raise BadInput(f"{len(trained)} trained networks for {len(settings['seeds'])} seeds: give one for each")
        self.settings, self.trained = settings, trained
        self.device = torch.device(settings["device"])
        self.splits: Splits = load(data, settings["validation"], settings["pool"])
        self.standardise = Standardiser(self.splits.train.images)

    def __iter__(self) -> Iterator[tuple[int, ConvNet]]:
        """Yield every seed and its network, in evaluation mode."""
        for seed, folder in zip(self.settings["seeds"], self.trained, strict=True):
            network = self.new(self.settings["depth"])
            network.load_state_dict(load_file(folder / "checkpoint.safetensors"))
            yield seed, network.eval()

    def new(self, depth: int) -> ConvNet:
        """Return a network of some depth with the weights that torch gives it."""
        train = self.splits.train
        network = ConvNet(
            depth,
            self.settings["architecture"] == "residual",
            in_channels=train.images.shape[1],
            classes=int(train.labels.max()) + 1,
            stem_stride=self.settings["stem_stride"],
        )
        return network.to(self.device).to(memory_format=torch.channels_last)

    def batches(self, images: Images, count: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the first ``count`` images, float32 [B, C, H, W], with their labels [B]."""
        pairs = zip(images.images[:count].split(AT_ONCE), images.labels[:count].split(AT_ONCE), strict=True)
        for x, y in pairs:
            yield self.standardise(x.to(self.device)), y.to(self.device)


def untrained(subject: Subject, seed: int) -> ConvNet:
    """Return the network that a training began with, in evaluation mode, its batch normalisation used to images.

    It has no running statistics yet: they become those of the first `STATISTICS` training images.
    """
    network = build_network(subject.settings | {"seed": seed}, subject.splits)
    network = network.to(subject.device).to(memory_format=torch.channels_last)
    set_statistics(network, subject.standardise(subject.splits.train.images[:STATISTICS].to(subject.device)))
    return network


@torch.inference_mode()
def set_statistics(network: ConvNet, x: Tensor) -> None:
    """Put a network into evaluation mode with the running statistics that images [B, C, H, W] have as one mini-batch.

    Each normalisation gets the mean and the variance of its own input, the ones
    before it being set already.
    """

    def take(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        seen = inputs[0].double()
        mean = seen.mean(dim=(0, 2, 3))
        norm.running_mean.copy_(mean)  # type: ignore[union-attr, operator]
        norm.running_var.copy_((seen - mean[:, None, None]).square().mean(dim=(0, 2, 3)))  # type: ignore[union-attr, operator]

    norms = [module for module in network.modules() if isinstance(module, BatchNorm)]
    handles = [norm.register_forward_pre_hook(take) for norm in norms]
    network.eval()(x)
    for handle in handles:
        handle.remove()


def examine_each(
    settings: dict,
    data: Path,
    on_step: Callable[[Progress], None],
    trained: Sequence[Path],
    look: Callable[[Subject, int, ConvNet], list[dict]],
) -> list[dict]:
    """Look at every network of a group; return the rows of all of them, each with its seed.

    Args:
        settings: as for :class:`Subject`, with ``threads``.
        data: the data set's folder.
        on_step: called after each network with where the examination stands.
        trained: the runs' folders, one for each seed.
        look: gives the rows of a network, without the seed.
    """
    set_determinism(settings["threads"], settings["device"])
    subject, progress, rows = Subject(settings, data, trained), Progress(), []
    for seed, network in subject:
        rows += [{"seed": seed} | row for row in look(subject, seed, network)]
        progress.step += 1
        on_step(progress)
    return rows


def stem(network: ConvNet, x: Tensor) -> Tensor:
    """What the first block of a network sees of images [B, C, H, W]."""
    return torch.relu_(network.stem_bn(network.stem(x)))


def head(network: ConvNet, x: Tensor) -> Tensor:
    """Logits [B, classes] of what the last block gives."""
    return network.head(x.mean(dim=(2, 3)))


def through(network: ConvNet, blocks: Sequence[nn.Module], x: Tensor) -> Tensor:
    """Logits [B, classes] that some blocks and the network's head give of what the first of them sees."""
    for block in blocks:
        x = block(x)
    return head(network, x)
