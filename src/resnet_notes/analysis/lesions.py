"""Table of the figure `lesions`: errors of trained networks without some of their blocks, or with others exchanged."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read
from resnet_notes.analysis.statistics import median_interval

IDENTITY = ["architecture", "depth", "seed"]


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth, dataset and those of `lesions.csv`, as `inside.lesions` writes it."""
    return read(runs, "lesions")


def rises(lesions: pd.DataFrame) -> pd.DataFrame:
    """By how much the error of each network rises when one block is removed.

    Returns:
        Columns architecture, depth, seed, intact (error in %), rise (median over the blocks of the error without it,
        less intact, in points).
    """
    rows = []
    for key, network in lesions.groupby(IDENTITY, sort=True):
        intact = float(network[(network["removed"] == 0) & (network["swapped"] == 0)]["error"].iloc[0])
        rows.append((*key, intact, median_interval(network[network["removed"] == 1]["error"]).median - intact))
    return pd.DataFrame(rows, columns=[*IDENTITY, "intact", "rise"])
