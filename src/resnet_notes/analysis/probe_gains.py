"""What a linear classifier gains from the first layer of a network to the last one."""

from collections.abc import Sequence

import pandas as pd


def gains(probes: pd.DataFrame, network: Sequence[str] = ("architecture", "depth")) -> pd.DataFrame:
    """Errors of the probes of the image itself, of the first layer and of the last one.

    Args:
        probes: The table of `analysis.probes` or of `analysis.dbn_probes`.
        network: Columns of it that tell networks apart, beside their training and their seed.

    Returns:
        Columns `network`, seed, first, last, image (%), weights (trained or random), gain (last less first, points).
    """
    by, ordered = [*network, "trained", "seed"], probes.sort_values("layer")
    is_image = ordered["layer"] == 0
    ends = ordered[~is_image].groupby(by)["error"].agg(["first", "last"])
    ends = ends.join(ordered[is_image].groupby(by)["error"].first().rename("image")).reset_index()
    weights = ends["trained"].map({1: "trained", 0: "random"})
    return ends.assign(weights=weights, gain=ends["last"] - ends["first"]).drop(columns="trained")
