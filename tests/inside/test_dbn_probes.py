"""Linear probes of greedy stacks whose answer is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from sklearn.linear_model import RidgeClassifier

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.inside import dbn_probes
from resnet_notes.models.dbn import DBN
from resnet_notes.models.rbm import RBM
from resnet_notes.training.greedy import train_run

PIXELS = 64
RBM_TRAINING = {"epochs": 1, "batch": 8, "learning_rate": 1e-30, "momentum": [0.5, 0.9], "momentum_epochs": 1,
                "weight_decay": 0.0, "k": 1}  # fmt: skip


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    shared = {name: settings[name] for name in ("dataset", "validation", "device", "numerics", "threads")}
    asked = {"images": 40, "validation_images": 8, "test_images": 20, "ridges": [0.001, 0.1]}
    return shared | asked | {"layers": [6, 5], "seeds": [2], "steps": 1}


def a_layer(weights: torch.Tensor, bias: torch.Tensor | float = 0.0) -> RBM:
    below, above = weights.shape
    return RBM(weights, torch.zeros(below), torch.zeros(above) + bias)


def probe(network: DBN, given: dict[str, Any], data: Path) -> list[dict]:
    return dbn_probes.probe_each_layer(network, load(data, given["validation"]), given)


def test_features_are_the_probabilities_of_each_layer(data: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    sizes = ((PIXELS, 7), (7, 5), (5, 3))
    rbms = [a_layer(torch.randn(*shape, generator=draw), torch.randn(shape[1], generator=draw)) for shape in sizes]
    images = load(data, 8).test
    found = dbn_probes.features(DBN(rbms), images, 9)
    expected = [images.images[:9].flatten(1).double().numpy() / 255]
    for rbm in rbms:
        total = expected[-1] @ rbm.weights.double().numpy() + rbm.hidden_bias.double().numpy()
        expected.append(1 / (1 + np.exp(-total)))
    assert [x.dtype for x in found] == [np.float64] * 4
    for x, y in zip(found, expected, strict=True):
        assert np.allclose(x, y, rtol=1e-6)  # grey values are float32


def test_layers_that_are_all_but_linear_leave_the_error_as_it_was(given: dict[str, Any], data: Path) -> None:
    """As those before training are; each shrinks the differences between images a hundredfold."""
    rows = probe(DBN([a_layer(0.04 * torch.eye(PIXELS)) for _ in range(6)]), given, data)
    assert [row["layer"] for row in rows] == list(range(7))
    assert {(row["error"], row["ridge"]) for row in rows} == {(rows[0]["error"], rows[0]["ridge"])}


def test_a_layer_that_opens_the_classes_to_a_plane_and_one_that_forgets_them(given: dict[str, Any], data: Path) -> None:
    """Least squares cannot tell the middle one of three degrees of brightness; it can once two thresholds are passed."""
    brightness = torch.full((PIXELS, 2), 1000 / PIXELS)
    thresholds = torch.tensor([59.5 + 30, 59.5 + 90]) / 255
    opens, forgets = a_layer(brightness, -1000 * thresholds), a_layer(torch.zeros(2, 4))
    image, opened, forgotten = probe(DBN([opens, forgets]), given, data)
    assert [row["features"] for row in (image, opened, forgotten)] == [PIXELS, 2, 4]
    assert image["error"] > 0 and opened["error"] == 0
    splits = load(data, given["validation"])
    commonest = torch.bincount(splits.train.labels[:40]).argmax()
    assert forgotten["error"] == 100 * (splits.test.labels != commonest).double().mean()


def test_a_stack_before_training_has_the_weights_that_training_began_with(
    given: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    runs, seeds, seen = [], [2, 5], []
    for seed in seeds:
        runs.append(tmp_path / f"run{seed}")
        runs[-1].mkdir()
        greedy = given | {"seed": seed, "rbm": RBM_TRAINING}  # a step of which changes no weight
        train_run(greedy, data, runs[-1], lambda progress: None)
    dbn_probes.examine(given | {"seeds": seeds}, data, tmp_path, lambda progress: seen.append(progress.step), runs)
    table = pd.read_csv(tmp_path / "dbn_probes.csv")
    assert seen == [1, 2] and len(table) == 2 * 2 * 3
    assert table.groupby(["seed", "trained"])["layer"].apply(list).tolist() == [[0, 1, 2]] * 4
    trained, before = (table[table["trained"] == number].drop(columns="trained") for number in (1, 0))
    pd.testing.assert_frame_equal(trained.reset_index(drop=True), before.reset_index(drop=True))
    assert table[table["layer"] == 0]["error"].nunique() == 1, "the image is the same for all stacks"


def test_the_probe_of_a_layer_is_scikit_learns(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    network = DBN([a_layer(torch.randn(PIXELS, 6, generator=torch.Generator().manual_seed(1)))])
    save_file(network.tensors(), tmp_path / "dbn.safetensors")
    dbn_probes.examine(given | {"layers": [6]}, data, tmp_path, lambda progress: None, [tmp_path])
    table = pd.read_csv(tmp_path / "dbn_probes.csv").query("trained == 1").set_index("layer")
    splits = load(data, given["validation"])
    train, test = (
        network.up(part.images.flatten(1).float() / 255).double().numpy() for part in (splits.train, splits.test)
    )
    x, labels = train[:40], splits.train.labels[:40]
    theirs = RidgeClassifier(alpha=table.loc[1, "ridge"] * len(x) * x.var(axis=0).mean()).fit(x, labels)
    assert table.loc[1, "error"] == pytest.approx(100 * (1 - theirs.score(test, splits.test.labels)))


def test_missing_validation_images_are_named(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="validation = 0"):
        dbn_probes.examine(given | {"validation": 0}, data, tmp_path, lambda progress: None, [])
