"""The job of the experiment lesions: what a trained network still knows when blocks are removed or exchanged.

Source: Veit, Wilber and Belongie 2016 (arXiv:1605.06431), section 4. A removed block leaves its option-A shortcut,
which is the identity where the shape stays, in residual and in plain networks alike.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, takewhile
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_notes.inside.networks import Subject, examine_each, stem, through
from resnet_notes.models.convnet import Block, ConvNet, shortcut_a
from resnet_notes.training.loop import Progress
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "removed", "draw", "block", "swapped", "tau", "error")


class Removed(nn.Module):
    """What is left of a block: its shortcut."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.channels, self.stride = block.channels, block.stride

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, c, H, W] to [B, channels, ceil(H/stride), ceil(W/stride)]."""
        return shortcut_a(x, self.channels, self.stride)


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Hurt every network in every way; leave ``lesions.csv`` with a row for each.

    The columns: removed, how many blocks; draw, which random choice of them; block, the one that was removed alone
    (from 1, else 0); swapped, how many pairs of blocks of one stage and shape changed places; tau, Kendall's
    correlation of the order that results with the old one; error, in % of the first ``images`` test images.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``several`` and ``swaps`` are the numbers of removed
            blocks and of exchanged pairs, ``draws`` the random choices of each.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.
    """

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        batches = list(subject.batches(subject.splits.test, settings["images"]))
        tried = wounds(network, settings, seed)
        found = errors(network, [wound["blocks"] for wound in tried], batches)
        return [wound["row"] | {"error": error} for wound, error in zip(tried, found, strict=True)]

    write_rows(folder / "lesions.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def wounds(network: ConvNet, settings: dict, seed: int) -> list[dict]:
    """Return every list of blocks that a network is tried with, and the row's columns that describe it."""
    whole = list(network.blocks)
    none = {"removed": 0, "draw": 0, "block": 0, "swapped": 0, "tau": 1.0}
    found = [{"row": none, "blocks": whole}]
    for index in range(len(whole)):
        row = none | {"removed": 1, "block": index + 1}
        found.append({"row": row, "blocks": without(whole, [index])})
    for count in settings["several"]:
        for draw in range(settings["draws"] if count <= len(whole) else 0):
            generator = stream(seed, "removed", count, draw)
            chosen = torch.randperm(len(whole), generator=generator)[:count].tolist()
            found.append({"row": none | {"removed": count, "draw": draw}, "blocks": without(whole, chosen)})
    for count in settings["swaps"]:
        for draw in range(settings["draws"]):
            order = exchanged(whole, count, stream(seed, "swapped", count, draw))
            row = none | {"swapped": count, "draw": draw, "tau": kendall(order)}
            found.append({"row": row, "blocks": [whole[index] for index in order]})
    return found


def without(blocks: Sequence[nn.Module], removed: Sequence[int]) -> list[nn.Module]:
    """Return the blocks with the shortcuts of some in their place."""
    return [Removed(block) if index in removed else block for index, block in enumerate(blocks)]  # type: ignore[arg-type]


def exchanged(blocks: Sequence[nn.Module], count: int, generator: torch.Generator) -> list[int]:
    """Return the places of the blocks after ``count`` random exchanges of two that have the same shape."""
    alike = [pair for pair in combinations(range(len(blocks)), 2) if shape(blocks[pair[0]]) == shape(blocks[pair[1]])]
    order = list(range(len(blocks)))
    for _ in range(count if alike else 0):
        first, second = alike[int(torch.randint(len(alike), (), generator=generator))]
        order[first], order[second] = order[second], order[first]
    return order


def shape(block: nn.Module) -> tuple:
    """What two blocks must share to change places."""
    return tuple(block.conv1.weight.shape), block.stride  # type: ignore[union-attr]


def kendall(order: Sequence[int]) -> float:
    """Kendall's tau of a permutation with the identity."""
    pairs = list(combinations(order, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs) if pairs else 1.0


@torch.inference_mode()
def errors(
    network: ConvNet, tried: Sequence[Sequence[nn.Module]], batches: Sequence[tuple[Tensor, Tensor]]
) -> list[float]:
    """Return the share of misclassified images in % with each list of blocks in the place of the network's own.

    What lies ahead of the first block that is another one is computed once for all of them.
    """
    whole = list(network.blocks)
    wrong = [0] * len(tried)
    for x, y in batches:
        states = [stem(network, x)]
        for block in whole:
            states.append(block(states[-1]))
        for place, blocks in enumerate(tried):
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(whole, blocks, strict=True)))
            logits = through(network, blocks[shared:], states[shared])
            wrong[place] += int((logits.argmax(dim=1) != y).sum())
    images = sum(len(y) for _, y in batches)
    return [100.0 * count / images for count in wrong]
