import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from resnet_notes.analysis.statistics import (
    Interval,
    intervals,
    median_interval,
    median_intervals,
    paired_difference,
    t_interval,
)

ERRORS = st.lists(st.floats(0, 100), min_size=2, max_size=12)


def test_by_hand():
    # sd of 1, 2, 3 is 1, and t(2) at 97.5 % is 4.30265 in printed tables.
    assert t_interval([1, 2, 3]) == pytest.approx(
        (2, 2 - 4.30265 / math.sqrt(3), 2 + 4.30265 / math.sqrt(3), 3), abs=1e-5
    )


@given(ERRORS, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_as_scipy(values: list[float], level: float):
    ours = t_interval(values, level)
    mean, error = sum(values) / len(values), stats.sem(values)
    theirs = stats.t.interval(level, len(values) - 1, mean, error) if error > 0 else (mean, mean)
    assert (ours.low, ours.high) == pytest.approx(theirs, rel=1e-9, abs=1e-7)


@given(ERRORS, st.floats(-50, 50), st.floats(0.1, 10))
def test_shift_and_scale(values: list[float], shift: float, scale: float):
    before, after = t_interval(values), t_interval([shift + scale * value for value in values])
    assert after[:3] == pytest.approx([shift + scale * end for end in before[:3]], rel=1e-9, abs=1e-7)


@given(ERRORS.flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_order_does_not_change_a_bit(both: tuple[list[float], list[float]]):
    assert t_interval(both[0]) == t_interval(both[1])


def test_too_few_values():
    assert t_interval([4.0, math.nan])[0::3] == (4.0, 1)
    assert math.isnan(t_interval([4.0]).low) and math.isnan(t_interval([4.0]).high)
    assert math.isnan(t_interval([]).mean) and t_interval([]).n == 0
    assert t_interval([3.0, 3.0]) == Interval(3.0, 3.0, 3.0, 2)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_impossible_level(level: float):
    with pytest.raises(ValueError, match="level"):
        t_interval([1, 2], level)


def test_infinite_value():
    with pytest.raises(ValueError, match="finite"):
        t_interval([1, math.inf])


def test_paired_difference_joins_on_the_seed():
    a = pd.Series([10.0, 20.0, 30.0, 99.0, 5.0], index=[0, 1, 2, 3, 4])
    b = pd.Series([27.0, 8.0, 19.0, math.nan, 1.0], index=[2, 0, 1, 3, 7])
    found = t_interval(paired_difference(a, b))
    assert found == t_interval([2.0, 1.0, 3.0])
    theirs = stats.ttest_rel([10, 20, 30], [8, 19, 27]).confidence_interval(0.95)
    assert found[1:3] == pytest.approx((theirs.low, theirs.high))


def test_paired_difference_refuses_a_seed_twice():
    with pytest.raises(ValueError, match="one value per seed"):
        paired_difference(pd.Series([1.0, 2.0], index=[0, 0]), pd.Series([1.0], index=[0]))


def test_intervals_per_group():
    frame = pd.DataFrame({"depth": [20, 8, 8], "error": [5.0, 1.0, 3.0]})
    found = intervals(frame, ["depth"], "error")
    assert list(found.columns) == ["depth", "mean", "low", "high", "n"]
    assert found[["depth", "mean", "n"]].to_numpy().tolist() == [[8, 2.0, 2], [20, 5.0, 1]]


@given(ERRORS)
def test_median_interval_as_numpy(values: list[float]) -> None:
    found = median_interval([*values, math.nan])
    assert found[:4] == (pytest.approx(np.median(values), abs=1e-9), np.min(values), np.max(values), len(values))
    assert found == median_interval(reversed(values))


@pytest.mark.parametrize("n", range(2, 11))
def test_level_of_a_median_interval_by_brute_force(n: int) -> None:
    # every value lies below or above the median with probability one half: count the patterns with both
    covered = [min(signs) < 0 < max(signs) for signs in itertools.product([-1, 1], repeat=n)]
    assert median_interval(range(n)).level == sum(covered) / len(covered)


@pytest.mark.parametrize("n", [2, 5])
def test_median_interval_covers_the_median_as_often_as_it_says(n: int) -> None:
    # two modes at the ends of an interval, of unequal weight: what errors of networks that learn or fail look like
    draws = np.random.default_rng([20, n]).beta(0.2, 0.4, size=(4000, n))
    median = stats.beta.median(0.2, 0.4)
    found = [median_interval(values) for values in draws]
    covered = np.mean([interval.low < median < interval.high for interval in found])
    level = found[0].level
    assert abs(covered - level) < 4 * math.sqrt(level * (1 - level) / len(draws))


def test_median_interval_of_too_few_values() -> None:
    one, none = median_interval([4.0, math.nan]), median_interval([])
    assert (one.median, one.n, none.n) == (4.0, 1, 0)
    assert all(math.isnan(end) for end in (one.low, one.high, one.level, *none[:3], none.level))


def test_median_interval_refuses_an_infinite_value() -> None:
    with pytest.raises(ValueError, match="finite"):
        median_interval([1, math.inf])


def test_median_intervals_per_group() -> None:
    frame = pd.DataFrame({"depth": [20, 8, 8, 8], "error": [5.0, 1.0, 3.0, 30.0]})
    found = median_intervals(frame, ["depth"], "error")
    assert list(found.columns) == ["depth", "median", "low", "high", "n", "level"]
    assert found[["depth", "median", "n"]].to_numpy().tolist() == [[8, 3.0, 3], [20, 5.0, 1]]
    assert found.loc[0, ["low", "high", "level"]].to_list() == [1.0, 30.0, 0.75]
