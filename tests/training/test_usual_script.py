"""The benchmarks' usual script against the project's training: another implementation of the same experiment."""

import importlib.util
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from resnet_notes.data.tensors import load
from resnet_notes.training.batches import Standardiser
from resnet_notes.training.loop import Progress, fit
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.run import build_network, make_batches
from resnet_notes.training.schedule import learning_rate

SCRIPT = Path(__file__).parents[2] / "benchmarks/usual.py"
VALIDATION, STEPS = 100, 10
SETTINGS = {"batch": 64, "pad": 0, "stem_stride": 2, "seed": 3}


@pytest.fixture(scope="module")
def usual():
    spec = importlib.util.spec_from_file_location("usual", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    generator = torch.Generator().manual_seed(0)
    stored = {}
    for split, count in (("train", 1100), ("test", 20)):
        labels = torch.arange(count) % 10
        pixels = torch.randint(200, (count, 1, 28, 28), generator=generator) + 5 * labels[:, None, None, None]
        stored |= {f"{split}_images": pixels.to(torch.uint8), f"{split}_labels": labels}
    save_file(stored, folder / "images.safetensors")
    return folder


def pair(usual, splits, depth, residual):
    """The project's network and the script's with the same weights, in float64."""
    settings = SETTINGS | {"depth": depth, "architecture": "residual" if residual else "plain"}
    ours = build_network(settings, splits).double()
    theirs = usual.network(depth, residual).double()
    with torch.no_grad():
        for theirs_parameter, parameter in zip(theirs.parameters(), ours.parameters(), strict=True):
            theirs_parameter.copy_(parameter)
    # as the job lays it out: torch's fused update takes gradients to lie in memory as their parameters do
    return settings, ours.to(memory_format=torch.channels_last), theirs


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("depth", [8, 20])
def test_the_usual_script_has_the_same_losses_in_float64(usual, data, depth, residual):
    splits = load(data, VALIDATION, 2)
    settings, ours, theirs = pair(usual, splits, depth, residual)
    batches = make_batches(settings, splits, Standardiser(splits.train.images), torch.device("cpu"))
    order = batches._epoch(0)[0].tolist()
    found = []

    def rate(step):
        return learning_rate(step, 600, 0.03, {"kind": "cosine"}, {"kind": "linear", "steps": 30})

    fit(
        ours,
        SGD(ours.parameters(), 0.9, 1e-4),
        ((x.double(), y) for x, y in batches.from_step(0)),
        rate,
        STEPS,
        1,
        dict,
        Progress(),
        lambda progress: found.append(progress.history[-1]["train_loss"]),
        lambda progress: None,
    )
    images = usual.images_of(data, VALIDATION, dtype=torch.float64)
    losses = list(islice(usual.losses(theirs, images, 600, sampler=order, workers=0), STEPS))
    assert losses == pytest.approx(found, rel=1e-5)
    assert len(set(losses)) == STEPS


@pytest.mark.parametrize("depth", [8, 20, 56])
@pytest.mark.parametrize("residual", [False, True])
def test_the_usual_script_has_the_same_gradients(usual, data, depth, residual):
    splits = load(data, VALIDATION, 2)
    _, ours, theirs = pair(usual, splits, depth, residual)
    x = torch.rand(32, 1, 14, 14, dtype=torch.float64, generator=torch.Generator().manual_seed(depth))
    y = torch.arange(32) % 10
    gradients = [
        torch.autograd.grad(torch.nn.functional.cross_entropy(network(x), y), list(network.parameters()))
        for network in (ours, theirs)
    ]
    for own, other in zip(*gradients, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-7, atol=1e-9 * own.abs().max().item())
