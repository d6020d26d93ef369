"""How the initialisations of sigmoid networks look and are called, in every figure that compares them."""

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from resnet_notes.analysis.statistics import paired_difference, t_interval


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


def draw_means(axes: Axes, start: Start, places: pd.Series, means: pd.DataFrame) -> None:
    """Draw the line of an initialisation: means at their places, with the intervals of `statistics.intervals`."""
    axes.plot(places, means["mean"], color=start.colour, lw=1.8, ls=start.dashes, marker=start.marker, ms=4.5)
    axes.vlines(places, means["low"], means["high"], color=start.colour, lw=1.5)


def draw_seeds(axes: Axes, start: Start, places: pd.Series, values: pd.Series) -> None:
    """Draw the seeds of an initialisation as small marks."""
    axes.plot(places, values, marker=start.marker, ms=2.4, color=start.colour, alpha=0.6, mec="none", ls="")


def better_and_worse(networks: pd.DataFrame, by: str, other: str) -> tuple[list, list]:
    """Where RBMs do better than another initialisation, and where worse.

    Args:
        networks: Final errors, one row per network; one data set.
        by: What the networks are compared at, say their depth.
        other: The initialisation.

    Returns:
        The values of `by` at which the 95 % interval of the difference in test error, seed by seed, excludes zero.
    """
    better, worse = [], []
    for place, group in networks.groupby(by):
        by_seed = {key: own.set_index("seed")["test_error"] for key, own in group.groupby("initialisation")}
        if {"rbm", other} <= by_seed.keys():
            gap = t_interval(paired_difference(by_seed["rbm"], by_seed[other]))
            better += [place] if gap.high < 0 else []
            worse += [place] if gap.low > 0 else []
    return better, worse
