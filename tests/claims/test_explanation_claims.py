"""Claims on extensions, gradients, basins and probes, on made-up examinations, in each direction."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.claims.explanations import claims
from resnet_notes.claims.judgement import Evidence, judged

PARAMS: dict[str, Any] = {"shallow": 20, "deep": 56, "healthy_decades": 1.0}
SEEDS = range(5)


def verdicts(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return judged(claims(Evidence(runs, {}), PARAMS), 0.95)


def spread(value: float, seed: int) -> float:
    return value + 0.01 * (seed - 2) ** 3


def examined(folder: Path, experiment: str, architecture: str, depth: int, rows: list[dict]) -> dict[str, Any]:
    place = folder / f"{experiment}-{architecture}-{depth}"
    place.mkdir()
    pd.DataFrame(rows).to_csv(place / f"{experiment}.csv", index=False)
    told = {"architecture": architecture, "depth": depth, "dataset": "mnist"}
    return told | {"experiment": experiment, "folder": str(place)}


@pytest.mark.parametrize(("rise", "expected", "changed"), [(0.0, "confirmed", 0), (0.02, "refuted", 1)])
def test_extension(rise: float, expected: str, changed: int, tmp_path: Path) -> None:
    """Networks of 20 and 44 layers are extended to 56; one of them may have a higher error then."""
    runs = []
    for shallow in (20, 44):
        rows = [
            {"seed": seed, "shallow": shallow, "deep": 56, "shallow_error": 1.0, "logit_difference": 0.0,
             "extended_error": spread(shallow, seed) + rise * ((shallow, seed) == (44, 3))}
            for seed in SEEDS
        ]  # fmt: skip
        runs.append(examined(tmp_path, "extension", "plain", shallow, rows))
    assert verdicts(runs) == {}  # with nothing to compare them with
    for depth in (20, 44, 56):
        for seed in SEEDS:
            place = tmp_path / f"trained-{depth}-{seed}"
            place.mkdir()
            metrics = {"train_error": spread(depth, seed), "test_error": 50.0, "diverged_at_step": None}
            (place / "metrics.json").write_text(json.dumps(metrics))
            told = {"experiment": "degradation", "architecture": "plain", "depth": depth, "seed": seed}
            runs.append(told | {"dataset": "mnist", "steps": 9, "folder": str(place)})
    found = verdicts(runs)["extension_keeps"]
    assert (found["verdict"], found["found"]) == (expected, changed)


def gradients(folder: Path, sizes: dict[tuple[str, int], float]) -> list[dict[str, Any]]:
    """The decadic logarithm of the stem's gradient at the start; that of the other layers is 0, and later all are."""
    return [
        examined(folder, "gradients", architecture, depth, [
            {"seed": seed, "step": step, "layer": layer, "log10_norm": spread(
                size if (step, layer) == (0, 1) else 0.0, seed if architecture == "plain" else 4 - seed)}
            for seed in SEEDS for step in (0, 10) for layer in range(1, depth)
        ])
        for (architecture, depth), size in sizes.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "residual", "expected"),
    [
        (2.0, 0.5, ("confirmed", "confirmed", "imprecise")),  # it explodes, and thus does not vanish
        (-2.0, 0.5, ("refuted", "refuted", "refuted")),
        (0.5, 0.9, ("confirmed", "refuted", "confirmed")),
    ],
)
def test_gradients(plain: float, residual: float, expected: tuple[str, str, str], tmp_path: Path) -> None:
    sizes = {("plain", 20): 0.0, ("plain", 56): plain, ("residual", 20): 0.0, ("residual", 56): residual}
    found = verdicts(gradients(tmp_path, sizes))
    names = ("gradients_grow", "gradients_tamed", "gradients_healthy")
    assert tuple(found[name]["verdict"] for name in names) == expected
    assert found["gradients_grow"]["mean"] == pytest.approx(plain)


def test_gradients_of_other_depths(tmp_path: Path) -> None:
    found = verdicts(gradients(tmp_path, {("plain", 8): 0.0, ("plain", 20): 1.0}))
    assert len(found) == 3 and all(entry["n"] == 0 for entry in found.values())


def surface(folder: Path, architecture: str, width: float, bump: float) -> dict[str, Any]:
    """A valley that is ``1 + (place / width)^2``, with a bump on either side."""
    places = [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
    rows = [
        {"seed": seed, "first": place, "second": second, "error": 1.0,
         "loss": 1 + (place / (width + 0.01 * seed)) ** 2 + bump * spread(1.0, 4 - seed) * (abs(place) == 0.75) + second}
        for seed in SEEDS for second in (0.0, 1.0) for place in places
    ]  # fmt: skip
    return examined(folder, "surfaces", architecture, 56, rows)


@pytest.mark.parametrize(
    ("plain", "residual", "expected"),
    [((0.2, 30.0), (0.6, 0.0), ("confirmed", "confirmed")), ((0.6, 0.0), (0.2, 30.0), ("refuted", "refuted"))],
)
def test_surfaces(
    plain: tuple[float, float], residual: tuple[float, float], expected: tuple[str, str], tmp_path: Path
) -> None:
    found = verdicts([surface(tmp_path, "plain", *plain), surface(tmp_path, "residual", *residual)])
    assert (found["basin_wider"]["verdict"], found["basin_convex"]["verdict"]) == expected


def probed(errors: list[float]) -> list[dict]:
    """Rows of probes with these errors by layer, from the image on, which differ a little from seed to seed."""
    return [
        {"seed": seed, "trained": trained, "layer": layer, "features": 9, "ridge": 0.1,
         "error": spread(error if trained else 40.0 + layer, seed if layer % 2 else 4 - seed)}
        for seed in SEEDS for trained in (0, 1) for layer, error in enumerate(errors)
    ]  # fmt: skip


FEATURES = [
    ([20.0, 18.0, 16.0, 14.0], "confirmed"),
    ([20.0, 18.0, 19.0, 14.0], "confirmed"),
    ([30.0, 18.0, 19.0, 20.0], "refuted"),
    ([30.0, 18.0, 19.0, 18.0], "undecided"),
]
"""Errors by layer; of the image the claims say nothing, nor of untrained networks."""


@pytest.mark.parametrize("architecture", ["plain", "residual"])
@pytest.mark.parametrize(("errors", "expected"), FEATURES)
def test_probes(architecture: str, errors: list[float], expected: str, tmp_path: Path) -> None:
    found = verdicts([examined(tmp_path, "probes", architecture, 20, probed(errors))])
    assert found[f"features_{architecture}"]["verdict"] == expected and len(found) == 1


@pytest.mark.parametrize(("errors", "expected"), FEATURES)
def test_probes_of_a_greedy_stack(errors: list[float], expected: str, tmp_path: Path) -> None:
    pd.DataFrame(probed(errors)).to_csv(tmp_path / "dbn_probes.csv", index=False)
    told = {"experiment": "dbn_probes", "dataset": "mnist", "layers": [128] * 3, "images": 99, "folder": str(tmp_path)}
    found = verdicts([told])
    assert found["features_dbn"]["verdict"] == expected and len(found) == 1
    assert found["features_dbn"]["mean"] == pytest.approx(errors[-1] - errors[1], abs=0.02)
    assert "stacks of 3 RBMs" in found["features_dbn"]["statement"]


def test_no_runs() -> None:
    assert claims(Evidence([], {}), PARAMS) == {}
