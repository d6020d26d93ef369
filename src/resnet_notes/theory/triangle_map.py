"""The triangle map, which one more layer doubles and one hidden layer pays for piece by piece (Telgarsky 2016).

On [0, 1] the map m(x) = 2 relu(x) - 4 relu(x - 1/2) goes up to 1 and back to 0. Applied k times it is a zigzag of
2^k pieces, and k layers of two ReLUs compute it. What one hidden layer needs for the same function on [0, 1]:

* At least 2^k - 1 units, since each unit bends the line in one place at most, and there are 2^k - 1 kinks.
* With an output bias but no direct connection from input to output, 2^k - 1 units do not do: each would have its kink
  inside (0, 1), where the slope changes by +-2^(k+1); a unit that is active on the left of its kink adds +-2^(k+1) to
  the slope of the first piece, one that is active on the right adds nothing, and no sum of these is that slope, 2^k.
* 2^k units do: one for the first slope, and one for every kink.

Arora et al. 2018 (arXiv:1611.01491), theorem 2.2, has the same two bounds for any p pieces: p - 1 and p units.
"""

from fractions import Fraction
from typing import Any

import pandas as pd

from resnet_notes.theory.piecewise import Layer, Network, function_of


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """The triangle map by a deep network and by one of a single hidden layer: units, pieces counted, and its graph.

    Args:
        settings: `layers`, the numbers k of layers to count, and `drawn`, those of them with their graph.

    Returns:
        Rows of two kinds, named by `what`: `count` (columns network, layers, units, pieces) for each k and network,
        `deep` or `shallow`; then `point` (columns network, layers, x, y) for the ends of the deep network's pieces,
        ascending in x.
    """
    rows: list[dict[str, Any]] = []
    for k in settings["layers"]:
        for name, network in (("deep", deep(k)), ("shallow", shallow(k))):
            found = function_of(network)
            rows.append(
                {"what": "count", "network": name, "layers": k, "units": units(network), "pieces": found.pieces}
            )
    for k in settings["drawn"]:
        points = function_of(deep(k)).points()
        rows += [{"what": "point", "network": "deep", "layers": k, "x": float(x), "y": float(y)} for x, y in points]
    columns = ["what", "network", "layers", "units", "pieces", "x", "y"]
    return pd.DataFrame(rows, columns=columns).astype({"units": "Int64", "pieces": "Int64"})


def deep(k: int) -> Network:
    """The triangle map applied k times, as k layers of two ReLUs."""
    half, output = Fraction(-1, 2), (Fraction(2), Fraction(-4))
    biases = (Fraction(0), half)
    first = Layer(((Fraction(1),), (Fraction(1),)), biases)
    # The output of one map is the input of both units of the next.
    between = Layer((output, output), biases)
    return [first, *[between] * (k - 1), Layer((output,), (Fraction(0),))]


def shallow(k: int) -> Network:
    """The triangle map applied k times, as one hidden layer of 2^k ReLUs: the fewest that do."""
    pieces = 2**k
    hidden = Layer([[Fraction(1)]] * pieces, [Fraction(-j, pieces) for j in range(pieces)])
    turns = [Fraction(2 * pieces * (-1) ** j) for j in range(1, pieces)]
    return [hidden, Layer([[Fraction(pieces), *turns]], [Fraction(0)])]


def units(network: Network) -> int:
    """How many ReLUs a network has."""
    return sum(len(layer.biases) for layer in network[:-1])
