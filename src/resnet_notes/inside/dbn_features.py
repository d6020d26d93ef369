"""The job of the experiment dbn_features: what the units of a deep belief network respond to, layer by layer.

Source: Erhan, Bengio, Courville and Vincent 2009, section 3, for the inputs that are made, and section 3.2 (after Lee,
Ekanadham and Ng 2008) for filters of higher layers as linear combinations of those below.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_notes.data.tensors import Splits, load
from resnet_notes.inside import maximisation
from resnet_notes.models.dbn import DBN
from resnet_notes.models.products import product
from resnet_notes.training.checkpoint import save_tensors
from resnet_notes.training.greedy import probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.rbm import new_rbm
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import write_rows


def examine(
    settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None], trained: Sequence[Path]
) -> None:
    """Look at the first units of some layers; leave ``dbn_features.safetensors`` and ``dbn_features.csv``.

    The pictures, uint8 [H, W], are named seed/trained/layer/unit/part/place. Parts: weights (of layers above the first,
    the linear combination of those below); top, the test images that excite the unit most; maximised, the inputs that
    do, one for each start. Weights and inputs have grey 128 for zero.

    The columns are those of the examination of convolutional networks; trained is 0 for the weights that the training
    began with, field the side of an image, since every unit sees all of it. An activation is a unit's total input,
    which grows where its probability is near one already. An input has the mean norm of test images; its pixels may be
    negative.

    Args:
        settings: as :mod:`resnet_notes.params.runs` expands them: ``layers`` of the stack, ``units`` and ``starts`` of
            each layer that is shown, ``ascent`` steps, ``images``, how many of the first test images are searched.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called after each stack with where the examination stands.
        trained: the folders of the greedy runs, one for each seed.
    """
    set_determinism(settings["threads"], settings["device"])
    splits, device = load(data, settings["validation"]), torch.device(settings["device"])
    pictures: dict[str, Tensor] = {}
    rows: list[dict] = []
    progress = Progress()
    for seed, run in zip(settings["seeds"], trained, strict=True):
        learned = DBN.of({name: part.to(device) for name, part in load_file(run / "dbn.safetensors").items()})
        for is_trained, network in enumerate((untrained(settings, splits, seed), learned)):
            for layer in shown(len(network.rbms)):
                found, about = features(settings, splits, network, layer, stream(seed, "starts", layer))
                pictures |= {f"{seed}/{is_trained}/{layer}/{name}": picture for name, picture in found.items()}
                rows += [{"seed": seed, "trained": is_trained, "layer": layer} | row for row in about]
        progress.step += 1
        on_step(progress)
    save_tensors(folder / "dbn_features.safetensors", pictures)
    write_rows(folder / "dbn_features.csv", rows, maximisation.COLUMNS)


def shown(layers: int) -> list[int]:
    """The first, the middle and the last of so many layers."""
    return sorted({1, (layers + 1) // 2, layers})


def untrained(settings: dict, splits: Splits, seed: int) -> DBN:
    """Return the stack that a greedy run would be without its training."""
    x = probabilities(splits.train, settings["images"], torch.device(settings["device"]))
    rbms = []
    for layer, hidden in enumerate(settings["layers"], 1):
        rbms.append(new_rbm(x, hidden, stream(seed, "weights", layer)))
        x = rbms[-1].hidden_means(x)
    return DBN(rbms)


def total_input(network: DBN, layer: int, x: Tensor, units: int) -> Tensor:
    """Return what the first units of a layer, counted from 1, receive of images [N, pixels], as [N, units]."""
    below, rbm = network.up(x, layer - 1) if layer > 1 else x, network.rbms[layer - 1]
    return product(below, rbm.weights[:, :units]) + rbm.hidden_bias[:units]


def features(
    settings: dict, splits: Splits, network: DBN, layer: int, generator: torch.Generator
) -> tuple[dict[str, Tensor], list[dict]]:
    """Look at the first units of a layer.

    Args:
        settings: those of the examination.
        splits: the images.
        network: trained or not.
        layer: from 1.
        generator: of the starts, on the CPU; it is advanced.

    Returns:
        Pictures by unit/part/place, and the rows of :func:`maximisation.rows` without seed, trained and layer.
    """
    shape, x = (
        splits.test.images.shape[1:],
        probabilities(splits.test, settings["images"], network.rbms[0].weights.device),
    )
    activations = total_input(network, layer, x, settings["units"])
    units = activations.shape[1]
    made, reached = maximisation.maximise(
        lambda x: total_input(network, layer, x, units),
        maximisation.noise((units, settings["starts"], x.shape[1]), generator).to(x),
        maximisation.mean_norm(x),
        settings["ascent"],
    )
    weights = reduce(product, [rbm.weights for rbm in network.rbms[:layer]])
    pictures = {}
    for unit, ranked in enumerate(maximisation.strongest(activations).tolist()):
        pictures[f"{unit}/weights/0"] = maximisation.signed_greys(weights[:, unit].reshape(shape))
        for place, found in enumerate(made[unit]):
            pictures[f"{unit}/maximised/{place}"] = maximisation.signed_greys(found.reshape(shape))
        for rank, index in enumerate(ranked):
            pictures[f"{unit}/top/{rank}"] = maximisation.greys(splits.test.images[index])
    return pictures, maximisation.rows(shape[-1], made, reached, activations.amax(dim=0).tolist())
