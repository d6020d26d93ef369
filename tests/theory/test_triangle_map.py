"""The triangle map: deep and shallow networks compute it, and no smaller hidden layer does."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from resnet_notes.params.triangle_map import TriangleMap
from resnet_notes.theory.piecewise import Network, function_of
from resnet_notes.theory.triangle_map import deep, shallow, table, units


def forward(network: Network, x: np.ndarray) -> np.ndarray:
    """The network in floats, which hold every number of these networks exactly."""
    activations = x[None, :]
    for number, (weights, biases) in enumerate(network, start=1):
        sums = np.array(weights, dtype=float) @ activations + np.array(biases, dtype=float)[:, None]
        activations = sums if number == len(network) else np.maximum(sums, 0)
    return activations[0]


def iterated(x: np.ndarray, k: int) -> np.ndarray:
    for _ in range(k):
        x = 1 - np.abs(1 - 2 * x)
    return x


@pytest.mark.parametrize("k", range(1, 9))
def test_both_networks_are_the_iterated_map_on_a_grid_finer_than_its_kinks(k: int):
    grid = np.linspace(0, 1, 2 ** (k + 3) + 1)
    expected = iterated(grid, k)
    kinks = np.count_nonzero(np.diff(expected, 2))
    for network in (deep(k), shallow(k)):
        assert np.array_equal(forward(network, grid), expected)
        assert function_of(network).pieces == kinks + 1 == 2**k


@pytest.mark.parametrize("k", range(1, 11))
def test_deep_and_shallow_are_one_function_of_2k_and_2_to_the_k_units(k: int):
    assert function_of(deep(k)) == function_of(shallow(k))
    assert [len(layer.biases) for layer in deep(k)] == [2] * k + [1]
    assert (units(deep(k)), units(shallow(k))) == (2 * k, 2**k)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_one_unit_fewer_does_not_do_but_for_a_direct_connection(k: int):
    """All hidden layers of 2^k - 1 units: a kink at every kink of the map, and each unit active on either side."""
    grid = np.linspace(0, 1, 2 ** (k + 2) + 1)
    target, kinks = iterated(grid, k), np.arange(1, 2**k) / 2**k
    ones, least = np.ones_like(grid), []
    for sides in product((-1, 1), repeat=len(kinks)):
        hidden = [np.maximum(side * (grid - kink), 0) for side, kink in zip(sides, kinks, strict=True)]
        least.append(distance([ones, *hidden], target))
        assert distance([ones, grid, *hidden], target) < 1e-12
    # Where a network does, what is left is rounding, below 1e-12.
    assert min(least) > 1e-3
    right = [np.maximum(grid - kink, 0) for kink in (0, *kinks)]
    assert distance([ones, *right], target) < 1e-12


def distance(basis: list[np.ndarray], target: np.ndarray) -> float:
    """Between a target and the nearest weighted sum, at most over the grid."""
    columns = np.stack(basis, axis=1)
    weights = np.linalg.lstsq(columns, target, rcond=None)[0]
    return float(np.abs(columns @ weights - target).max())


def test_the_table_holds_counts_and_the_exact_graph():
    found = table({"layers": [1, 3, 4], "drawn": [3]})
    counts = found[found["what"] == "count"].set_index(["network", "layers"])[["units", "pieces"]]
    assert counts.loc["deep"].to_numpy().tolist() == [[2, 2], [6, 8], [8, 16]]
    assert counts.loc["shallow"].to_numpy().tolist() == [[2, 2], [8, 8], [16, 16]]
    points = found[found["what"] == "point"]
    assert [Fraction(x) for x in points["x"]] == [Fraction(i, 8) for i in range(9)]
    assert points["y"].tolist() == [0, 1] * 4 + [0]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"layers": [1, 2], "drawn": [1, 3]}, "3 is not among the layers [1, 2]"),
        ({"layers": [0], "drawn": [1]}, "greater than or equal to 1"),
        ({"layers": [15], "drawn": [1]}, "less than or equal to 14"),
        ({"layers": [2, 2], "drawn": [2]}, "the same value twice"),
        ({"layers": [], "drawn": [1]}, "at least 1 item"),
        ({"layers": [6], "drawn": [6]}, "less than or equal to 5"),
        ({"layers": [6], "drawn": []}, "at least 1 item"),
    ],
)
def test_impossible_settings_get_a_line(settings: dict[str, Any], line: str):
    with pytest.raises(ValidationError) as caught:
        TriangleMap.model_validate(settings)
    assert [error["msg"] for error in caught.value.errors() if line in error["msg"]]
