"""Claims on lesions, paths and responses, on made-up examinations, in each direction."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.claims.inside import claims
from resnet_notes.claims.judgement import Evidence, judged

PARAMS: dict[str, Any] = {
    "level": 0.95, "shallow": 20, "deep": 56, "degradation_points": 10.0, "residual_points": 2.5,
    "lesion_points": 20.0, "lesion_residual_points": 5.0,
}  # fmt: skip


def verdicts(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Each claim judged by itself: the correction for many of them is tested apart."""
    stated = claims(Evidence(runs, {}), PARAMS)
    return {name: judged({name: claim}, 0.95)[name] for name, claim in stated.items()}


def examined(folder: Path, experiment: str, architecture: str, depth: int, rows: list[dict]) -> dict[str, Any]:
    place = folder / f"{experiment}-{architecture}-{depth}"
    place.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(place / f"{experiment}.csv", index=False)
    return {
        "experiment": experiment,
        "architecture": architecture,
        "depth": depth,
        "dataset": "mnist",
        "folder": str(place),
    }


def lesions(rises: list[float]) -> list[dict]:
    """Networks whose median over three blocks of the rise is that of each seed."""
    none = {"removed": 0, "draw": 0, "block": 0, "swapped": 0, "tau": 1.0}
    return [
        row
        for seed, rise in enumerate(rises)
        for row in (
            none | {"seed": seed, "error": 12.0},
            *(none | {"seed": seed, "removed": 1, "block": block, "error": 12.0 + more}
              for block, more in enumerate((0.0, rise, 80.0), 1)),
        )
    ]  # fmt: skip


def responses(sizes: list[float]) -> list[dict]:
    return [
        {"seed": seed, "layer": layer, "response": size + shift}
        for seed, size in enumerate(sizes)
        for layer, shift in ((1, -0.1), (2, 0.1))
    ]


@pytest.mark.parametrize(
    ("rises", "plain", "residual"),
    [
        ([70.0, 72.0, 71.0], "confirmed", "refuted"),
        ([3.0, 3.5, 4.0], "refuted", "confirmed"),
        ([10.0, 11.0, 12.0], "refuted", "refuted"),
        ([2.0, 20.0, 40.0], "undecided", "undecided"),
        ([70.0], "undecided", "undecided"),
    ],
)
def test_lesions(rises: list[float], plain: str, residual: str, tmp_path: Path) -> None:
    runs = [examined(tmp_path, "lesions", name, 20, lesions(rises)) for name in ("plain", "residual")]
    runs += [examined(tmp_path, "lesions", name, 56, lesions([0.0, 0.0, 0.0])) for name in ("plain", "residual")]
    found = verdicts(runs)
    assert (found["lesion_plain"]["verdict"], found["lesion_residual"]["verdict"]) == (plain, residual)
    assert (found["lesion_plain_deep"]["verdict"], found["lesion_residual_deep"]["verdict"]) == ("refuted", "confirmed")
    assert found["lesion_plain"]["claimed"] == "above 20" and found["lesion_residual"]["claimed"] == "below 5"
    assert "responses_deep" not in found


@pytest.mark.parametrize(
    ("longest", "verdict"), [(4, "confirmed"), (5, "refuted"), (9, "refuted")], ids=["short", "over half", "all"]
)
def test_paths(longest: int, verdict: str, tmp_path: Path) -> None:
    """Of the nine blocks of 20 layers, and the paths of one length that carry all of the gradient."""
    rows = [
        {"seed": seed, "blocks": 9, "length": length, "gradient": float(length == longest)}
        for seed in range(3) for length in range(10)
    ]  # fmt: skip
    found = verdicts([examined(tmp_path, "paths", "residual", 20, rows)])
    assert found["paths_short_shallow"]["verdict"] == verdict and found["paths_short_shallow"]["mean"] == longest - 4.5
    assert found["paths_short_deep"]["verdict"] == "undecided"


@pytest.mark.parametrize(("name", "depth", "other"), [("shallow", 20, "deep"), ("deep", 56, "shallow")])
@pytest.mark.parametrize(
    ("plain", "residual", "verdict"),
    [
        ([1.0, 1.1, 1.2], [0.5, 0.6, 0.71], "confirmed"),
        ([0.5, 0.6, 0.7], [1.0, 1.1, 1.21], "refuted"),
        ([0.5, 1.0, 1.5], [0.8, 1.0, 1.0], "undecided"),
    ],
)
def test_responses(
    plain: list[float], residual: list[float], verdict: str, name: str, depth: int, other: str, tmp_path: Path
) -> None:
    runs = [
        examined(tmp_path, "responses", "plain", depth, responses(plain)),
        examined(tmp_path, "responses", "residual", depth, responses(residual)),
    ]
    found = verdicts(runs)
    assert found[f"responses_{name}"]["verdict"] == verdict
    assert found[f"responses_{other}"]["verdict"] == "undecided" and found[f"responses_{other}"]["n"] == 0
