"""The job of the experiment extension: a deep plain network that is built to equal a trained shallower one.

Source: the argument by construction of He et al. 2015 (arXiv:1512.03385), section 1: layers that are added to a
shallower network as identities leave what it computes unchanged, so a deeper one should be no worse. It is carried out
here: what the deep network cannot find by training exists.
"""

from collections.abc import Callable, Iterable, Sequence
from math import nan
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_notes.errors import BadInput
from resnet_notes.inside.networks import Subject, examine_each
from resnet_notes.models.convnet import BatchNorm, Block, ConvNet
from resnet_notes.training.loop import Progress
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "shallow", "deep", "shallow_error", "extended_error", "logit_difference")
STAGES = 3


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Extend every network; leave ``extension.csv``.

    The columns: shallow and deep, the two depths; their training errors in % of the first ``train_subset`` images, with
    running batch-normalisation statistics; logit_difference, the largest difference of any logit over those images,
    divided by the largest logit.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them; ``depth`` is extended to ``deep``.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.

    Raises:
        BadInput: residual networks, or a ``deep`` that is not deeper.
    """

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        deep = extended(network, subject.new(settings["deep"]))
        found = compared(network, deep, subject.batches(subject.splits.train, settings["train_subset"]))
        return [dict(zip(COLUMNS[1:], (settings["depth"], settings["deep"], *found), strict=True))]

    write_rows(folder / "extension.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


def extended(network: ConvNet, deep: ConvNet) -> ConvNet:
    """Give a deeper plain network the weights of a shallower one and identities in its other blocks; return it.

    Each stage begins with the blocks of the shallower network's stage; the identities follow.

    Args:
        network: plain, trained.
        deep: plain, deeper, changed in place.

    Raises:
        BadInput: a residual network, or one that is not deeper.
    """
    if any(block.residual for block in (*network.blocks, *deep.blocks)):
        raise BadInput("extension: a residual block of zeros is an identity already; extend plain networks")
    own, wanted = len(network.blocks) // STAGES, len(deep.blocks) // STAGES
    if wanted <= own:
        raise BadInput(f"extension: {6 * wanted + 2} layers are not more than {6 * own + 2}")
    for name in ("stem", "stem_bn", "head"):
        getattr(deep, name).load_state_dict(getattr(network, name).state_dict())
    for stage in range(STAGES):
        for index in range(wanted):
            block = deep.blocks[stage * wanted + index]
            if index < own:
                block.load_state_dict(network.blocks[stage * own + index].state_dict())
            else:
                make_identity(block)  # type: ignore[arg-type]
    return deep.eval()


@torch.no_grad()
def make_identity(block: Block) -> None:
    """Make a plain block pass what it sees: its input has been through a ReLU, so that two more do nothing."""
    for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2)):
        nn.init.dirac_(conv.weight)
        pass_on(norm)


def pass_on(norm: BatchNorm) -> None:
    """Make a batch normalisation the identity in evaluation mode."""
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)
    norm.bias.zero_()


@torch.inference_mode()
def compared(network: ConvNet, deep: ConvNet, batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float, float]:
    """Return the errors (%) of two networks, and the largest difference of their logits over the largest logit.

    Where a logit is not finite, neither its network's error nor the difference is.
    """
    images, wrong, apart, sizes = 0, [0.0, 0.0], [], []
    for x, y in batches:
        logits, others = network(x), deep(x)
        for place, own in enumerate((logits, others)):
            wrong[place] += int((own.argmax(dim=1) != y).sum()) if own.isfinite().all() else nan
        images += len(y)
        apart.append((others - logits).abs().max())
        sizes.append(logits.abs().max())
    difference, largest = torch.stack(apart).max().item(), torch.stack(sizes).max().item()  # a NaN is the largest
    return 100.0 * wrong[0] / images, 100.0 * wrong[1] / images, difference / largest if largest else difference
