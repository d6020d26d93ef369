"""Table of the figure `shattered_gradients`: slopes df/dx of random networks, and their autocorrelation by depth.

After Figures 1 and 2 of Balduzzi et al. 2017, arXiv:1702.08591: slopes beside white noise and Brownian motion.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from resnet_notes.theory.activations import Array
from resnet_notes.theory.slope_kernel import slope_covariance
from resnet_notes.theory.slopes import Kind, draw, grid, slopes

COLUMNS = ["what", "series", "beta", "depth", "width", "source", "draw", "place", "value"]


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Slopes of the first draw, and the autocorrelation of every draw, of noise, and in theory.

    Args:
        settings: The section `shattered_gradients` of params.yaml.

    Returns:
        In rows of what = ``slope`` place is x and value is df/dx: the first draw of the shallowest and the deepest
        network of each kind, and of noise. In rows of what = ``autocorrelation`` place is the lag in points of the
        grid. Further columns: series (``plain``, ``centred``, ``residual``, ``brown noise`` or ``white noise``); beta,
        of residual networks; depth, missing for noise; width; source, ``simulation`` or ``theory``; and draw, missing
        for theory. All networks of a draw share their weights.
    """
    width, depths = settings["width"], settings["depths"]
    x, lags = grid(settings["points"]), range(settings["lags"] + 1)
    parts: list[pd.DataFrame] = []

    def add(what: str, source: str, number: int | None, kind: Kind, depth: int | None, places, values) -> None:
        key = (what, kind.name, kind.beta, depth, width, source, number)
        parts.append(pd.DataFrame([(*key, *point) for point in zip(places, values, strict=True)], columns=COLUMNS))

    for number in range(settings["draws"]):
        for kind, depth, values in simulate(settings, x, number):
            add("autocorrelation", "simulation", number, kind, depth, lags, autocorrelation(values, lags))
            if number == 0 and depth in (None, min(depths), max(depths)):
                add("slope", "simulation", number, kind, depth, x, values)
    for name, is_centred in (("plain", False), ("centred", True)):
        for depth in depths:
            expected = expected_autocorrelation(slope_covariance(x, depth, is_centred), lags)
            add("autocorrelation", "theory", None, Kind(name), depth, lags, expected)
    kinds = {"beta": "float64", "depth": "Int64", "draw": "Int64", "place": "float64"}
    return pd.concat([part.astype(kinds) for part in parts], ignore_index=True)


def simulate(settings: dict[str, Any], x: Array, number: int) -> Iterator[tuple[Kind, int | None, Array]]:
    """Slopes of all networks of one draw, and two kinds of noise as long as they.

    Args:
        settings: What `table` takes.
        x: Inputs, shape (points,).
        number: Of the draw.

    Yields:
        Kind, depth (None for noise), and values of shape (points,).
    """
    generator = np.random.default_rng([settings["seed"], number])
    white = generator.standard_normal(len(x))
    weights = draw(settings["width"], max(settings["depths"]), generator)
    for kind in (Kind("plain"), Kind("centred"), *(Kind("residual", beta) for beta in settings["betas"])):
        for depth, values in slopes(weights, kind, x, settings["depths"]).items():
            yield kind, depth, values
    yield Kind("brown noise"), None, white.cumsum()
    yield Kind("white noise"), None, white


def autocorrelation(series: Array, lags: Sequence[int]) -> Array:
    """The usual estimate of the autocorrelation function (Box and Jenkins 1970, section 2.1).

    It is the sum of products of deviations from the mean of the whole series, over the sum of their squares. Of n
    independent values it has the expectation -(n - lag) / (n (n - 1)).

    Args:
        series: Values that are not all equal, shape (n,).
        lags: Each from 0 to n - 1.

    Returns:
        An array as long as the lags.
    """
    deviation = series - series.mean()
    products = [deviation[: len(series) - lag] @ deviation[lag:] for lag in lags]
    return np.array(products) / (deviation @ deviation)


def expected_autocorrelation(covariance: Array, lags: Sequence[int]) -> Array:
    """The expectation of `autocorrelation` for a Gaussian series.

    Numerator and denominator are quadratic forms, and 1/D is the integral of exp(-tD) over t > 0. In the eigenvectors
    of the centred covariance both are sums, and under the integral stands the Gaussian one,

        sum_i a_i / (1 + 2 t w_i)  prod_j (1 + 2 t w_j)^(-1/2)

    (Sawa 1978), where w are the eigenvalues and a_i is w_i times the autocovariance of the eigenvector.

    Args:
        covariance: Of the series around its expectation, shape (n, n), not constant.
        lags: Each from 0 to n - 1.

    Returns:
        An array as long as the lags.
    """
    # deviations from the mean of the series, as in the estimate
    centred = covariance - covariance.mean(axis=0, keepdims=True)
    centred -= centred.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(centred)
    values = np.maximum(values, 0.0) / np.trace(centred)
    spans = [(vectors[: len(values) - lag] * vectors[lag:]).sum(axis=0) for lag in lags]
    # the trapezoidal rule in log(t)
    t = np.exp(np.arange(-40, 80, 0.1))[:, None]
    growth = np.log1p(2 * t * values)
    weights = 0.1 * t * np.exp(-0.5 * growth.sum(axis=1, keepdims=True) - growth) * values
    return np.array(spans) @ weights.sum(axis=0)
