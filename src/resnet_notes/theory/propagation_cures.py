"""Table of the figure `propagation_cures`: what batch normalisation and shortcuts do to deep networks."""

from itertools import product
from typing import Any

import pandas as pd

from resnet_notes.theory.activations import ACTIVATIONS
from resnet_notes.theory.observations import observe
from resnet_notes.theory.signals import GAINS, Design

LAYERS = (1, 2, 3, 5, 10, 20, 30, 50, 70, 100)
"""Those measured, as far as the network has them; the last one always is."""


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Signals of every activation, plain and residual, with and without batch normalisation.

    Residual networks without batch normalisation have every initialisation. With it the scale of the weights cancels,
    and plain networks without it are in the table `propagation`, so these have the usual initialisation only: He for
    ReLU, Glorot otherwise.

    Args:
        settings: The section `propagation` of params.yaml.

    Returns:
        A row per network, draw and layer, and one of the theory beside the draws. residual and batch_norm are true or
        false; preactivation is the variance of z_l, back_propagated that of dL/dz_l, and weight_gradient that of the
        entries of dL/dW_l, an example at a time, for standard normal inputs and dL/da of the last layer.
    """
    deep = settings["deep"]
    every = product(ACTIVATIONS, GAINS, (False, True), (False, True))
    designs = [design for design in map(Design._make, every) if is_shown(design)]
    layers = sorted({layer for layer in LAYERS if layer < deep["depth"]} | {deep["depth"]})
    rows = observe(designs, deep, settings["seed"], layers)
    return rows.drop(columns=["mean", "variance", "between_examples"])


def is_shown(design: Design) -> bool:
    """Whether a network of this design is in the table."""
    usual = "he" if design.activation == "relu" else "glorot"
    return design.initialisation == usual or (design.residual and not design.batch_norm)
