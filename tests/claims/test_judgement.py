"""Verdicts: t-tests against SciPy's, Holm's correction by its definition, and what is imprecise."""

import math

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from resnet_notes.claims.judgement import Claim, Effect, Fact, holm, judged, p_value

VALUES = st.lists(st.integers(-1000, 1000).map(lambda tenth: tenth / 10), min_size=2, max_size=8)


def effect(*values: float, side: str = "above", threshold: float = 0.0) -> Effect:
    return Effect("points", pd.Series(values, dtype=float), side, threshold)  # type: ignore[arg-type]


def claim(test: Effect | Fact, restated: Claim | None = None) -> Claim:
    return Claim("It is so.", "someone", test, restated)


@given(VALUES, st.sampled_from([0.0, 2.5, -10.0]))
def test_p_values_are_those_of_scipy(values: list[float], threshold: float) -> None:
    found = p_value(effect(*values, threshold=threshold))
    if len(set(values)) == 1:
        assert found is None, "there is no spread to test against"
    else:
        assert found == pytest.approx(stats.ttest_1samp(values, threshold).pvalue, rel=1e-6, abs=1e-12)


@given(VALUES, st.sampled_from([0.5, 5.0, 80.0]))
def test_margins_by_two_one_sided_tests_of_scipy(values: list[float], margin: float) -> None:
    found = p_value(effect(*values, side="within", threshold=margin))
    if len(set(values)) == 1:
        assert found is None
        return
    above = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, margin, alternative="less").pvalue
    if abs(sum(values) / len(values)) < margin:
        assert found == pytest.approx(max(above, below), rel=1e-6, abs=1e-12)
    else:
        nearer = margin if sum(values) > 0 else -margin
        assert found == pytest.approx(stats.ttest_1samp(values, nearer).pvalue, rel=1e-6, abs=1e-12)


@given(VALUES, st.sampled_from([0.5, 5.0, 80.0]))
def test_within_a_margin_means_with_the_whole_interval(values: list[float], margin: float) -> None:
    found = judged({"a": claim(effect(*values, side="within", threshold=margin))}, 0.95)["a"]
    if len(set(values)) > 1:
        low, high = stats.t.interval(0.95, len(values) - 1, sum(values) / len(values), stats.sem(values))
        assume(min(abs(end - bound) for end in (low, high) for bound in (-margin, margin)) > 1e-9)
        inside, outside = -margin < low and high < margin, high < -margin or low > margin
        assert found["verdict"] == ("confirmed" if inside else "refuted" if outside else "undecided")
        assert found["claimed"] == f"within ±{margin:g}"


def test_sizes_are_not_what_a_margin_is_about() -> None:
    """Two seeds, nearly as far below zero as above: their sizes agree, and say nothing about the mean."""
    found = judged({"a": claim(effect(-0.9, 0.91, side="within", threshold=1.0))}, 0.95)["a"]
    assert found["verdict"] == "undecided"


def test_what_values_are_of_is_said() -> None:
    drawn = Effect("factor", pd.Series([1.0, 2.0]), "above", 0.0, "draws")
    assert judged({"a": claim(drawn)}, 0.95)["a"]["of"] == "draws"
    assert judged({"a": claim(effect(1.0, 2.0))}, 0.95)["a"]["of"] == "seeds"


def test_no_p_value_of_one_seed_or_of_a_run_that_diverged() -> None:
    assert p_value(effect(3.0)) is None and p_value(effect()) is None
    assert p_value(effect(3.0, math.nan, 4.0)) is None


@given(st.dictionaries(st.text("abcdef", min_size=1), st.floats(0, 1), max_size=6))
def test_holm_by_its_definition(p_values: dict[str, float]) -> None:
    corrected, m = holm(p_values), len(p_values)
    for alpha in (0.01, 0.05, 0.3):
        rejected: set[str] = set()
        for k, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
            if p_values[name] * (m - k) >= alpha:
                break  # step down: nothing after the first that is kept
            rejected.add(name)
        assert {name for name, p in corrected.items() if p < alpha} == rejected


def test_what_one_claim_decides_many_may_not() -> None:
    borderline = claim(effect(1.0, 2.0, 3.0))  # p = 0.074
    clear = claim(effect(5.0, 5.1, 5.2))
    level = 0.9
    assert judged({"a": borderline}, level)["a"]["verdict"] == "confirmed"
    vague = claim(effect(-1.0, 0.0, 1.5))
    many = judged({"a": borderline, "b": vague, "c": clear}, level)
    assert many["a"]["verdict"] == "undecided" and many["c"]["verdict"] == "confirmed"
    assert many["a"]["low"] == judged({"a": borderline}, level)["a"]["low"], "intervals are not corrected"


@pytest.mark.parametrize(
    ("side", "values", "verdict"),
    [
        ("above", (11.0, 11.1, 11.2), "confirmed"),
        ("above", (9.0, 9.1, 9.2), "refuted"),
        ("below", (9.0, 9.1, 9.2), "confirmed"),
        ("below", (11.0, 11.1, 11.2), "refuted"),
        ("below", (9.0, 11.0, 10.5), "undecided"),
        ("below", (10.0, 10.0, 10.0), "undecided"),
    ],
)
def test_each_side(side: str, values: tuple[float, ...], verdict: str) -> None:
    found = judged({"a": claim(effect(*values, side=side, threshold=10.0))}, 0.95)["a"]
    assert found["verdict"] == verdict and found["claimed"] == f"{side} 10"


def test_seeds_that_all_agree_are_decided_by_their_value() -> None:
    found = judged({"a": claim(effect(3.0, 3.0)), "b": claim(effect(0.0, 0.0)), "c": claim(effect(3.0))}, 0.95)
    assert [found[name]["verdict"] for name in "abc"] == ["confirmed", "undecided", "undecided"]
    assert found["a"]["p"] is None and found["a"]["p_corrected"] is None


def test_claims_without_a_p_value_are_counted() -> None:
    alone = judged({"a": claim(effect(1.0, 2.0, 4.0))}, 0.95)["a"]
    beside = judged({"a": claim(effect(1.0, 2.0, 4.0)), "b": claim(effect(math.nan, 1.0))}, 0.95)["a"]
    assert beside["p_corrected"] == pytest.approx(2 * alone["p_corrected"], rel=0.02)


def test_facts_are_exact() -> None:
    found = judged({"right": claim(Fact("gates", 16.0, 16.0)), "wrong": claim(Fact("gates", 15.0, 16.0))}, 0.95)
    assert (found["right"]["verdict"], found["wrong"]["verdict"]) == ("confirmed", "refuted")
    assert found["wrong"]["found"] == 15.0 and found["wrong"]["claimed"] == "16"


@pytest.mark.parametrize(
    ("literal", "restated", "verdict"),
    [(1.0, 1.0, "confirmed"), (2.0, 1.0, "imprecise"), (2.0, 2.0, "refuted"), (1.0, 2.0, "confirmed")],
)
def test_a_claim_that_fails_as_it_stands_and_holds_as_it_is_restated_is_imprecise(
    literal: float, restated: float, verdict: str
) -> None:
    stated = claim(Fact("gates", literal, 1.0), claim(Fact("gates", restated, 1.0)))
    found = judged({"a": stated, "b": claim(effect(5.0, 5.1))}, 0.95)
    assert list(found) == ["a", "b"] and found["a"]["verdict"] == verdict
    assert found["a"]["restated"]["verdict"] == ("confirmed" if restated == 1.0 else "refuted")


def test_restated_claims_count_as_claims() -> None:
    alone = judged({"a": claim(effect(1.0, 2.0, 4.0))}, 0.95)["a"]
    both = judged({"a": claim(effect(1.0, 2.0, 4.0), claim(effect(5.0, 9.0, 6.0)))}, 0.95)["a"]
    assert both["p"] == alone["p"] and both["p_corrected"] == pytest.approx(alone["p"], rel=0.02)
    assert both["restated"]["p_corrected"] == pytest.approx(2 * both["restated"]["p"], rel=0.02)
