"""The jobs of the other convolutional networks leave what the plain and residual ones do, and go on where they stopped."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_notes.data.tensors import load
from resnet_notes.models.equal_width import width_for
from resnet_notes.training import conv_techniques, depth_gain, graphed, option_b, pre_activation, run, zero_gamma
from resnet_notes.training.batches import Standardiser
from resnet_notes.training.loop import Progress

GPU = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
    pytest.mark.filterwarnings("default"),  # torch tells, once, of its older names for what is switched off
]
JOBS: dict[str, tuple[Any, dict[str, Any]]] = {
    "option B": (option_b, {}),
    "pre-activation": (pre_activation, {}),
    "zero gamma": (zero_gamma, {}),
    "depth gain": (depth_gain, {"layers": 3, "parameters": 500}),
    "techniques": (conv_techniques, {"techniques": ["max-pooling", "dropout", "batch-norm", "shortcuts"]}),
    "no technique": (conv_techniques, {"techniques": []}),
    "graphed": (graphed, {}),
}


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=GPU)])
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a job runs; on a GPU it refuses what could differ, which ends with the test."""
    yield request.param
    if request.param == "cuda":
        torch.set_deterministic_debug_mode("default")


@pytest.mark.parametrize("name", JOBS)
def test_an_interrupted_run_gives_the_same_bits(
    name: str,
    device: str,
    settings: dict[str, Any],
    data: Path,
    digests: Callable[[Path], dict[str, str]],
    tmp_path: Path,
) -> None:
    job, more = JOBS[name]
    more = more | {"device": device}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()

    def stop(progress: Progress) -> None:
        if progress.step == 7:
            raise InterruptedError

    job.train_run(settings | more, data, whole, lambda progress: None)
    with pytest.raises(InterruptedError):
        job.train_run(settings | more, data, broken, stop)
    steps: list[int] = []
    job.train_run(settings | more, data, broken, lambda progress: steps.append(progress.step))
    assert steps[0] == 5, "from the evaluation after step 4"
    assert digests(broken) == digests(whole)
    assert list(digests(whole)) == ["checkpoint.safetensors", "history.csv", "metrics.json"]


def test_the_width_follows_from_the_number_of_parameters(settings: dict[str, Any], data: Path, tmp_path: Path) -> None:
    depth_gain.train_run(settings | JOBS["depth gain"][1], data, tmp_path, lambda progress: None)
    width = width_for(500, 3, 1, 3)
    assert load_file(tmp_path / "checkpoint.safetensors")["head.weight"].shape == (3, width)
    count = json.loads((tmp_path / "metrics.json").read_text())["parameters"]
    assert abs(count - 500) < 9 * (2 * width + 1) * 2, "within one step of the width"


def places(tensor: Tensor) -> Tensor:
    """Where in memory each element lies."""
    return torch.arange(tensor.numel()).as_strided(tensor.shape, tensor.stride())


@pytest.mark.parametrize("name", [*JOBS, "as in the paper"])
def test_gradients_lie_in_memory_as_their_parameters_do(name: str, settings: dict[str, Any], data: Path) -> None:
    """The fused update goes through memory whatever the strides: another order would mix up the weights."""
    job, more = JOBS.get(name, (run, {}))
    settings = settings | more
    splits = load(data, settings["validation"], settings["pool"])
    network = job.build_network(settings, splits).to(memory_format=torch.channels_last)
    batches = run.make_batches(settings, splits, Standardiser(splits.train.images), torch.device("cpu"))
    x, y = next(batches.from_step(0))
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(network(x), y), parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        assert torch.equal(places(parameter), places(gradient))


def test_graphs_give_the_same_bits(
    device: str, settings: dict[str, Any], data: Path, digests: Callable[[Path], dict[str, str]], tmp_path: Path
) -> None:
    folders = {run: tmp_path / "run", graphed: tmp_path / "graphed"}
    for job, folder in folders.items():
        folder.mkdir()
        job.train_run(settings | {"device": device}, data, folder, lambda progress: None)
    assert digests(folders[graphed]) == digests(folders[run])
