"""Claims on techniques, on the gain of depth and on variants, on made-up runs, in each direction."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.claims.judgement import Evidence, judged
from resnet_notes.claims.techniques import LADDER, claims

PARAMS: dict[str, Any] = {"tens_of_layers": 10, "variant_points": 1.0, "shallow": 20, "deep": 56}
SEEDS = range(5)
DEPTHS = [1, 5, 20, 100]


def verdicts(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return judged(claims(Evidence(runs, {}), PARAMS), 0.95)


def rung(folder: Path, technique: str, deepest: int) -> dict[str, Any]:
    """A technique that trains networks up to a depth, and at the next one with the other rate, which has more loss."""
    rows = [
        {"learning_rate": rate, "depth": depth, "seed": seed, "train_loss": loss, "test_error": 5.0,
         "train_error": 3.0 if depth <= deepest or loss > 2 else 80.0}
        for depth in DEPTHS for rate, loss in ((0.1, 1.0), (0.01, 3.0)) for seed in SEEDS
    ]  # fmt: skip
    (folder / technique).mkdir()
    pd.DataFrame(rows).to_csv(folder / technique / "history.csv", index=False)
    told = {"technique": technique, "year": 2015, "width": 9, "images": 99, "steps": 9, "given_up_at": 50.0}
    told |= {"dataset": "mnist", "on_the_ladder": True, "depths": DEPTHS, "initialisation": "uniform"}
    return told | {"experiment": "techniques", "folder": str(folder / technique)}


@pytest.mark.parametrize("name", [name for name in LADDER if name != "ladder_batch_norm"])
@pytest.mark.parametrize(("deeper", "than", "expected"), [(20, 5, "confirmed"), (1, 20, "refuted")])
def test_rungs(name: str, deeper: int, than: int, expected: str, tmp_path: Path) -> None:
    runs = [rung(tmp_path, LADDER[name].deeper, deeper), rung(tmp_path, LADDER[name].than, than)]
    found = verdicts(runs)
    assert found[name]["verdict"] == expected and found[name]["mean"] == deeper - than
    assert {entry["verdict"] for other, entry in found.items() if other not in (name, "ladder_tens")} == {"undecided"}


@pytest.mark.parametrize(
    ("normalised", "without", "expected", "tens"),
    [(100, 20, "confirmed", "confirmed"), (20, 100, "refuted", "confirmed"), (5, 20, "refuted", "refuted")],
)
def test_batch_normalisation(normalised: int, without: int, expected: str, tens: str, tmp_path: Path) -> None:
    runs = [rung(tmp_path, "batch-norm", normalised), rung(tmp_path, "he", without)]
    found = verdicts(runs)
    assert found["ladder_batch_norm"]["verdict"] == expected and found["ladder_tens"]["verdict"] == tens


def test_a_technique_that_trains_nothing_has_no_layers(tmp_path: Path) -> None:
    found = verdicts([rung(tmp_path, "rbm", 5), rung(tmp_path, "uniform", 0)])
    assert found["ladder_pretraining"]["mean"] == 5


def networks(folder: Path, name: str, test: float, seeds: Sequence[int] = SEEDS, **told: Any) -> list[dict[str, Any]]:
    """Convolutional networks with this test error in %, which differs a little from seed to seed; none diverged."""
    runs = []
    for seed in seeds:
        place = folder / f"{name}-{seed}"
        place.mkdir()
        error = test + 0.01 * (seed - 2) ** 3 + 0.002 * seed * len(name)
        metrics = {"train_error": error, "test_error": error, "diverged_at_step": None, "parameters": 99}
        (place / "metrics.json").write_text(json.dumps(metrics))
        runs.append(
            {"seed": seed, "dataset": "mnist", "steps": 9, "batch": 9, "test_subset": None, "folder": str(place)} | told
        )
    return runs


@pytest.mark.parametrize(
    ("errors", "expected"),
    [([40.0, 20.0, 10.0], "confirmed"), ([40.0, 10.0, 20.0], "imprecise"), ([10.0, 20.0, 40.0], "refuted")],
)
def test_depth_gain(errors: list[float], expected: str, tmp_path: Path) -> None:
    runs = []
    for layers, error in zip((1, 3, 9), errors, strict=True):
        runs += networks(tmp_path, f"{layers}", error, layers=layers, experiment="depth_gain")
    if expected == "refuted":  # then one layer is the best, and there is no gain to speak of
        found = verdicts(runs)["depth_gain"]
        assert found["verdict"] == "refuted" and found["restated"]["mean"] == 0
    else:
        assert verdicts(runs)["depth_gain"]["verdict"] == expected


def test_the_gain_of_depth_is_judged_by_seeds_that_did_not_choose_the_best_one(tmp_path: Path) -> None:
    """Of two seeds each finds another depth best, so that each is judged at the depth that it finds worse."""
    runs = []
    for layers, seed, error in ((1, 0, 30.0), (3, 0, 10.0), (9, 0, 50.0), (1, 1, 30.0), (3, 1, 50.0), (9, 1, 10.0)):
        runs += networks(tmp_path, f"{layers}", error, [seed], layers=layers, experiment="depth_gain")
    assert verdicts(runs)["depth_gain"]["restated"]["mean"] == pytest.approx(20.0, abs=0.1)


TECHNIQUES = ["max-pooling", "dropout", "schedule", "batch-norm", "shortcuts"]


@pytest.mark.parametrize("technique", TECHNIQUES)
@pytest.mark.parametrize(
    ("alone", "rest", "expected"), [(50.0, 30.0, "confirmed"), (95.0, 30.0, "imprecise"), (95.0, 10.0, "refuted")]
)
def test_convolutional_techniques(technique: str, alone: float, rest: float, expected: str, tmp_path: Path) -> None:
    """Errors: none 80, all 20; of one technique by itself, and of all the others."""
    others = [name for name in TECHNIQUES if name != technique]
    runs = []
    for names, error in (([], 80.0), (TECHNIQUES, 20.0), ([technique], alone), (others, rest)):
        name = f"{len(names)}"
        runs += networks(tmp_path, name, error, experiment="conv_techniques", techniques=names, depth=20)
    found = verdicts(runs)
    claim = found.pop(f"{technique.replace('-', '_')}_alone")
    assert claim["verdict"] == expected
    assert len(found) == 4 and all(entry["n"] == entry["restated"]["n"] == 0 for entry in found.values())


@pytest.mark.parametrize(("deep", "expected"), [(10.0, "confirmed"), (16.0, "refuted")])
def test_deeper_residual_networks(deep: float, expected: str, tmp_path: Path) -> None:
    told = {"experiment": "residual", "architecture": "residual"}
    runs = networks(tmp_path, "shallow", 15.0, depth=20, **told) + networks(tmp_path, "deep", deep, depth=56, **told)
    assert verdicts(runs)["residual_deeper_better"]["verdict"] == expected


def variant_runs(folder: Path, errors: dict[str, float]) -> list[dict[str, Any]]:
    of = {"plain": ["degradation"], "residual": ["residual", "variants"]}
    runs = []
    for name, error in errors.items():
        for experiment in of.get(name, ["variants"]):
            told = {"experiment": experiment, "architecture": name}
            runs += networks(folder, f"{experiment}-{name}-56", error, depth=56, **told)
            runs += networks(folder, f"{experiment}-{name}-20", 50.0, depth=20, **told)
    return runs


@pytest.mark.parametrize(("name", "claim"), [("option-b", "option_b"), ("pre-activation", "pre_activation"),
                                             ("zero-gamma", "zero_gamma")])  # fmt: skip
@pytest.mark.parametrize(
    ("error", "better", "alike"),
    [
        (18.0, "confirmed", "refuted"),
        (19.4, "confirmed", "confirmed"),
        (20.6, "refuted", "confirmed"),
        (23.0, "refuted", "refuted"),
    ],
)
def test_variants(name: str, claim: str, error: float, better: str, alike: str, tmp_path: Path) -> None:
    found = verdicts(variant_runs(tmp_path, {"plain": 60.0, "residual": 20.0, name: error}))
    assert (found[claim]["verdict"], found[f"{claim}_alike"]["verdict"]) == (better, alike)


@pytest.mark.parametrize(("projected", "expected"), [(19.0, "confirmed"), (25.0, "confirmed"), (5.0, "refuted")])
def test_projections(projected: float, expected: str, tmp_path: Path) -> None:
    found = verdicts(variant_runs(tmp_path, {"plain": 30.0, "residual": 20.0, "option-b": projected}))
    assert found["projections_not_essential"]["verdict"] == expected


def test_variants_without_the_networks_that_they_vary(tmp_path: Path) -> None:
    found = verdicts(variant_runs(tmp_path, {"zero-gamma": 20.0}))
    assert len(found) == 7 and all(entry["n"] == 0 for entry in found.values())


def test_no_runs() -> None:
    assert claims(Evidence([], {}), PARAMS) == {}
