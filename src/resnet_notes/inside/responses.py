"""The job of the experiment responses: how strongly the layers of a trained network respond.

Source: He et al. 2015 (arXiv:1512.03385), Figure 7: standard deviations of the outputs of each 3x3 layer, after batch
normalisation and before the addition and the non-linearity.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_notes.inside.networks import Subject, examine_each
from resnet_notes.models.convnet import BatchNorm, ConvNet
from resnet_notes.training.loop import Progress
from resnet_notes.training.stack import write_rows

COLUMNS = ("seed", "layer", "response")


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Measure every layer of every network; leave ``responses.csv``: seed, layer (from 1), standard deviation.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them; the first ``images`` test images are looked at.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each network with where the examination stands.
        trained: the folders of the trained networks, one for each seed.
    """

    def look(subject: Subject, seed: int, network: ConvNet) -> list[dict]:
        images = (x for x, _ in subject.batches(subject.splits.test, settings["images"]))
        return [{"layer": layer, "response": found} for layer, found in enumerate(responses(network, images), 1)]

    write_rows(folder / "responses.csv", examine_each(settings, data, on_step, trained, look), COLUMNS)


@torch.inference_mode()
def responses(network: ConvNet, images: Iterable[Tensor]) -> list[float]:
    """Return the standard deviation over images, places and channels of every 3x3 layer's response, in their order."""
    norms: list[nn.Module] = [module for module in network.modules() if isinstance(module, BatchNorm)]
    sums = {norm: [0.0, 0.0, 0.0] for norm in norms}

    def add(norm: nn.Module, _: object, output: Tensor) -> None:
        seen = output.double()
        for place, part in enumerate((seen.numel(), seen.sum().item(), seen.square().sum().item())):
            sums[norm][place] += part

    handles = [norm.register_forward_hook(add) for norm in norms]
    for x in images:
        network(x)
    for handle in handles:
        handle.remove()
    return [max(square / count - (total / count) ** 2, 0.0) ** 0.5 for count, total, square in sums.values()]
