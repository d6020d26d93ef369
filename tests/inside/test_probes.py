"""Linear probes of convolutional networks, against scikit-learn's; networks against their layers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import RidgeClassifier

from resnet_notes.errors import BadInput
from resnet_notes.inside import probes
from resnet_notes.inside.networks import Subject, set_statistics
from resnet_notes.models.convnet import ConvNet, he_initialise
from resnet_notes.training.run import build_network, train_run

SEEDS = [0, 3]


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    own = {"images": 40, "validation_images": 8, "test_images": 17, "ridges": [0.001, 0.1]}
    shared = {name: value for name, value in settings.items() if name != "seed"}
    return shared | own | {"seeds": SEEDS, "steps": 2}


@pytest.fixture
def trained(settings: dict[str, Any], data: Path, tmp_path: Path) -> list[Path]:
    folders = [tmp_path / f"trained{seed}" for seed in SEEDS]
    for seed, folder in zip(SEEDS, folders, strict=True):
        folder.mkdir()
        train_run(settings | {"seed": seed}, data, folder, lambda progress: None)
    return folders


def test_statistics_are_those_with_which_a_training_step_normalises() -> None:
    network = ConvNet(8, False, in_channels=1)
    he_initialise(network, torch.Generator().manual_seed(0))
    x = torch.randn(20, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    set_statistics(network, x)
    kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        found = network(x)
        network(x[:3])
        assert all(torch.equal(tensor, kept[name]) for name, tensor in network.state_dict().items()), "no hook is left"
        assert torch.allclose(found, network.train()(x), atol=1e-4)


def test_features_of_an_untrained_network_are_those_of_its_layers_in_turn(
    given: dict[str, Any], data: Path, trained: list[Path]
) -> None:
    subject = Subject(given, data, trained)
    network = build_network(given | {"seed": 3}, subject.splits)
    train = subject.splits.train
    set_statistics(network, subject.standardise(train.images))
    image, stem, *blocks = probes.features(subject, network, train, len(train))
    x = subject.standardise(train.images)
    assert np.array_equal(image, x.flatten(1))
    with torch.no_grad():
        normalised = network.stem_bn(network.stem(x))
        assert np.allclose(normalised.mean(dim=(0, 2, 3)), 0, atol=1e-5)
        assert np.allclose(normalised.var(dim=(0, 2, 3), correction=0), 1, atol=1e-3)
        state = torch.relu(normalised)
        assert np.allclose(stem, state.flatten(1), atol=1e-6)
        for block, found in zip(network.blocks, blocks, strict=True):
            state = block(state)
            assert np.allclose(found, state.flatten(1), atol=1e-5)


def test_probes_of_trained_networks(given: dict[str, Any], data: Path, trained: list[Path], tmp_path: Path) -> None:
    seen: list[int] = []
    probes.examine(given, data, tmp_path, lambda progress: seen.append(progress.step), trained)
    table = pd.read_csv(tmp_path / "probes.csv")
    assert seen == [1, 2] and len(table) == 2 * 2 * 5
    assert table.groupby(["seed", "trained"])["layer"].apply(list).tolist() == [[0, 1, 3, 5, 7]] * 4
    assert set(table["ridge"]) <= {0.001, 0.1}
    of_images = table[table["layer"] == 0]
    assert of_images["error"].nunique() == 1, "the image is the same for all networks"
    # by another route: scikit-learn on the pixels, with the ridge that was chosen
    subject = Subject(given, data, trained)
    train, test = subject.splits.train, subject.splits.test
    x, others = (subject.standardise(part.images).flatten(1).double().numpy() for part in (train, test))
    alpha = of_images["ridge"].iloc[0] * len(x) * x.var(axis=0).mean()
    theirs = RidgeClassifier(alpha=alpha).fit(x, train.labels)
    score = theirs.score(others[:17], test.labels[:17])
    assert of_images["error"].iloc[0] == pytest.approx(100 * (1 - score))
    later = table[table["layer"] > 0].groupby("layer")["features"].unique()
    assert later.map(list).to_dict() == {1: [256], 3: [256], 5: [128], 7: [64]}


def test_missing_validation_images_are_named(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="validation = 0"):
        probes.examine(given | {"validation": 0}, data, tmp_path, lambda progress: None, [])
