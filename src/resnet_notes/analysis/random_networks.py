"""What random networks do to signals and slopes, draw by draw, read off the tables that need no training."""

from math import log10

import pandas as pd

CURES = {(True, False): "shortcuts", (False, True): "batch-norm", (True, True): "both"}
"""By whether there are shortcuts, and whether there is batch normalisation."""


def factors(ratios: pd.DataFrame) -> pd.DataFrame:
    """What a layer multiplies variances by.

    Args:
        ratios: The table of `theory.variance_ratios`.

    Returns:
        Columns activation, initialisation, draw; forward and back_propagated, the factors; weight_gradient, the decimal
        logarithm of the variance of the first layer's weight gradients by that of the last one's, missing where it is
        zero; mean, of the last layer's activations.
    """
    drawn = ratios[ratios["source"] == "simulation"]
    wide = drawn.pivot(index=["activation", "initialisation", "draw"], columns="quantity", values="value")
    across = wide["weight_gradient"]
    wide["weight_gradient"] = across.where(across > 0).map(log10, na_action="ignore")
    return wide[["forward", "back_propagated", "weight_gradient", "mean"]].reset_index()


def cured_factors(cures: pd.DataFrame) -> pd.DataFrame:
    """What a layer of a ReLU network with He's weights multiplies variances by, with batch normalisation and shortcuts.

    Args:
        cures: The table of `theory.propagation_cures`.

    Returns:
        Columns technique (shortcuts, batch-norm, both or none), draw; preactivation, the factor from a layer to the
        next, and back_propagated, that to the one before; geometric means over the layers.
    """
    own = cures[(cures["source"] == "simulation") & (cures["activation"] == "relu") & (cures["initialisation"] == "he")]
    cures_of = zip(own["residual"].astype(bool), own["batch_norm"].astype(bool), strict=True)
    techniques = pd.Series([CURES.get(both, "none") for both in cures_of], own.index)
    layers = own.assign(technique=techniques).set_index(["technique", "draw", "layer"]).sort_index()
    ends = own["layer"].min(), own["layer"].max()
    first, last = (layers.xs(layer, level="layer") for layer in ends)
    rate = 1 / (ends[1] - ends[0])
    return pd.DataFrame(
        {
            "preactivation": (last["preactivation"] / first["preactivation"]) ** rate,
            "back_propagated": (first["back_propagated"] / last["back_propagated"]) ** rate,
        }
    ).reset_index()


def correlations(slopes: pd.DataFrame) -> pd.DataFrame:
    """How alike the slopes of neighbouring inputs are.

    Args:
        slopes: The table of `theory.shattered_gradients`.

    Returns:
        Columns series (plain, centred, or residual with the factor of its branches, such as residual-0.1), depth, draw,
        autocorrelation (at lag one).
    """
    own = slopes[(slopes["what"] == "autocorrelation") & (slopes["source"] == "simulation") & (slopes["place"] == 1)]
    own = own[own["depth"].notna()]  # noises have none
    names = [
        name if pd.isna(beta) else f"{name}-{beta:g}" for name, beta in zip(own["series"], own["beta"], strict=True)
    ]
    found = own.assign(series=names, depth=own["depth"].astype(int))
    return found.rename(columns={"value": "autocorrelation"})[["series", "depth", "draw", "autocorrelation"]]
