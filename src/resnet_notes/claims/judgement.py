"""When a claim is confirmed: what is measured, held against what was written down before.

An effect over seeds is held against a threshold by a two-sided t-test. That an effect is about nothing is no failure to
find one: its whole interval must lie within a margin, which is decided by two one-sided t-tests (Schuirmann 1987). Many
claims are looked at, so that the p-values are corrected by Holm's method (Holm 1979): the probability that any claim is
decided wrongly stays below one less the level. What is counted or computed exactly is held against the number that is
claimed.
"""

from collections.abc import Mapping, Sequence
from math import fsum, isclose, sqrt
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
from scipy.special import stdtr

from resnet_notes.analysis.published import PUBLISHED
from resnet_notes.analysis.runs import Run
from resnet_notes.analysis.statistics import Interval, t_interval

Side = Literal["above", "below", "within"]


class Evidence(NamedTuple):
    """What claims are judged by."""

    runs: Sequence[Run]
    """Of all experiments, as the analysis takes them."""
    theory: Mapping[str, Path]
    """The tables of what needs no training, by their names."""
    published: Path = PUBLISHED
    """The table of numbers of others."""

    def of(self, *experiments: str) -> list[Run]:
        """The runs of some experiments."""
        return [run for run in self.runs if run["experiment"] in experiments]

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of what needs no training, if it is there."""
        return pd.read_csv(self.theory[name]) if name in self.theory else None


class Effect(NamedTuple):
    """A number for each seed or draw, and where it is claimed to lie: above or below a threshold, or within a margin.

    What is claimed to lie within a margin has a sign, as its size would always lie above zero: the margin reaches from
    minus the threshold to the threshold.
    """

    what: str
    """What is measured, with its unit."""
    values: pd.Series
    """By seed or draw; NaN where a run diverged."""
    side: Side
    threshold: float
    of: Literal["seeds", "draws"] = "seeds"
    """What the values are of: trainings from some seed, or random networks that were only drawn."""

    @property
    def bounds(self) -> tuple[float, ...]:
        """The thresholds, or the ends of the margin."""
        return (-self.threshold, self.threshold) if self.side == "within" else (self.threshold,)

    def holds(self, value: float) -> bool:
        """Whether a value lies where it is claimed to lie."""
        if self.side == "within":
            return abs(value) < self.threshold
        return (value > self.threshold) == (self.side == "above")


class Fact(NamedTuple):
    """A number that is exact, and what it is claimed to be."""

    what: str
    found: float
    expected: float


class Claim(NamedTuple):
    """A statement and what decides it."""

    statement: str
    source: str
    """Who states it, and where."""
    test: Effect | Fact
    restated: "Claim | None" = None
    """The statement put right; where it holds and the one above does not, that is imprecise."""


def judged(claims: Mapping[str, Claim], level: float) -> dict[str, Any]:
    """Return what ``claims.json`` says of every claim: its test and its verdict.

    A verdict is ``confirmed``, ``refuted``, ``undecided`` or ``imprecise``: refuted as it stands and confirmed as it is
    restated. An effect is undecided where its corrected p-value is not below one less the level, where a run diverged,
    where the interval holds the threshold or an end of the margin, and where there are fewer than two seeds. Where all
    seeds have the same value, say a number of layers, there is no
    spread to test against: the value decides, and there is no p-value.

    Args:
        claims: by their names.
        level: confidence of the intervals, which are not corrected; one less the level is what Holm's method keeps to.
    """
    every = dict(claims) | {f"{name} restated": claim.restated for name, claim in claims.items() if claim.restated}
    measured = {name: p_value(claim.test) for name, claim in every.items() if isinstance(claim.test, Effect)}
    # what has no p-value was looked at, too
    corrected = holm({name: 1.0 if p is None else p for name, p in measured.items()})
    entries = {
        name: entry(claim, level, p, None if p is None else corrected[name])
        for name, claim in every.items()
        for p in [measured.get(name)]
    }
    for name, claim in claims.items():
        if claim.restated:
            restated = entries.pop(f"{name} restated")
            entries[name]["restated"] = restated
            if (entries[name]["verdict"], restated["verdict"]) == ("refuted", "confirmed"):
                entries[name]["verdict"] = "imprecise"
    return entries


def entry(claim: Claim, level: float, p: float | None, corrected: float | None) -> dict[str, Any]:
    """Return statement, source, test and verdict of a claim by itself."""
    said: dict[str, Any] = {"statement": claim.statement, "source": claim.source}
    if isinstance(claim.test, Fact):
        what, found, expected = claim.test
        holds = isclose(found, expected, rel_tol=1e-9)
        return said | {
            "effect": what, "claimed": f"{expected:g}", "found": found, "verdict": "confirmed" if holds else "refuted",
        }  # fmt: skip
    what, values, side, threshold, of = effect = claim.test
    interval = t_interval(values.dropna(), level)
    ends = {name: rounded(getattr(interval, name)) for name in ("mean", "low", "high")}
    decided = (corrected is not None and corrected < 1 - level and clear(interval, effect)) or is_constant(effect)
    return said | {
        "effect": what,
        "claimed": f"{side} {'±' if side == 'within' else ''}{threshold:.4g}",
        **ends,
        "n": interval.n,
        "of": of,
        "diverged": len(values) - interval.n,
        "p": None if p is None else float(f"{p:.2g}"),
        "p_corrected": None if corrected is None else float(f"{corrected:.2g}"),
        "verdict": ("confirmed" if effect.holds(interval.mean) else "refuted") if decided else "undecided",
    }


def clear(interval: Interval, effect: Effect) -> bool:
    """Whether an interval leaves out the threshold, or both ends of the margin."""
    return not any(interval.low <= bound <= interval.high for bound in effect.bounds)


def p_value(effect: Effect) -> float | None:
    """P-value of the t-tests of an effect; None without two different values, or where a run diverged.

    That of a threshold is two-sided: it is below one less a level exactly where the t-interval of that level leaves out
    the threshold. Where the mean lies within a margin, it is the larger of the two one-sided ones, each of an end of
    the margin; outside of it, the two-sided one of the nearer end.
    """
    values = [float(value) for value in effect.values]
    n = len(values)
    if len(set(values)) < 2 or any(value != value for value in values):
        return None
    mean = fsum(values) / n
    deviation = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1))
    nearest = min(abs(mean - bound) for bound in effect.bounds)
    one_sided = float(stdtr(n - 1, -nearest / (deviation / sqrt(n))))
    return one_sided if effect.side == "within" and effect.holds(mean) else 2.0 * one_sided


def is_constant(effect: Effect) -> bool:
    """Whether there are at least two values, all the same and neither the threshold nor an end of the margin."""
    values = effect.values
    return (
        len(values) > 1
        and values.nunique(dropna=False) == 1
        and bool(values.notna().all())
        and values.iloc[0] not in effect.bounds
    )


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values by Holm's method: the k-th smallest of m, times m - k + 1, never below the one before."""
    found, least = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[name]))
        found[name] = least
    return found


def rounded(value: float | None) -> float | None:
    """Round to four digits after the point; None for a NaN, so that JSON can hold it."""
    return None if value is None or value != value else round(value, 4)
