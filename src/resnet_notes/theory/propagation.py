"""Table of the figure `propagation`: three initialisations of deep plain networks, layer by layer."""

from typing import Any

import pandas as pd

from resnet_notes.theory.activations import ACTIVATIONS
from resnet_notes.theory.observations import observe
from resnet_notes.theory.signals import GAINS, Design

COLUMNS = [
    "width", "activation", "initialisation", "source", "draw", "layer", "mean", "variance", "back_propagated",
    "weight_gradient",
]  # fmt: skip


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Signals of every activation with every initialisation, without batch normalisation and shortcuts.

    Args:
        settings: The section `propagation` of params.yaml.

    Returns:
        A row per activation, initialisation, draw and layer (the first ten, then every tenth), and one of the theory
        beside the draws. mean and variance are those of the activations a_l; back_propagated is the variance of
        dL/dz_l and weight_gradient that of the entries of dL/dW_l, an example at a time, for standard normal inputs
        and dL/da of the last layer.
    """
    deep = settings["deep"]
    designs = [Design(activation, initialisation) for activation in ACTIVATIONS for initialisation in GAINS]
    layers = [layer for layer in range(1, deep["depth"] + 1) if layer <= 10 or layer % 10 == 0]
    return observe(designs, deep, settings["seed"], layers)[COLUMNS]
