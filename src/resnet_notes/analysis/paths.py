"""Table of the figure `paths`: the gradient that paths of each length carry through residual networks."""

from collections.abc import Sequence
from math import comb, log10
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Every length of every network.

    Returns:
        Columns depth, dataset, seed, blocks, length; log10_gradient, the decimal logarithm of the mean norm along one
        path of that length, over that of the path of length 0, which is the shortcuts alone (missing where no gradient
        arrives); share_of_paths and share_of_gradient, of all 2^blocks
        paths, in %, where the gradient of a length is that of one path times the number of its paths.
    """
    every = read(runs, "paths")
    networks = every.groupby(["depth", "seed"])
    paths = [float(comb(blocks, length)) for blocks, length in zip(every["blocks"], every["length"], strict=True)]
    carried = every["gradient"] * paths
    total = carried.groupby([every["depth"], every["seed"]]).transform("sum")
    shortest = networks["gradient"].transform("first")
    shares = {
        "share_of_paths": [100 * count / 2.0**blocks for count, blocks in zip(paths, every["blocks"], strict=True)],
        "share_of_gradient": 100 * carried / total,
    }
    ratios = (every["gradient"] / shortest).where(every["gradient"] > 0)
    relative = every.assign(log10_gradient=ratios.map(log10, na_action="ignore"), **shares)
    return relative.drop(columns=["architecture", "gradient"])
