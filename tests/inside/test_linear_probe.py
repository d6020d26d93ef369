"""Linear probes on features whose answer is known, and against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier

from resnet_notes.inside import linear_probe


def overlapping(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four classes around the corners of a simplex, in features of very different size."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 4, count)
    return ((np.eye(4, 12)[labels] + 0.5 * draw.normal(size=(count, 12))) * 2.0 ** np.arange(12) + 5, labels)


def test_classes_that_a_plane_separates_are_told_apart_without_error() -> None:
    labels = np.arange(60) % 3
    x = np.eye(3, 7)[labels] + 0.05 * np.random.default_rng(0).uniform(-1, 1, (60, 7))
    (probe,) = linear_probe.probes(x[:30], labels[:30], [1e-3])
    assert linear_probe.error_percent(probe, x[30:], labels[30:]) == 0


def test_labels_that_have_nothing_to_do_with_the_features_are_guessed() -> None:
    draw = np.random.default_rng(0)
    x, labels = draw.normal(size=(6000, 10)), draw.integers(0, 5, 6000)
    (probe,) = linear_probe.probes(x[:2000], labels[:2000], [1e-3])
    # of 4000 guesses that are right with probability 1/5, four standard deviations are 2.5 points
    assert linear_probe.error_percent(probe, x[2000:], labels[2000:]) == pytest.approx(80, abs=2.6)


@pytest.mark.parametrize("ridge", [1e-4, 0.1, 3.0])
def test_the_probe_is_scikit_learns(ridge: float) -> None:
    x, labels = overlapping(300)
    other, expected = overlapping(400, seed=1)
    (probe,) = linear_probe.probes(x, labels, [ridge])
    alpha = ridge * len(x) * x.var(axis=0).mean()
    theirs = RidgeClassifier(alpha=alpha).fit(x, labels)
    # they fit -1 and 1 where we fit 0 and 1: twice the weights, the same classes
    assert np.allclose(2 * probe.weights, theirs.coef_.T, rtol=1e-8, atol=1e-12)
    assert (probe(other) == theirs.predict(other)).all()
    assert linear_probe.error_percent(probe, other, expected) == pytest.approx(
        100 * (1 - theirs.score(other, expected))
    )


@drawn(st.floats(0.01, 100), st.floats(-10, 10))
def test_the_size_and_the_origin_of_the_features_do_not_matter(factor: float, shift: float) -> None:
    x, labels = overlapping(50)
    (probe,), (moved,) = (linear_probe.probes(seen, labels, [0.1]) for seen in (x, factor * x + shift))
    assert np.allclose(moved.weights * factor, probe.weights, rtol=1e-6, atol=1e-9)


def test_features_without_any_variance_give_the_commonest_class() -> None:
    (probe,) = linear_probe.probes(np.full((5, 3), 7.0), np.array([0, 2, 2, 1, 2]), [0.1])
    assert probe(np.full((4, 3), 7.0)).tolist() == [2, 2, 2, 2]


def test_the_ridge_is_the_one_that_errs_least_on_other_examples_and_the_largest_of_equals() -> None:
    fitted, other = overlapping(14), overlapping(300, seed=1)
    ridges = [1e-6, 100.0, 0.03]
    errors = {probe.ridge: linear_probe.error_percent(probe, *other) for probe in linear_probe.probes(*fitted, ridges)}
    best = linear_probe.best_probe(fitted, other, ridges)
    least = min(errors.values())
    assert least < max(errors.values()), "some are worse"
    assert best.ridge == max(ridge for ridge, error in errors.items() if error == least)
    labels = np.arange(12) % 3
    easy = np.eye(3)[labels], labels
    assert linear_probe.best_probe(easy, easy, [1e-4, 1e-2, 1e-3]).ridge == 1e-2


def test_a_measurement_is_that_of_the_best_probe_on_the_examples_for_the_error() -> None:
    fitted, chosen, tested = (linear_probe.Examples(*overlapping(80, seed)) for seed in range(3))
    best = linear_probe.best_probe(fitted, chosen, [0.1, 1e-3])
    error = linear_probe.error_percent(best, *tested)
    found = linear_probe.measure(fitted, chosen, tested, [0.1, 1e-3])
    assert found == {"features": 12, "ridge": best.ridge, "error": error} and 0 < error < 75
