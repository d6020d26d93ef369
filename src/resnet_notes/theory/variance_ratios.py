"""Table of the figure `variance_ratios`: the factor by which a layer multiplies each variance."""

from itertools import product
from typing import Any

import pandas as pd

from resnet_notes.theory.activations import ACTIVATIONS
from resnet_notes.theory.observations import observe
from resnet_notes.theory.signals import GAINS, Design

SETTLED = 3
"""Forward factors are taken from this layer on: before it the variance still depends on that of the input."""

KEYS = ["width", "activation", "initialisation", "source", "draw"]


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Factors of every activation with every initialisation, without batch normalisation and shortcuts.

    Args:
        settings: The section `propagation` of params.yaml.

    Returns:
        A row per activation, initialisation, draw (missing for the theory) and quantity, with its value. Quantities:

        - forward: factor of the variance of a_l from a layer to the next, geometric mean from layer 3 to the last;
        - between_examples: the same for the variance between examples;
        - back_propagated: factor of the variance of dL/dz_l from a layer to the one below, geometric mean over all;
        - weight_gradient: variance of the entries of dL/dW in the first layer by that in the last;
        - mean: of the activations of the last layer; not a factor.
    """
    shallow = settings["ratios"]
    first, last = 1, shallow["depth"]
    designs = [Design(*names) for names in product(ACTIVATIONS, GAINS)]
    rows = observe(designs, shallow, settings["seed"], [first, SETTLED, last])
    layer = {number: rows[rows["layer"] == number].reset_index(drop=True) for number in (first, SETTLED, last)}
    steps = last - SETTLED
    found = layer[last][KEYS].assign(
        forward=(layer[last]["variance"] / layer[SETTLED]["variance"]) ** (1 / steps),
        between_examples=(layer[last]["between_examples"] / layer[SETTLED]["between_examples"]) ** (1 / steps),
        back_propagated=(layer[first]["back_propagated"] / layer[last]["back_propagated"]) ** (1 / (last - first)),
        weight_gradient=layer[first]["weight_gradient"] / layer[last]["weight_gradient"],
        mean=layer[last]["mean"],
    )
    return found.melt(KEYS, var_name="quantity", value_name="value")
