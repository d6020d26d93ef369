"""What a linear classifier gains from the first layer of a network to the last one."""

import pandas as pd


def gains(probes: pd.DataFrame) -> pd.DataFrame:
    """Errors of the probes of the first layer and of the last one.

    Args:
        probes: The table of `analysis.probes`.

    Returns:
        Columns architecture, depth, weights (trained or random), seed, first, last (%), gain (last less first, points).
    """
    layers = probes[probes["layer"] > 0].sort_values("layer")  # 0 is the image itself
    ends = layers.groupby(["architecture", "depth", "trained", "seed"])["error"].agg(["first", "last"]).reset_index()
    weights = ends["trained"].map({1: "trained", 0: "random"})
    return ends.assign(weights=weights, gain=ends["last"] - ends["first"]).drop(columns="trained")
