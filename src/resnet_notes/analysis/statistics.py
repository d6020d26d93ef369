"""Means, medians, their intervals and paired differences over seeds: the only place where statistics are computed.

Sums are exact (`math.fsum`), so a mean does not depend on the order of the seeds nor on the vector width of
the CPU, as NumPy's pairwise sums may.
"""

import math
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

import pandas as pd
from scipy.special import stdtrit


class Interval(NamedTuple):
    """A mean and its two-sided confidence interval, in the unit of the values."""

    mean: float
    """Mean of the values; NaN when there are none."""
    low: float
    """Lower end; NaN with fewer than two values, as one value says nothing about the spread."""
    high: float
    """Upper end; NaN with fewer than two values."""
    n: int
    """How many values were there."""


def t_interval(values: Iterable[float], level: float = 0.95) -> Interval:
    """Student's t-interval for the mean of independent values (one per seed).

    Args:
        values: Any number of values; missing ones (NaN, None: a diverged run) are left out and not counted in
            `n`.
        level: Confidence, between 0 and 1.

    Returns:
        mean -+ t(n - 1) * sd / sqrt(n), where sd has n - 1 in its denominator (Student 1908). Equal values
        give an interval of no width; one value gives NaN for both ends; none gives NaN for the mean, too.

    Raises:
        ValueError: A level outside (0, 1), or an infinite value.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    present = [float(value) for value in values if not pd.isna(value)]
    if any(math.isinf(value) for value in present):
        raise ValueError("an interval needs finite values")
    n = len(present)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(present) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in present) / (n - 1)
    half = _t_quantile(n - 1, (1 + level) / 2) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)


class MedianInterval(NamedTuple):
    """A median and its two-sided confidence interval, in the unit of the values."""

    median: float
    """Median of the values; NaN when there are none."""
    low: float
    """The smallest value; NaN with fewer than two values."""
    high: float
    """The largest value; NaN with fewer than two values."""
    n: int
    """How many values were there."""
    level: float
    """Confidence, between 0 and 1; NaN with fewer than two values."""


def median_interval(values: Iterable[float]) -> MedianInterval:
    """The median of independent values (one per seed), between the smallest and the largest of them.

    Nothing is assumed about the distribution, so it may be skewed, bounded, or have two modes. From the smallest to the
    largest value covers the median of any continuous distribution with probability 1 - 2^(1 - n): it misses when all
    values fall on one side (order statistics; David and Nagaraja 2003, section 7.1). Of a distribution with ties it
    covers the median at least as often.

    Args:
        values: Any number of values; missing ones (NaN, None: a diverged run) are left out and not counted in
            `n`.

    Returns:
        The level follows from the number of values: 0.5 of two, 0.9375 of five.

    Raises:
        ValueError: An infinite value.
    """
    present = [float(value) for value in values if not pd.isna(value)]
    if any(math.isinf(value) for value in present):
        raise ValueError("an interval needs finite values")
    n = len(present)
    if n < 2:
        return MedianInterval(present[0] if n else math.nan, math.nan, math.nan, n, math.nan)
    return MedianInterval(median(present), min(present), max(present), n, 1 - 2.0 ** (1 - n))


def paired_difference(a: pd.Series, b: pd.Series) -> pd.Series:
    """Differences `a - b`, one per seed that both have.

    Args:
        a: One value per seed, indexed by seed.
        b: The same for the other condition.

    Returns:
        One difference per seed, indexed by seed; NaN where the value of either side is missing (a diverged run).

    Raises:
        ValueError: A seed that occurs twice on one side.
    """
    if not (a.index.is_unique and b.index.is_unique):
        raise ValueError("a paired difference needs one value per seed")
    first, second = a.align(b, join="inner")
    return first.astype(float) - second.astype(float)


def intervals(frame: pd.DataFrame, by: list[str], column: str, level: float = 0.95) -> pd.DataFrame:
    """`t_interval` of one column for every group of rows.

    Args:
        frame: Tidy table, one row per observation.
        by: Columns that name a group; the groups come back sorted by them.
        column: The column to average over each group's rows.
        level: Confidence, between 0 and 1.

    Returns:
        One row per group: the columns `by`, then mean, low, high and n.
    """
    rows = [(*key, *t_interval(group[column], level)) for key, group in frame.groupby(by, sort=True)]
    return pd.DataFrame(rows, columns=[*by, *Interval._fields])


def median_intervals(frame: pd.DataFrame, by: list[str], column: str) -> pd.DataFrame:
    """`median_interval` of one column for every group of rows.

    Args:
        frame: Tidy table, one row per observation.
        by: Columns that name a group; the groups come back sorted by them.
        column: The column whose median is taken over each group's rows.

    Returns:
        One row per group: the columns `by`, then median, low, high, n and level.
    """
    rows = [(*key, *median_interval(group[column])) for key, group in frame.groupby(by, sort=True)]
    return pd.DataFrame(rows, columns=[*by, *MedianInterval._fields])


def _t_quantile(freedom: int, probability: float) -> float:
    """Quantile of Student's t; to 12 digits, as the last bits depend on the CPU (libm's code path)."""
    return round(float(stdtrit(freedom, probability)), 12)
