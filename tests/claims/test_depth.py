"""Verdicts on synthetic runs, in each direction, and against a judge written again with SciPy."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from resnet_notes.claims import depth
from resnet_notes.claims.judgement import Evidence, judged

PARAMS = {"level": 0.95, "shallow": 20, "deep": 56, "degradation_points": 10.0, "residual_points": 2.5}
DEGRADATION, RESIDUAL = ("degradation", "plain"), ("residual", "residual")
CONTROL_PLAIN, CONTROL_RESIDUAL = ("control", "plain"), ("control", "residual")

Errors = Sequence[float | None]
"""A training error per seed; None where the run diverged."""


class Runs:
    """Run folders with nothing but final errors in them."""

    def __init__(self, root: Path) -> None:
        self.root, self.runs = root, []

    def add(self, network: tuple[str, str], depth: int, errors: Errors, first_seed: int = 0) -> "Runs":
        for seed, error in enumerate(errors, first_seed):
            folder = self.root / f"{len(self.runs)}"
            folder.mkdir(parents=True)
            metrics = {"train_error": error, "test_error": error, "diverged_at_step": 7 if error is None else None}
            (folder / "metrics.json").write_text(json.dumps(metrics))
            self.runs.append(
                {"experiment": network[0], "architecture": network[1], "depth": depth, "seed": seed, "steps": 600,
                 "dataset": "fashion-mnist", "folder": str(folder)}
            )  # fmt: skip
        return self

    def judged(self, **changes: Any) -> dict[str, dict[str, Any]]:
        """Each claim judged by itself: the correction for many of them is tested apart."""
        params = PARAMS | changes
        stated = depth.claims(Evidence(self.runs, {}), params)
        return {name: judged({name: claim}, params["level"])[name] for name, claim in stated.items()}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


SHALLOW = [10.0, 11.0, 12.0]


@pytest.mark.parametrize(
    ("excess", "plain", "residual"),
    [
        ([30.0, 31.0, 32.0], "confirmed", "refuted"),
        ([5.0, 5.5, 6.0], "refuted", "refuted"),
        ([0.5, 0.6, 0.7], "refuted", "confirmed"),
        ([-3.0, -2.0, -1.0], "refuted", "confirmed"),
        # the interval of 5, 11 and 17 is 11 -+ 14.9: it holds both thresholds
        ([5.0, 11.0, 17.0], "undecided", "undecided"),
        ([2.0, 2.6, 2.4], "refuted", "undecided"),
        ([9.0, 12.0, 10.5], "undecided", "refuted"),
        # an interval that ends at the threshold does not lie beyond it
        ([10.0, 10.0, 10.0], "undecided", "refuted"),
        ([2.5, 2.5, 2.5], "refuted", "undecided"),
    ],
)
def test_each_direction(excess: list[float], plain: str, residual: str, runs: Runs) -> None:
    deep = [low + more for low, more in zip(SHALLOW, excess, strict=True)]
    for network in (DEGRADATION, RESIDUAL):
        runs.add(network, 20, SHALLOW).add(network, 56, deep)
    found = runs.judged()
    assert (found["degradation"]["verdict"], found["residual"]["verdict"]) == (plain, residual)
    assert found["degradation"]["mean"] == pytest.approx(np.mean(excess), abs=1e-4)
    assert found["degradation"]["n"] == 3 and found["degradation"]["diverged"] == 0
    assert found["degradation"]["claimed"] == "above 10" and found["residual"]["claimed"] == "below 2.5"


@pytest.mark.parametrize(
    ("deep", "verdict"),
    [([12.0, 13.1, 14.2], "confirmed"), ([9.0, 9.9, 10.8], "refuted"), ([9.0, 12.0, 12.5], "undecided")],
)
def test_degradation_after_longer_training(deep: list[float], verdict: str, runs: Runs) -> None:
    runs.add(CONTROL_PLAIN, 20, SHALLOW).add(CONTROL_PLAIN, 56, deep)
    assert runs.judged()["control_degradation"]["verdict"] == verdict


@pytest.mark.parametrize("lost", [0, 2])
@pytest.mark.parametrize("depth", [20, 56])
def test_a_compared_run_that_diverged_leaves_the_claim_undecided(lost: int, depth: int, runs: Runs) -> None:
    errors: dict[int, list[float | None]] = {20: [10.0, 11.0, 12.0], 56: [50.0, 51.0, 52.0]}
    errors[depth][lost] = None
    runs.add(DEGRADATION, 20, errors[20]).add(DEGRADATION, 56, errors[56])
    found = runs.judged()["degradation"]
    assert (found["verdict"], found["n"], found["diverged"]) == ("undecided", 2, 1)
    assert found["mean"] == 40.0


def test_a_run_of_another_depth_may_diverge(runs: Runs) -> None:
    runs.add(DEGRADATION, 20, SHALLOW).add(DEGRADATION, 56, [50.0, 51.0, 52.0]).add(DEGRADATION, 44, [None, None])
    assert runs.judged()["degradation"]["verdict"] == "confirmed"
    assert runs.judged(shallow=44)["degradation"]["verdict"] == "undecided"


def test_all_diverged(runs: Runs) -> None:
    runs.add(DEGRADATION, 20, [None, None]).add(DEGRADATION, 56, [None, None])
    found = runs.judged()["degradation"]
    assert (found["verdict"], found["n"], found["diverged"], found["mean"]) == ("undecided", 0, 2, None)


@pytest.mark.parametrize("present", [[], [DEGRADATION], [CONTROL_PLAIN], [CONTROL_RESIDUAL]])
def test_absent_experiments_leave_their_claims_undecided(present: list[tuple[str, str]], runs: Runs) -> None:
    for network in present:
        runs.add(network, 20, SHALLOW).add(network, 56, [50.0, 51.0, 52.0])
    found = runs.judged()
    decided = {DEGRADATION: "degradation", CONTROL_PLAIN: "control_degradation"}
    assert {name for name, claim in found.items() if claim["verdict"] != "undecided"} == {
        decided[network] for network in present if network in decided
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_an_absent_network_did_not_diverge(runs: Runs) -> None:
    runs.add(CONTROL_PLAIN, 20, SHALLOW).add(CONTROL_PLAIN, 56, [50.0, 51.0, 52.0])
    assert runs.judged()["control_residual"]["diverged"] == 0


def test_one_depth_or_one_seed_decides_nothing(runs: Runs) -> None:
    runs.add(DEGRADATION, 56, [50.0, 51.0]).add(RESIDUAL, 20, [10.0]).add(RESIDUAL, 56, [10.1])
    found = runs.judged()
    assert found["degradation"]["verdict"] == found["residual"]["verdict"] == "undecided"
    assert found["residual"]["n"] == 1 and found["residual"]["low"] is None


def test_differences_are_paired_by_seed(runs: Runs) -> None:
    # between seeds 40 points, within each about 12: only a paired difference can tell
    runs.add(DEGRADATION, 56, [62.0, 42.1], 1).add(DEGRADATION, 56, [22.0], 0)
    runs.add(DEGRADATION, 20, [10.0, 50.0, 30.0])
    found = runs.judged()["degradation"]
    assert found["verdict"] == "confirmed" and found["mean"] == pytest.approx(12.0333, abs=1e-3)


def test_experiments_are_not_mixed(runs: Runs) -> None:
    runs.add(CONTROL_PLAIN, 20, SHALLOW).add(CONTROL_PLAIN, 56, [50.0, 51.0, 52.0])
    runs.add(DEGRADATION, 20, [20.0, 21.0, 22.0]).add(DEGRADATION, 56, [20.1, 21.2, 22.3])
    found = runs.judged()
    assert found["degradation"]["verdict"] == "refuted" and found["control_degradation"]["verdict"] == "confirmed"


@pytest.mark.parametrize(
    ("plain", "residual", "verdict"),
    [
        ([30.0, 31.0, 32.0], [1.0, 1.1, 1.2], "confirmed"),
        ([1.0, 1.1, 1.2], [30.0, 31.0, 32.0], "refuted"),
        ([1.0, 5.0, 9.0], [4.0, 4.5, 5.0], "undecided"),
    ],
)
def test_cost_of_depth_without_and_with_shortcuts(
    plain: list[float], residual: list[float], verdict: str, runs: Runs
) -> None:
    for network, excess in ((CONTROL_PLAIN, plain), (CONTROL_RESIDUAL, residual)):
        runs.add(network, 20, SHALLOW)
        runs.add(network, 56, [low + more for low, more in zip(SHALLOW, excess, strict=True)])
    assert runs.judged()["control_residual"]["verdict"] == verdict


def test_a_wider_interval_decides_less(runs: Runs) -> None:
    runs.add(DEGRADATION, 20, SHALLOW).add(DEGRADATION, 56, [21.0, 23.0, 25.0])
    # 12 -+ t(2) / sqrt(3): t is 2.92 at 90 %, 4.30 at 95 % and 9.92 at 99 %
    assert [runs.judged(level=level)["degradation"]["verdict"] for level in (0.9, 0.95, 0.99)] == [
        "confirmed", "undecided", "undecided",
    ]  # fmt: skip


ERROR = st.integers(0, 1000).map(lambda tenth: tenth / 10) | st.none()


@settings(max_examples=40)
@given(
    pairs=st.lists(st.tuples(ERROR, ERROR), min_size=1, max_size=5),
    threshold=st.sampled_from([0.0, 2.5, 10.0]),
    level=st.sampled_from([0.8, 0.95]),
)
def test_as_judged_with_scipy(
    pairs: list[tuple[float | None, float | None]],
    threshold: float,
    level: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    runs = Runs(tmp_path_factory.mktemp("runs"))
    for network in (DEGRADATION, RESIDUAL):
        runs.add(network, 20, [low for low, _ in pairs]).add(network, 56, [high for _, high in pairs])
    found = runs.judged(level=level, degradation_points=threshold, residual_points=threshold)
    whole = [high - low for low, high in pairs if low is not None and high is not None]
    plain = residual = "undecided"
    if len(whole) == len(pairs) > 1:
        half = stats.t.ppf((1 + level) / 2, len(whole) - 1) * np.std(whole, ddof=1) / len(whole) ** 0.5
        low, high = np.mean(whole) - half, np.mean(whole) + half
        if min(abs(low - threshold), abs(high - threshold)) < 1e-6:
            return  # too close for two ways of rounding
        if low > threshold:
            plain, residual = "confirmed", "refuted"
        elif high < threshold:
            plain, residual = "refuted", "confirmed"
        assert (found["degradation"]["low"], found["degradation"]["high"]) == pytest.approx((low, high), abs=1e-4)
    assert (found["degradation"]["verdict"], found["residual"]["verdict"]) == (plain, residual)
    assert found["residual"]["diverged"] == len(pairs) - len(whole)
