"""What claims about exact rules and about factors measure."""

import sys
from collections.abc import Iterable
from math import inf, log10

import pandas as pd

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.claims.judgement import Fact


def exceptions(what: str, are: pd.Series) -> Fact:
    """Return that there are no exceptions to a rule as a fact.

    Args:
        what: what an exception is, in the plural.
        are: for each case whether it is one.
    """
    return Fact(what, float(are.sum()), 0.0)


def off(found: pd.Series, expected: float | pd.Series) -> pd.Series:
    """Return the relative distance of numbers from what is expected, below zero where they are smaller."""
    return found / expected - 1


def farthest(series: Iterable[pd.Series], level: float) -> pd.Series:
    """Return the series whose interval reaches farthest from zero: where that lies within a margin, all do.

    Args:
        series: a number for each seed or draw; one that misses some reaches farthest.
        level: confidence of the intervals.
    """

    def reach(values: pd.Series) -> float:
        interval = t_interval(values, level)
        return inf if interval.n < max(2, len(values)) else max(-interval.low, interval.high)

    return max(series, key=reach, default=pd.Series(dtype=float))


def magnitude(values: pd.Series) -> pd.Series:
    """Return the logarithm to base 10 of numbers that are not negative; zero counts as the least float."""
    return values.clip(sys.float_info.min, sys.float_info.max).map(log10)
