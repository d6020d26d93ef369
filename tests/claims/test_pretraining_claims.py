"""Claims on pretraining, random weights and what depth is needed for, on made-up runs, in each direction."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.claims.judgement import Evidence, judged
from resnet_notes.claims.pretraining import claims

PARAMS: dict[str, Any] = {
    "untrained_error": 50.0, "trainable_layers": 2, "untrainable_layers": 5, "pretrained_layers": 4,
    "about": 0.1, "likelihood_nats": 7.0, "depth_scales": 6.0, "parity_error": 25.0,
}  # fmt: skip
SEEDS = range(5)
STEPS = 200


def verdicts(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return judged(claims(Evidence(runs, {}), PARAMS), 0.95)


def verdict(name: str, runs: list[dict[str, Any]]) -> str:
    return verdicts(runs)[name]["verdict"]


def spread(value: float, seed: int) -> float:
    """A value of a seed: seeds lie a little apart, and some of them nearer together than others."""
    return value + 0.01 * (seed - 2) ** 3


def left(folder: Path, name: str, rows: list[dict], file: str = "history.csv", **settings: Any) -> dict[str, Any]:
    """A run that has left a file."""
    (folder / name).mkdir()
    pd.DataFrame(rows).to_csv(folder / name / file, index=False)
    return settings | {"folder": str(folder / name)}


class Stacks:
    """Deep sigmoid networks of five seeds each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[dict[str, Any]] = []

    def add(
        self, start: str, depth: int, train: float = 1.0, test: float = 5.0, *, distance: float = 20.0,
        reached: int = 100, width: int = 128, dataset: str = "mnist", experiment: str = "finetuning", loss: float = 0.05,
        falls: float = 0.5,
    ) -> "Stacks":  # fmt: skip
        """Networks with these final errors in %; the loss is low from the step ``reached`` on.

        Weight gradients fall by ``falls`` powers of ten a layer on the way back.
        """
        rows = [
            {"seed": seed, "step": step, "train_loss": loss if step >= reached else 2.0, "norm": 10.0,
             "train_error": spread(train, seed), "distance": spread(distance, seed), "test_error": spread(test, 4 - seed)}
            for step in (0, 100, STEPS) for seed in SEEDS
        ]  # fmt: skip
        gradients = [
            {"seed": seed, "step": 0, "layer": layer, "gradient_sd": 10.0 ** (falls * layer + 0.001 * seed * layer)}
            for layer in range(1, depth + 2) for seed in SEEDS
        ]  # fmt: skip
        told = {"experiment": experiment, "dataset": dataset, "initialisation": start, "layers": [width] * depth}
        told |= {"images": 100, "steps": STEPS, "epochs": 2, "target_loss": 0.1}
        name = f"{dataset}-{start}-{depth}x{width}"
        self.runs.append(left(self.folder, name, rows, **told))
        pd.DataFrame(gradients).to_csv(self.folder / name / "gradients.csv", index=False)
        return self


@pytest.mark.parametrize(
    ("three", "five", "expected"),
    [(80.0, 88.0, "confirmed"), (5.0, 88.0, "imprecise"), (5.0, 6.0, "refuted")],
)
def test_random_weights(three: float, five: float, expected: str, tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("uniform", 2, 2.0).add("uniform", 3, three).add("uniform", 5, five)
    assert verdict("random_weights", stacks.runs) == expected


@pytest.mark.parametrize(("three", "expected"), [(9.0, "confirmed"), (2.0, "refuted")])
def test_error_after_two_layers(three: float, expected: str, tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("uniform", 2, test=5.0).add("uniform", 3, test=three).add("uniform", 4, test=5.0)
    # another spread over the seeds, so that the difference has one
    rows = pd.read_csv(f"{stacks.runs[1]['folder']}/history.csv")
    rows["test_error"] += 0.01 * rows["seed"]
    rows.to_csv(f"{stacks.runs[1]['folder']}/history.csv", index=False)
    assert verdict("random_weights_error_rises", stacks.runs) == expected


@pytest.mark.parametrize(
    ("old", "pretrained", "expected"),
    [(0.84, 0.3, ("confirmed", "confirmed")), (0.4, 0.9, ("refuted", "refuted")), (1.2, 1.0, ("refuted", "confirmed"))],
)
def test_gradients_before_the_training(
    old: float, pretrained: float, expected: tuple[str, str], tmp_path: Path
) -> None:
    stacks = Stacks(tmp_path).add("uniform", 6, falls=old).add("rbm", 6, falls=pretrained)
    stacks.add("uniform", 3, falls=0.0).add("rbm", 3, falls=0.0)
    found = verdicts(stacks.runs)
    assert found["pretraining_gradients_fall"]["verdict"] == expected[0]
    assert found["pretraining_gradients_less"]["verdict"] == expected[1]
    assert found["pretraining_gradients_less"]["mean"] == pytest.approx(old - pretrained, abs=1e-3)


@pytest.mark.parametrize(("deepest", "expected"), [(10.0, "confirmed"), (85.0, "refuted")])
def test_pretraining_trains(deepest: float, expected: str, tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("rbm", 1, 2.0).add("rbm", 6, deepest).add("uniform", 6, 90.0)
    assert verdict("pretraining_trains", stacks.runs) == expected
    stacks.add("rbm", 1, 2.0, dataset="fashion-mnist").add("rbm", 4, deepest, dataset="fashion-mnist")
    assert verdict("pretraining_trains", stacks.runs) == expected, "each data set at its own greatest depth"
    assert verdicts(stacks.runs)["pretraining_trains"]["mean"] == pytest.approx(deepest, abs=1)


@pytest.mark.parametrize(("deepest", "expected"), [(10.0, "confirmed"), (85.0, "refuted")])
def test_a_factor_trains(deepest: float, expected: str, tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("glorot-sigmoid", 1, 2.0).add("glorot-sigmoid", 6, deepest).add("rbm", 6, 90.0)
    assert verdict("factor_trains", stacks.runs) == expected


@pytest.mark.parametrize(("four", "expected"), [(4.0, "confirmed"), (7.0, "refuted")])
def test_pretraining_depth(four: float, expected: str, tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("rbm", 1, test=5.0).add("rbm", 4, test=four)
    stacks.add("rbm", 4, test=9.0, dataset="squares")
    assert verdict("pretraining_depth", stacks.runs) == expected


@pytest.mark.parametrize("other", [4.0, 9.0])
@pytest.mark.parametrize(
    ("shallow", "deep", "expected"), [(4.0, 4.0, "confirmed"), (6.0, 4.0, "confirmed"), (4.0, 6.0, "refuted")]
)
def test_pretraining_against_the_best_random_weights(
    shallow: float, deep: float, expected: str, other: float, tmp_path: Path
) -> None:
    stacks = Stacks(tmp_path)
    for depth, pretrained in ((1, shallow), (6, deep)):
        stacks.add("rbm", depth, test=pretrained).add("glorot", depth, test=5.0, loss=0.02)
        stacks.add("uniform", depth, test=1.0)  # the lower test error, which chooses nothing
    stacks.add("rbm", 9, test=90.0)  # with nothing to compare it with
    for start, error in (("rbm", other), ("glorot", 5.0)):
        stacks.add(start, 1, test=error, dataset="fashion-mnist")
    found = verdicts(stacks.runs)
    assert found["pretraining_better_mnist"]["verdict"] == expected
    assert found["pretraining_better_mnist"]["mean"] == pytest.approx(deep - 5.0)
    assert found["pretraining_better_fashion_mnist"]["verdict"] == ("confirmed" if other < 5.0 else "refuted")


@pytest.mark.parametrize(
    ("distance", "reached", "far", "many"),
    [(30.0, 200, "confirmed", "confirmed"), (15.0, 100, "refuted", "refuted"), (30.0, 999, "confirmed", "confirmed")],
)
def test_travel_of_the_deepest_networks_that_random_weights_can_train(
    distance: float, reached: int, far: str, many: str, tmp_path: Path
) -> None:
    stacks = Stacks(tmp_path).add("rbm", 3, distance=20.0, reached=100 if reached > 100 else 200)
    stacks.add("uniform", 3, distance=distance, reached=reached)
    stacks.add("rbm", 4, distance=20.0).add("uniform", 4, 88.0, distance=5.0, reached=999)
    found = verdicts(stacks.runs)
    assert (found["weights_far"]["verdict"], found["many_iterations"]["verdict"]) == (far, many)
    assert abs(found["many_iterations"]["mean"]) == 100


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [(9.0, 4.0, ("confirmed", "confirmed")), (4.0, 9.0, ("refuted", "refuted"))],
)
def test_widths(narrow: float, wide: float, expected: tuple[str, str], tmp_path: Path) -> None:
    stacks = Stacks(tmp_path).add("rbm", 2, test=20.0).add("glorot", 2, test=5.0)
    for width, pretrained in ((16, narrow), (256, wide)):
        stacks.add("rbm", 2, test=pretrained, width=width, experiment="widths")
        stacks.add("glorot", 2, test=5.0, width=width, experiment="widths", loss=0.02)
        stacks.add("uniform", 2, test=1.0, width=width, experiment="widths")  # chosen by its test error, it would win
    found = verdicts(stacks.runs)
    assert (found["pretraining_narrow"]["verdict"], found["pretraining_wide"]["verdict"]) == expected


def likelihood(folder: Path, method: str, reached: float, k: int = 1, hidden: int = 20) -> list[dict[str, Any]]:
    told = {"experiment": "likelihood", "method": method, "k": k, "dataset": "mnist", "images": 9, "hidden": hidden}
    return [
        left(folder, f"{method}-{k}-{seed}", [
            {"epoch": epoch, "test_log_likelihood": spread(value, seed if method == "CD" else 4 - seed)}
            for epoch, value in ((1, -300.0), (50, reached))
        ], **told, seed=seed)
        for seed in SEEDS
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cd", "pcd", "expected"),
    [
        (-164.0, -151.0, ("confirmed", "confirmed", "confirmed")),
        (-168.0, -175.0, ("refuted", "confirmed", "refuted")),
        (-150.0, -149.0, ("confirmed", "refuted", "confirmed")),
    ],
)
def test_likelihood(cd: float, pcd: float, expected: tuple[str, str, str], tmp_path: Path) -> None:
    runs = likelihood(tmp_path, "CD", cd) + likelihood(tmp_path, "PCD", pcd) + likelihood(tmp_path, "CD", -120.0, k=9)
    found = verdicts(runs)
    assert tuple(found[name]["verdict"] for name in ("pcd_better", "cd_published", "pcd_published")) == expected


def test_published_likelihoods_are_not_compared_with_other_sizes(tmp_path: Path) -> None:
    found = verdicts(likelihood(tmp_path, "CD", -164.0, hidden=8))
    assert found["cd_published"]["n"] == 0 and found["pcd_better"]["verdict"] == "undecided"


@pytest.mark.parametrize(("after", "expected"), [(5.0, "confirmed"), (8.0, "refuted")])
def test_up_down(after: float, expected: str, tmp_path: Path) -> None:
    runs = Stacks(tmp_path).add("rbm", 2, test=1.0).runs
    told = {"experiment": "up_down", "dataset": "mnist", "layers": [128, 128], "top": 9, "images": 100}
    for seed in SEEDS:
        rows = [
            {"epoch": epoch, "gibbs_steps": 3, "train_error": 1.0, "validation_error": 1.0, "test_error": error}
            for epoch, error in ((0, spread(6.0, seed)), (1, None), (2, spread(after, 4 - seed)))
        ]
        runs.append(left(tmp_path, f"up-down-{seed}", rows, **told, seed=seed))
    assert verdict("up_down", runs) == expected


@pytest.mark.parametrize(("deepest", "expected"), [(20, "confirmed"), (40, "refuted")])
def test_depth_scales(deepest: int, expected: str, tmp_path: Path) -> None:
    """At a weight variance of 1 the depth scale is 3.6 layers: 20 layers are 5.5 of them, and 40 are 11."""
    told = {"experiment": "trainability", "weight_variances": [1.0, 1.76], "bias_variance": 0.05, "steps": STEPS}
    told |= {"dataset": "mnist", "width": 9}
    runs = [
        left(tmp_path, f"trainability-{layers}", [
            {"weight_variance": variance, "seed": seed, "step": STEPS, "test_error": 1.0,
             "train_error": None if variance == 1.0 and layers > deepest else 10.0}
            for variance in (1.0, 1.76) for seed in SEEDS
        ], **told, layers=layers)
        for layers in (10, 20, 40)
    ]  # fmt: skip
    found = verdicts(runs)["depth_scales"]
    assert found["verdict"] == expected and found["diverged"] == 0
    assert found["mean"] == pytest.approx(deepest / 3.627, rel=1e-3)


@pytest.mark.parametrize(
    ("shallow", "deep", "expected"),
    [
        ((60.0, 60.0), 10.0, ("confirmed", "confirmed", "confirmed")),
        ((60.0, 1.0), 10.0, ("confirmed", "confirmed", "refuted")),
        ((1.0, 40.0), 30.0, ("refuted", "refuted", "confirmed")),
    ],
)
def test_separation(shallow: tuple[float, float], deep: float, expected: tuple[str, str, str], tmp_path: Path) -> None:
    """Errors of shallow networks with few examples and with many, and of deep ones with few."""
    runs = []
    for task, described in (("triangle", {"iterations": 4}), ("parity", {"inputs": 9, "relevant": 4})):
        for layers, few, many in ((1, *shallow), (6, deep, 0.5)):
            rows = [
                {"layers": layers, "width": 9, "parameters": 99, "learning_rate": 0.1, "examples": examples,
                 "seed": seed, "step": STEPS, "train_loss": 0.1, "validation_loss": 0.1, "train_error": 0.0,
                 "test_error": spread(error, seed if layers == 1 else 4 - seed)}
                for examples, error in ((60, few), (1000, many)) for seed in SEEDS
            ]  # fmt: skip
            told = {"experiment": "separation", "task": task, "steps": STEPS, **described}
            runs.append(left(tmp_path, f"{task}-{layers}", rows, **told))
    found = verdicts(runs)
    assert (
        tuple(found[name]["verdict"] for name in ("triangle_learned", "parity_learned", "parity_learned_deep_only"))
        == expected
    )


def test_a_grid_without_the_networks_that_claims_speak_of(tmp_path: Path) -> None:
    found = verdicts(Stacks(tmp_path).add("glorot", 7, dataset="squares").runs)
    assert {entry["verdict"] for entry in found.values()} == {"undecided"} and len(found) == 10
    assert all(entry["n"] == 0 for entry in found.values())


def test_no_runs() -> None:
    assert claims(Evidence([], {}), PARAMS) == {}
