"""Table of the figure `pretraining_gradients`: the size of weight gradients by layer, before and after the training."""

from collections.abc import Sequence
from math import log10
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import read

IDENTITY = ["dataset", "initialisation", "depth", "width", "seed", "step", "layer"]


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Gradients of the deepest networks on each data set.

    Returns:
        Columns `IDENTITY` (layers are counted from 1, the output layer is the last), images, steps and log10_gradient:
        the decimal logarithm of the standard deviation of the loss's gradient (nats) over a layer's weights. A gradient
        that is exactly zero is missing.
    """
    every = read(runs, "gradients.csv")
    deepest = every[every["depth"] == every.groupby("dataset")["depth"].transform("max")]
    positive = deepest["gradient_sd"].where(deepest["gradient_sd"] > 0)
    rows = deepest.assign(log10_gradient=positive.map(log10, na_action="ignore"))
    return rows[[*IDENTITY, "images", "steps", "log10_gradient"]].sort_values(IDENTITY, ignore_index=True)
