"""The job of the experiment features: what the units of a convolutional network respond to, layer by layer.

Sources: Erhan, Bengio, Courville and Vincent 2009 for the inputs that are made; Zeiler and Fergus 2014
(arXiv:1311.2901), Figure 2, for the patches of test images that are found.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from resnet_notes.inside import maximisation
from resnet_notes.inside.networks import AT_ONCE, Subject, examine_each, stem, untrained
from resnet_notes.models.convnet import Block, ConvNet, shortcut_a
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Look at the first units of some layers; leave ``features.safetensors`` and ``features.csv``.

    The pictures, uint8 [H, W], are named seed/trained/layer/unit/part/place. Parts: weights (of the first layer alone);
    top, the patches of the test images where the unit responds most, one an image at most; maximised, the inputs that
    excite the unit in the middle of its map most, one for each start. Weights and inputs have grey 128 for zero.

    The columns: trained, 0 for the network that the training began with; layer; field, side of the receptive field in
    pixels before it is clipped to the image; unit; start; reached, the activation of the input made from that start;
    largest, that over the test images; agreement, the mean cosine between inputs of different starts. Activations are
    taken before the last ReLU, which would leave no gradient. An input has the mean norm of what the field in the
    middle sees of test images.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``units`` and ``starts`` of each layer, ``ascent``
            steps, ``images``, how many of the first test images are searched.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.
    """
    pictures: dict[str, Tensor] = {}

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        rows = []
        for is_trained, own in enumerate((untrained(subject, seed), network)):
            for blocks in shown(len(own.blocks)):
                layer = 1 + 2 * blocks
                generator = stream(seed, "starts", layer)
                found, about = features(subject, own.requires_grad_(False), blocks, generator)
                pictures.update({f"{seed}/{is_trained}/{layer}/{name}": picture for name, picture in found.items()})
                rows += [{"trained": is_trained, "layer": layer} | row for row in about]
        return rows

    rows = examine_each(settings, data, on_step, trained, look)
    save_tensors(folder / "features.safetensors", pictures)
    write_rows(folder / "features.csv", rows, maximisation.COLUMNS)


class Field(NamedTuple):
    """The pixels that the units of a layer see: those around every ``stride``-th, ``radius`` to each side."""

    radius: int
    stride: int

    @property
    def side(self) -> int:
        """Pixels in height and width, before it is clipped to the image."""
        return 2 * self.radius + 1

    def clipped(self, place: int, pixels: int) -> slice:
        """The rows (or columns) of an image of so many that the unit at a place of the map sees."""
        middle = place * self.stride
        return slice(max(middle - self.radius, 0), min(middle + self.radius + 1, pixels))


def shown(blocks: int) -> list[int]:
    """How many blocks lie below each layer that is shown: none (the stem), one, and all of two and of three stages.

    The first block stands for its stage: behind the later ones a unit sees the whole of a small image.
    """
    return sorted({0, 1, 2 * blocks // 3, blocks})


def field_of(network: ConvNet, blocks: int) -> Field:
    """Return the receptive field of the units behind some blocks; each 3x3 layer adds a pixel of its input's map."""
    radius, stride = 1, network.stem.stride[0]
    for block in list(network.blocks)[:blocks]:
        first = block.stride  # type: ignore[union-attr]
        radius, stride = radius + stride + stride * first, stride * first  # type: ignore[operator]
    return Field(radius, stride)  # type: ignore[arg-type]


def responses(network: ConvNet, blocks: int, x: Tensor) -> Tensor:
    """Return the maps [B, channels, H, W] of images behind some blocks, before the last ReLU."""
    if not blocks:
        return network.stem_bn(network.stem(x))
    *below, last = list(network.blocks)[:blocks]
    x = stem(network, x)
    for block in below:
        x = block(x)
    assert isinstance(last, Block)
    y = last.bn2(last.conv2(torch.relu(last.bn1(last.conv1(x)))))
    return y + shortcut_a(x, last.channels, last.stride) if last.residual else y


def features(
    subject: Subject, network: ConvNet, blocks: int, generator: torch.Generator
) -> tuple[dict[str, Tensor], list[dict]]:
    """Look at the first units behind some blocks of a network.

    Args:
        subject: settings and images.
        network: trained or not, in evaluation mode, its parameters without gradients.
        blocks: how many, 0 for the stem.
        generator: of the starts, on the CPU; it is advanced.

    Returns:
        Pictures by unit/part/place, and the rows of :func:`maximisation.rows`.
    """
    settings, field = subject.settings, field_of(network, blocks)
    x = torch.cat([x for x, _ in subject.batches(subject.splits.test, settings["images"])])
    with torch.no_grad():
        maps = torch.cat([responses(network, blocks, part)[:, : settings["units"]] for part in x.split(AT_ONCE)])
    _, units, height, width = maps.shape
    row, column = height // 2, width // 2
    seen = (..., field.clipped(row, x.shape[2]), field.clipped(column, x.shape[3]))
    start = x.new_zeros(units, settings["starts"], *x.shape[1:])
    start[seen] = maximisation.noise(start[seen].shape, generator).to(x)
    made, reached = maximisation.maximise(
        lambda x: responses(network, blocks, x)[:, :units, row, column],
        start,
        maximisation.mean_norm(x[seen]),
        settings["ascent"],
    )
    pictures = top_patches(maps, subject.splits.test.images, field)
    for unit in range(units):
        for place, found in enumerate(made[unit]):
            pictures[f"{unit}/maximised/{place}"] = maximisation.signed_greys(found[seen])
        if not blocks:
            pictures[f"{unit}/weights/0"] = maximisation.signed_greys(network.stem.weight[unit])
    return pictures, maximisation.rows(field.side, made, reached, maps.amax(dim=(0, 2, 3)).tolist())


def top_patches(maps: Tensor, images: Tensor, field: Field) -> dict[str, Tensor]:
    """Return the patches of images where units respond most, by unit/top/rank, uint8 [H, W] clipped to the image.

    Args:
        maps: responses of the units [N, units, h, w].
        images: uint8 [N or more, C, H, W].
        field: what a place of the map sees.
    """
    patches = {}
    for unit, ranked in enumerate(maximisation.strongest(maps.amax(dim=(2, 3))).tolist()):
        for rank, index in enumerate(ranked):
            row, column = divmod(int(maps[index, unit].flatten().argmax()), maps.shape[3])
            image = images[index][:, field.clipped(row, images.shape[2]), field.clipped(column, images.shape[3])]
            patches[f"{unit}/top/{rank}"] = maximisation.greys(image)
    return patches
