"""How the initialisations of sigmoid networks look and are called, in every figure that compares them."""

from typing import Any, NamedTuple

import pandas as pd


class Start(NamedTuple):
    """An initialisation in a figure."""

    name: str
    colour: str
    marker: str
    dashes: Any
    side: float
    """Where its marks stand beside their place, from -1 to 1, so that none hides another."""


STARTS = {
    "uniform": Start("old uniform", "#8c1c13", "s", (0, (4, 1.5)), -1.0),
    "glorot": Start("Glorot", "#cc5f00", "^", (0, (1, 1.2)), -0.33),
    "glorot-sigmoid": Start("Glorot x 4".replace("x", "\u00d7"), "#2b7a78", "D", (0, (6, 1.5, 1, 1.5)), 0.33),
    "rbm": Start("RBMs", "#123f7a", "o", "-", 1.0),
}
"""In the order of their years, except that the gain of 4 stands beside the rule that it changes."""


def starts_in(table: pd.DataFrame) -> list[tuple[str, Start]]:
    """The initialisations of a table, in the order of `STARTS`."""
    return [(key, start) for key, start in STARTS.items() if key in set(table["initialisation"])]
