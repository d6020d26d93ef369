"""How long the paths are that carry the gradient through residual networks."""

from bisect import bisect_left
from itertools import accumulate
from math import fsum

import pandas as pd

COVERED = 95.0
"""Share of the gradient, in %, that is most of it."""


def lengths(paths: pd.DataFrame) -> pd.DataFrame:
    """The lengths of paths, weighted by the gradient that they carry, of every network.

    Args:
        paths: The table of `analysis.paths`.

    Returns:
        Columns depth, seed; mean_length, of all paths weighted by the gradient that they carry, and covering_length, up
        to which they carry `COVERED` % of it; both in blocks.
    """
    rows = []
    for key, own in paths.sort_values("length").groupby(["depth", "seed"], sort=True):
        lengths, shares = list(own["length"]), list(own["share_of_gradient"])
        mean = fsum(length * share for length, share in zip(lengths, shares, strict=True)) / fsum(shares)
        covered = bisect_left(list(accumulate(shares)), COVERED)
        rows.append((*key, mean, lengths[min(covered, len(lengths) - 1)]))
    return pd.DataFrame(rows, columns=["depth", "seed", "mean_length", "covering_length"])
