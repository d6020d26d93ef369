"""The ladder of techniques: depth rises until nothing learns, and every seed is trained as if alone."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from resnet_notes.analysis.techniques import best_rates
from resnet_notes.errors import BadInput
from resnet_notes.training import techniques

RBM = {"epochs": 2, "batch": 8, "learning_rate": 0.1, "momentum": [0.5, 0.9], "momentum_epochs": 1,
       "weight_decay": 1e-4, "k": 1}  # fmt: skip


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    shared = {name: settings[name] for name in ("dataset", "validation", "device", "numerics", "threads")}
    return shared | {
        "images": 40, "width": 6, "depths": [1, 2, 30], "given_up_at": 99.0, "seeds": [0, 3], "batch": 8,
        "learning_rates": [0.1, 0.01], "momentum": 0.9, "steps": 10, "train_subset": 30, "rbm": RBM,
        "activation": "relu", "initialisation": "he", "batch_norm": True, "shortcuts": True,
    }  # fmt: skip


def train(given: dict[str, Any], data: Path, folder: Path) -> pd.DataFrame:
    folder.mkdir()
    techniques.train_run(given, data, folder, lambda progress: None)
    return pd.read_csv(folder / "history.csv")


def test_every_depth_rate_and_seed_has_a_row(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    given |= {"steps": 60}
    history = train(given, data, tmp_path / "a")
    assert sorted(history["depth"].unique()) == [1, 2, 30] and set(history["seed"]) == {0, 3}
    assert (history.groupby(["depth", "learning_rate"])["seed"].nunique() == 2).all()
    assert not history.duplicated(["depth", "learning_rate", "seed"]).any()
    shallow = history[(history["depth"] == 1) & (history["learning_rate"] == 0.1)]
    assert (shallow["train_error"] < 40).all(), "three classes of different brightness are learned in twelve epochs"
    again = train(given, data, tmp_path / "b")
    pd.testing.assert_frame_equal(history, again)
    assert torch.tensor(1e-40).mul(2) > 0, "the process is left as it was, with its small numbers"


def test_a_seed_is_trained_as_if_alone(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    given |= {"depths": [1, 2, 5]}  # deeper ones amplify the last bit, in which products of two and of one may differ
    both, alone = train(given, data, tmp_path / "a"), train(given | {"seeds": [3]}, data, tmp_path / "b")
    shared = both[both["seed"] == 3].merge(alone[["depth", "learning_rate"]])
    tried = alone.merge(both[["depth", "learning_rate"]].drop_duplicates())
    pd.testing.assert_frame_equal(shared.drop(columns="test_error"), tried.drop(columns="test_error"))
    tested = shared["test_error"].notna() & tried["test_error"].notna()
    assert (shared["test_error"] == tried["test_error"])[tested].all() and tested.any()
    assert {1, 2, 5} == set(shared["depth"])


def test_no_larger_rate_is_tried_than_the_best_of_the_depth_before(
    given: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    rates = [0.3, 0.1, 0.01]
    history = train(given | {"depths": [1, 2, 5, 12, 30], "learning_rates": rates}, data, tmp_path / "a")
    best = best_rates(history).groupby("depth")["learning_rate"].first()
    tried = history.groupby("depth")["learning_rate"].apply(lambda column: sorted(set(column), reverse=True))
    assert tried[1] == rates and len(tried[30]) < 3, "thirty layers do not want the largest rate"
    tested = history[history["test_error"].notna()]
    assert tested.groupby("depth")["learning_rate"].unique().map(list).tolist() == [[rate] for rate in best]
    for before, depth in pairwise(tried.index):
        assert tried[depth] == [rate for rate in rates if rate <= best[before]]


def test_depth_stops_where_nothing_learns(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    hopeless = given | {"activation": "sigmoid", "initialisation": "uniform", "batch_norm": False, "shortcuts": False}
    history = train(hopeless | {"given_up_at": 20.0, "depths": [2, 8, 9]}, data, tmp_path / "a")
    assert set(history["depth"]) == {2}, "sigmoid networks learn nothing in ten steps"


def test_shortcuts_are_not_given_up_before_there_is_one(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    hopeless = given | {"activation": "sigmoid", "initialisation": "uniform", "batch_norm": False}
    hopeless |= {"given_up_at": 1.0, "depths": [1, 2, 3, 4]}
    without = train(hopeless | {"shortcuts": False, "given_up_at": 99.0}, data, tmp_path / "without")
    history = train(hopeless, data, tmp_path / "with")
    assert set(history["depth"]) == {1, 2, 3}
    own, others = (table.set_index(["depth", "learning_rate", "seed"])["train_loss"] for table in (history, without))
    same = own == others.reindex(own.index)
    assert same[[1, 2]].all() and not same[3].any()


def test_rbms_are_trained_as_depth_needs_them(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    pretrained = given | {"activation": "sigmoid", "initialisation": "rbm", "batch_norm": False, "shortcuts": False}
    rising = train(pretrained | {"depths": [1, 3]}, data, tmp_path / "a")
    deep = train(pretrained | {"depths": [3]}, data, tmp_path / "b")
    pd.testing.assert_frame_equal(rising[rising["depth"] == 3].reset_index(drop=True), deep)


def test_too_many_images_are_named(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="images = 1000: the training split has"):
        train(given | {"images": 1000}, data, tmp_path / "a")


def test_the_rate_with_the_lower_loss_counts_and_divergence_loses() -> None:
    rows = [
        {"depth": depth, "learning_rate": rate, "seed": seed, "train_loss": loss, "train_error": 1.0, "test_error": 1.0}
        for depth, rate, losses in (
            (1, 0.1, (0.1, 0.9)), (1, 0.01, (0.4, 0.4)), (2, 0.1, (0.1, math.nan)), (2, 0.01, (2.0, 2.0)),
            (3, 0.1, (math.nan, math.nan)), (3, 0.01, (math.nan, math.nan)),
        )
        for seed, loss in enumerate(losses)
    ]  # fmt: skip
    for depth in (1, 2, 3):
        assert techniques.best_rate([row for row in rows if row["depth"] == depth]) == 0.01
    best = best_rates(pd.DataFrame(rows))
    assert best.groupby("depth")["learning_rate"].unique().map(list).to_dict() == {1: [0.01], 2: [0.01], 3: [0.01]}
    assert len(best) == 6
