"""Figure `propagation_cures`: what batch normalisation, shortcuts and both do to the variances by layer."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.propagation import Look, panels, setting

ROWS = {
    "preactivation": "Pre-activations",
    "back_propagated": "Back-propagated\ngradients",
    "weight_gradient": "Weight gradients",
}

FLOOR = -32
"""Exponent of ten below which the panels are cut off: plain sigmoid networks would press all others together."""

LOOKS = {
    (False, False): Look("plain", "#cc5f00", "s", (0, (4, 1.5))),
    (False, True): Look("batch norm", "#7a4fa3", "D", (0, (1, 1.2))),
    (True, False): Look("shortcuts", "#3d9be0", "^", (0, (5, 1.2, 1, 1.2))),
    (True, True): Look("both", "#123f7a", "o", "-"),
}
"""By whether a network is residual and whether it has batch normalisation."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.propagation_cures`, each activation function with its usual initialisation.

    That is the only one with which the table has batch normalisation.
    """
    usual = table[table["batch_norm"]].groupby("activation")["initialisation"].first()
    shown = table[table["initialisation"] == table["activation"].map(usual)]
    series = pd.Series([*zip(shown["residual"], shown["batch_norm"])], index=shown.index)
    lines = [f"{setting(table)}; Glorot, for ReLU He weights."]
    title = "Variance of signals with batch normalisation and shortcuts"
    return panels(shown.assign(series=series), title, lines, ROWS, LOOKS, right=1.0, floor=FLOOR)
