"""Table of the figure `gradients`: how large the gradient of each layer's weights is, along a training."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read

MOMENT = ["architecture", "depth", "step", "seed"]


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth, dataset, seed, step, layer (from 1), log10_norm."""
    return read(runs, "gradients")


def stem_ratios(gradients: pd.DataFrame) -> pd.DataFrame:
    """How much larger the gradient of the first convolution is than that of the last one.

    Returns:
        Columns architecture, depth, step, seed, log10_ratio: of the two norms; NaN where one of them is missing.
    """
    norms = gradients.set_index([*MOMENT, "layer"])["log10_norm"]
    first = norms.xs(1, level="layer")
    depths = norms.index.get_level_values("depth")
    last = norms[norms.index.get_level_values("layer") == depths - 1].droplevel("layer")
    return (first - last).rename("log10_ratio").reset_index().sort_values(MOMENT, ignore_index=True)
