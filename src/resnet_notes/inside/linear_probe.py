"""How well a linear classifier tells the classes from some features: ridge least squares on one-hot labels.

Alain and Bengio 2016 (arXiv:1610.01644) fit a softmax classifier. This one has a closed form: no step size, no
stopping, and the same probe whenever it is fitted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from resnet_notes.data.tensors import Images, Splits
from resnet_notes.errors import BadInput

COLUMNS = ("seed", "trained", "layer", "features", "ridge", "error")
"""Of what an examination by probes leaves, with those of `measure`."""


@dataclass(frozen=True)
class Probe:
    """A linear classifier: the class of features x is the largest of (x - mean) weights + shares."""

    mean: np.ndarray
    """Of the features, float64 [features]."""
    weights: np.ndarray
    """Float64 [features, classes]."""
    shares: np.ndarray
    """Of the classes among the labels, float64 [classes]."""
    ridge: float
    """In units of the mean variance of a feature."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the class of features [N, features], as [N]."""
        return ((x.astype(np.float64) - self.mean) @ self.weights + self.shares).argmax(axis=1)


class Examples(NamedTuple):
    """What a probe is fitted to or measured by."""

    x: np.ndarray
    """Features [N, features]."""
    labels: np.ndarray
    """From 0, integers [N]."""


def require_validation(settings: dict) -> None:
    """Refuse settings that hold no images out, by which probes could choose their ridge."""
    if not settings["validation"]:
        raise BadInput("validation = 0: probes choose their ridge by validation images, hold some out")


def probe_layers(
    features: Callable[[Images, int], Sequence[np.ndarray]], splits: Splits, settings: dict
) -> list[dict[str, float]]:
    """Return what :func:`measure` finds of the image and of each layer after it.

    Args:
        features: gives what some of the first images become, [count, features] for the image and for each layer.
        splits: ``images`` of the training split fit the probes, ``validation_images`` choose, ``test_images`` test.
        settings: those numbers, and ``ridges``.
    """
    counted = (
        (splits.train, settings["images"]),
        (splits.validation, settings["validation_images"]),
        (splits.test, settings["test_images"]),
    )
    labels = [images.labels[:count].numpy() for images, count in counted]
    rows = []
    for seen in zip(*(features(images, count) for images, count in counted), strict=True):
        fitted, chosen, tested = map(Examples, seen, labels)
        rows.append(measure(fitted, chosen, tested, settings["ridges"]))
    return rows


def measure(fitted: Examples, chosen: Examples, tested: Examples, ridges: Sequence[float]) -> dict[str, float]:
    """Return how many features there are, the ridge that was chosen, and the error in %.

    Args:
        fitted: the examples that the probes are fitted to.
        chosen: those that choose among the ridges.
        tested: those for the error.
        ridges: above zero.
    """
    probe = best_probe(fitted, chosen, ridges)
    return {"features": fitted.x.shape[1], "ridge": probe.ridge, "error": error_percent(probe, *tested)}


def probes(x: np.ndarray, labels: np.ndarray, ridges: Sequence[float]) -> list[Probe]:
    """Return the probe of every ridge: least squares on one-hot labels, by the normal equations in float64.

    It minimises the mean over the examples of |y - shares - (x - mean) W|^2, plus ridge times the mean variance of a
    feature times |W|^2. Without any variance W is zero.

    Args:
        x: features [N, features].
        labels: from 0, integers [N].
        ridges: above zero.
    """
    mean = x.mean(axis=0, dtype=np.float64)
    centred, targets = x - mean, np.eye(int(labels.max()) + 1)[labels]
    shares = targets.mean(axis=0)
    covariance, cross = centred.T @ centred / len(x), centred.T @ (targets - shares) / len(x)
    unit = float(np.trace(covariance)) / len(covariance) or 1.0
    identity = np.eye(len(covariance))
    return [
        Probe(mean, np.linalg.solve(covariance + ridge * unit * identity, cross), shares, ridge) for ridge in ridges
    ]


def best_probe(
    fitted: tuple[np.ndarray, np.ndarray], chosen: tuple[np.ndarray, np.ndarray], ridges: Sequence[float]
) -> Probe:
    """Return the probe of the first pair of features and labels that errs least on the second; of equals the largest
    ridge's.
    """
    return min(probes(*fitted, sorted(ridges, reverse=True)), key=lambda probe: error_percent(probe, *chosen))


def error_percent(probe: Probe, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of misclassified examples in %."""
    return 100.0 * int((probe(x) != labels).sum()) / len(labels)
