"""Claims on depth: plain networks degrade, residual ones do not, and longer training does not change it.

Each claim is a difference in training error, in percentage points, paired by seed and held against a threshold from
the params. It is confirmed when the whole interval lies on the claimed side of the threshold, refuted when it lies
wholly on the other, and undecided otherwise, or when a compared run diverged. Source: He et al. 2015, sections 1, 4.2.
"""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from resnet_notes.analysis.runs import Run, final_errors
from resnet_notes.analysis.statistics import Interval, paired_difference, t_interval

Side = Literal["above", "below"]


def verdicts(runs: Sequence[Run], params: dict[str, Any]) -> dict[str, Any]:
    """Return each claim that the runs can speak to, by name, with its effect and verdict.

    Args:
        runs: of any experiments; a claim whose networks are not among them is undecided.
        params: ``level``, ``shallow``, ``deep``, ``degradation_points``, ``residual_points``.
    """
    errors = final_errors(runs)
    shallow, deep, level = params["shallow"], params["deep"], params["level"]
    worse, near = params["degradation_points"], params["residual_points"]

    def excess(experiment: str, architecture: str) -> pd.Series:
        return difference(errors, (experiment, architecture, deep), (experiment, architecture, shallow))

    control = excess("control", "plain"), excess("control", "residual")
    grid = [
        (
            "degradation",
            f"Plain: training error at depth {deep} exceeds that at {shallow} by more than {worse:g} points.",
            excess("degradation", "plain"),
            "above",
            worse,
        ),
        (
            "residual",
            f"Residual: training error at depth {deep} exceeds that at {shallow} by less than {near:g} points.",
            excess("residual", "residual"),
            "below",
            near,
        ),
        (
            "control_degradation",
            "Longer training does not remove the degradation of plain networks.",
            control[0],
            "above",
            0.0,
        ),
        (
            "control_residual",
            "After longer training the cost of depth is still greater without shortcuts than with them.",
            paired_difference(*control),
            "above",
            0.0,
        ),
    ]
    return {
        name: {"statement": statement, "effect": "points of training error"} | judge(effect, side, threshold, level)  # type: ignore[arg-type]
        for name, statement, effect, side, threshold in grid
    }


def difference(errors: pd.DataFrame, a: tuple[str, str, int], b: tuple[str, str, int]) -> pd.Series:
    """Training error of ``a`` minus that of ``b``, each (experiment, architecture, depth), by the seeds they share."""

    def by_seed(network: tuple[str, str, int]) -> pd.Series:
        chosen = errors[["experiment", "architecture", "depth"]].eq(list(network)).all(axis="columns")
        return errors[chosen].set_index("seed")["train_error"]

    return paired_difference(by_seed(a), by_seed(b))


def judge(effect: pd.Series, side: Side, threshold: float, level: float) -> dict[str, Any]:
    """Return threshold, interval, number of seeds and verdict of an effect given per seed; NaN where a run diverged."""
    interval = t_interval(effect.dropna(), level)
    decided = interval.n > 1 and interval.n == len(effect)
    ends = {name: rounded(getattr(interval, name)) for name in ("mean", "low", "high")}
    return {
        "claimed": f"{side} {threshold:g}",
        **ends,
        "n": interval.n,
        "diverged": len(effect) - interval.n,
        "verdict": verdict(interval, side, threshold) if decided else "undecided",
    }


def verdict(interval: Interval, side: Side, threshold: float) -> str:
    """Return ``confirmed``, ``refuted`` or ``undecided``."""
    above, below = interval.low > threshold, interval.high < threshold
    if not (above or below):
        return "undecided"
    return "confirmed" if above == (side == "above") else "refuted"


def rounded(value: float) -> float | None:
    """Round to four digits; None for a NaN, so that JSON can hold it."""
    return None if value != value else round(value, 4)
