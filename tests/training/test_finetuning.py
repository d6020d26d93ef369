"""Greedy stacks and fine-tuning on real images: seeds stay apart, steps are those of a plain network, files say so."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.training import finetuning, greedy
from resnet_notes.training.seeds import stream

MACHINE = {"device": "cpu", "numerics": "portable", "threads": 1}
RBM = {"epochs": 3, "batch": 8, "learning_rate": 0.1, "momentum": [0.5, 0.9], "momentum_epochs": 2,
       "weight_decay": 1e-4, "k": 1}  # fmt: skip


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a small fine-tuning on the data set that the tests of training share."""
    shared = {"dataset": settings["dataset"], "validation": settings["validation"], "images": 40}
    return MACHINE | shared | {
        "initialisation": "glorot", "layers": [6, 6], "seeds": [0, 3], "batch": 8, "learning_rate": 0.1, "momentum": 0.9,
        "weight_decay": 0.0, "epochs": 2, "steps": 10, "evaluate_every": 5, "train_subset": 30,
    }  # fmt: skip


def tune(given: dict[str, Any], data: Path, folder: Path, pretrained: list[Path] | None = None) -> pd.DataFrame:
    folder.mkdir(exist_ok=True)
    finetuning.train_run(given, data, folder, lambda progress: None, pretrained or [])
    return pd.read_csv(folder / "history.csv")


def stack_greedily(given: dict[str, Any], data: Path, folder: Path, seed: int, layers: int = 2) -> Path:
    folder.mkdir()
    settings = {name: given[name] for name in ("dataset", "validation", "images", *MACHINE)}
    settings |= {"layers": [6] * layers, "seed": seed, "rbm": RBM, "steps": layers * 3}
    seen: list[int] = []
    greedy.train_run(settings, data, folder, lambda progress: seen.append(progress.step))
    assert seen == list(range(1, 3 * layers + 1))
    return folder


def test_the_steps_are_those_of_a_plain_network(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    """An independent implementation: torch's modules, autograd and optimiser, in float64, one seed."""
    history = tune(given, data, tmp_path / "run")
    trained = load_file(tmp_path / "run" / "checkpoint.safetensors")
    start = tune(given | {"steps": 1, "evaluate_every": 1, "learning_rate": 1e-30}, data, tmp_path / "start")
    initial = load_file(tmp_path / "start" / "checkpoint.safetensors")
    train = load(data, given["validation"]).train
    x, y = train.images[:40].flatten(1).double() / 255, train.labels[:40]
    layers = [nn.Linear(a, b).double() for a, b in ((x.shape[1], 6), (6, 6), (6, int(train.labels.max()) + 1))]
    for number, layer in enumerate(layers):
        layer.weight.data = initial[f"weights.{number}"][1].T.double()
        layer.bias.data = initial[f"biases.{number}"][1][0].double()
    network = nn.Sequential(layers[0], nn.Sigmoid(), layers[1], nn.Sigmoid(), layers[2])
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    before = [layer.weight.detach().clone() for layer in layers]
    for epoch in range(2):
        order = torch.randperm(40, generator=stream(3, "order", epoch))
        for first in range(0, 40, 8):
            chosen = order[first : first + 8]
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x[chosen]), y[chosen]).backward()
            optimiser.step()
    for number, layer in enumerate(layers):
        assert torch.allclose(trained[f"weights.{number}"][1].double().T, layer.weight, atol=1e-5)
    last = history[(history["seed"] == 3) & (history["step"] == 10)].iloc[0]
    logits = network(x[:30])
    assert last["train_loss"] == pytest.approx(nn.functional.cross_entropy(logits, y[:30]).item(), rel=1e-4)
    assert last["train_error"] == pytest.approx(100 * (logits.argmax(1) != y[:30]).double().mean().item())
    moved = sum((layer.weight - old).square().sum().item() for layer, old in zip(layers, before, strict=True)) ** 0.5
    assert last["distance"] == pytest.approx(moved, rel=1e-3)
    assert last["norm"] == pytest.approx(sum(layer.weight.square().sum().item() for layer in layers) ** 0.5, rel=1e-4)
    assert start["distance"].max() < 1e-6


def test_the_gradients_are_those_of_autograd(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    tune(given, data, tmp_path / "run")
    found = pd.read_csv(tmp_path / "run" / "gradients.csv")
    trained = load_file(tmp_path / "run" / "checkpoint.safetensors")
    train = load(data, given["validation"]).train
    x, y = train.images[:30].flatten(1).double() / 255, train.labels[:30]
    weights = [trained[f"weights.{number}"][0].double().requires_grad_() for number in range(3)]
    biases = [trained[f"biases.{number}"][0].double() for number in range(3)]
    h = x
    for number in range(2):
        h = torch.sigmoid(h @ weights[number] + biases[number])
    gradients = torch.autograd.grad(nn.functional.cross_entropy(h @ weights[2] + biases[2], y), weights)
    own = found[(found["seed"] == 0) & (found["step"] == 10)].set_index("layer")["gradient_sd"]
    assert list(own.index) == [1, 2, 3]
    assert np.allclose(own, [gradient.numpy().std() for gradient in gradients], rtol=1e-3)


def test_a_seed_is_trained_as_if_alone(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    both = tune(given, data, tmp_path / "both")
    alone = tune(given | {"seeds": [3]}, data, tmp_path / "alone")
    pd.testing.assert_frame_equal(both[both["seed"] == 3].reset_index(drop=True), alone)
    assert both[both["step"] < 10]["test_error"].isna().all() and both[both["step"] == 10]["test_error"].notna().all()


def test_pretrained_networks_start_at_their_stacks(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    folders = [stack_greedily(given, data, tmp_path / f"greedy{seed}", seed, layers=3) for seed in (0, 3)]
    first = given | {"initialisation": "rbm", "steps": 1, "evaluate_every": 1, "learning_rate": 1e-30}
    tune(first, data, tmp_path / "run", folders)
    trained = load_file(tmp_path / "run" / "checkpoint.safetensors")
    for place, folder in enumerate(folders):
        stack = load_file(folder / "dbn.safetensors")
        for layer in range(2):
            assert torch.allclose(trained[f"weights.{layer}"][place], stack[f"weights.{layer}"])
            assert torch.allclose(trained[f"biases.{layer}"][place][0], stack[f"hidden_bias.{layer}"])


def test_a_greedy_stack_learns_repeats_its_bits_and_serves_all_depths(
    given: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    deep, again, shallow = (
        stack_greedily(given, data, tmp_path / name, 1, layers) for name, layers in (("a", 2), ("b", 2), ("c", 1))
    )
    assert (deep / "dbn.safetensors").read_bytes() == (again / "dbn.safetensors").read_bytes()
    one, two = load_file(shallow / "dbn.safetensors"), load_file(deep / "dbn.safetensors")
    assert all(torch.equal(one[name], two[name]) for name in one)
    history = pd.read_csv(deep / "history.csv")
    assert history[["layer", "epoch"]].to_numpy().tolist() == [
        [layer, epoch] for layer in (1, 2) for epoch in (1, 2, 3)
    ]
    bottom = history[history["layer"] == 1]["reconstruction_error"]
    assert bottom.iloc[-1] < bottom.iloc[0] and history["free_energy_gap"].notna().all()


def test_pictures_are_what_the_stack_makes_of_test_images(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    folder = stack_greedily(given, data, tmp_path / "a", 1)
    pictures, stack = load_file(folder / "pictures.safetensors"), load_file(folder / "dbn.safetensors")
    seen = load(data, given["validation"]).test.images[: greedy.PICTURED].flatten(1)
    assert torch.equal(pictures["images"], seen)
    h = torch.sigmoid(seen.double() / 255 @ stack["weights.0"].double() + stack["hidden_bias.0"])
    back = torch.sigmoid(h @ stack["weights.0"].double().T + stack["visible_bias.0"])
    assert (pictures["reconstructions"][0].double() - 255 * back).abs().max() < 0.51
    chains = {name: pixels.shape for name, pixels in pictures.items() if name.startswith("chain")}
    assert chains == {f"chain.{steps}": (greedy.PICTURED, seen.shape[1]) for steps in greedy.CHAIN_STEPS}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"images": 10**6}, "images = 1000000: the training split has"),
        ({"initialisation": "rbm"}, "0 greedy stacks for 2 seeds"),
    ],
)
def test_what_does_not_fit_is_named(
    given: dict[str, Any], data: Path, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        tune(given | changed, data, tmp_path / "run")
    assert said in str(caught.value)


def test_a_stack_of_too_few_layers_is_named(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    folders = [stack_greedily(given, data, tmp_path / f"greedy{seed}", seed, layers=1) for seed in (0, 3)]
    with pytest.raises(BadInput, match="a greedy stack of .*-6 units, .*-6-6 are needed"):
        tune(given | {"initialisation": "rbm"}, data, tmp_path / "run", folders)
