"""Table of the figure `surfaces`: the loss around trained networks, and what a section through it says."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read

IDENTITY = ["architecture", "depth", "seed"]

SMALLEST = 1e-7
"""Loss in nats below which single precision tells it from 0 no more: about 2^-23."""


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth, dataset, seed, first, second, log10_loss and error.

    The place is that of `surfaces.csv`, as `inside.surfaces` writes it. The loss is the decadic logarithm of nats, at
    least that of `SMALLEST`; loss and error (%) are missing where the loss is not finite.
    """
    rows = read(runs, "surfaces")
    logs = [math.log10(max(loss, SMALLEST)) if math.isfinite(loss) else math.nan for loss in rows["loss"]]
    rows.insert(rows.columns.get_loc("loss"), "log10_loss", logs)  # type: ignore[arg-type]
    return rows.drop(columns="loss")


def sections(surfaces: pd.DataFrame) -> pd.DataFrame:
    """The line along the first direction through every network, sorted by place."""
    return surfaces[surfaces["second"] == 0].sort_values([*IDENTITY, "first"], ignore_index=True)


def basins(surfaces: pd.DataFrame) -> pd.DataFrame:
    """How wide the basin is that each network lies in, and how far from convex, on its section.

    Returns:
        Columns architecture, depth, seed, `doubled` (see `doubling_distance`), mean over both sides; `excess` (see
        `convexity_excess`).
    """
    rows = []
    for key, own in sections(surfaces).groupby(IDENTITY, sort=True):
        places, logs = list(own["first"]), list(own["log10_loss"])
        sides = [[(sign * x, y) for x, y in zip(places, logs, strict=True) if sign * x >= 0] for sign in (1, -1)]
        doubled = math.fsum(doubling_distance(sorted(side)) for side in sides) / 2
        rows.append((*key, doubled, convexity_excess(places, logs)))
    return pd.DataFrame(rows, columns=[*IDENTITY, "doubled", "excess"])


def doubling_distance(side: Sequence[tuple[float, float]]) -> float:
    """Distance from a network at which its loss has first doubled.

    Args:
        side: Distances, ascending from 0, and the logarithm of the loss there, which is taken as straight in between.
            Where it is missing because it is not finite, the loss has doubled.

    Returns:
        At most the last distance: a loss that does not double gives that. NaN for a network whose own loss is missing.
    """
    if math.isnan(side[0][1]):
        return math.nan
    target = side[0][1] + math.log10(2)
    for (near, low), (far, high) in pairwise(side):
        if math.isnan(high):
            return far
        if high >= target:
            return near + (far - near) * (target - low) / (high - low)
    return side[-1][0]


def convexity_excess(places: Sequence[float], logs: Sequence[float]) -> float:
    """By which factor a loss exceeds its convex envelope where it does so most; 1 for a convex one.

    The envelope of a function on a line is the largest convex function below it. At each place it is the lowest chord
    between two points of the function, one on each side (Rockafellar 1970, Corollary 17.1.5).

    Args:
        places: Ascending.
        logs: Decadic logarithm of the loss at each; places where it is missing are left out.

    Returns:
        NaN when there are fewer than three places.
    """
    points = [(x, 10.0**y) for x, y in zip(places, logs, strict=True) if not math.isnan(y)]
    found = [
        loss / (before + (after - before) * (x - left) / (right - left))
        for place, (x, loss) in enumerate(points)
        for left, before in points[:place]
        for right, after in points[place + 1 :]
    ]
    return max(1.0, *found) if found else math.nan
