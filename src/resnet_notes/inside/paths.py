"""The job of the experiment paths: how much gradient the paths of each length carry through a residual network.

Source: Veit, Wilber and Belongie 2016 (arXiv:1605.06431), section 5 and Figure 6: a residual network of n blocks is a
sum of 2^n paths, each of which takes the branch of some blocks and the shortcut of the others.
"""

from collections.abc import Callable, Sequence
from math import fsum
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.inside.networks import Subject, examine_each, head, stem
from resnet_notes.models.convnet import Block, ConvNet, shortcut_a
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "blocks", "length", "gradient")


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Measure paths of every length; leave ``paths.csv``.

    The columns: blocks, those of the network; length, how many branches a path takes; gradient, the norm of the loss's
    gradient with respect to what the first block sees, when it flows back along such a path alone, averaged over
    ``draws`` random paths of that length and over mini-batches.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them; the first ``images`` training images are used.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.

    Raises:
        BadInput: a plain network, which has a single path.
    """
    if settings["architecture"] != "residual":
        raise BadInput("paths: a plain network has one path; examine residual ones")

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        batches = list(subject.batches(subject.splits.train, settings["images"]))
        blocks, rows = len(network.blocks), []
        for length in range(blocks + 1):
            found = [
                path_gradient(network, path, x, y)
                for draw in range(settings["draws"])
                for path in [a_path(blocks, length, stream(seed, "path", length, draw))]
                for x, y in batches
            ]
            rows.append({"blocks": blocks, "length": length, "gradient": fsum(found) / len(found)})
        return rows

    write_rows(folder / "paths.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def a_path(blocks: int, length: int, generator: torch.Generator) -> list[bool]:
    """Return whether a random path takes the branch of each block; it does so ``length`` times."""
    chosen = set(torch.randperm(blocks, generator=generator)[:length].tolist())
    return [block in chosen for block in range(blocks)]


def path_gradient(network: ConvNet, path: Sequence[bool], x: Tensor, y: Tensor) -> float:
    """Return the norm of the gradient that reaches the first block's input along one path.

    The forward pass is the network's own, so that every block sees what it is used to.

    Args:
        network: residual, in evaluation mode.
        path: for each block, whether the gradient takes its branch or its shortcut.
        x: images [B, C, H, W].
        y: labels [B].
    """
    with torch.no_grad():
        first = stem(network, x)
    first.requires_grad_()
    state = first
    for block, branch in zip(network.blocks, path, strict=True):
        state = torch.relu(along(block, state, branch))  # type: ignore[arg-type]
    loss = F.cross_entropy(head(network, state), y)
    (gradient,) = torch.autograd.grad(loss, first)
    return float(gradient.double().square().sum()) ** 0.5


def along(block: Block, x: Tensor, branch: bool) -> Tensor:
    """Return a block's output before its last ReLU; the gradient flows through the branch or the shortcut alone."""
    kept = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x if branch else x.detach())))))
    passed = shortcut_a(x.detach() if branch else x, block.channels, block.stride)
    return kept + passed
