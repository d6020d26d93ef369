"""Claims on what batch normalisation and shortcuts do to random ReLU networks: do gradients explode, or shatter?

Values are those of each draw of a network.
"""

from math import pi
from typing import Any

import pandas as pd

from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.measures import off

YANG = "@yang2019"


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose table is there, by its name.

    Args:
        evidence: the tables propagation_cures and shattered_gradients.
        params: ``about``.
    """
    cures, slopes, about = evidence.table("propagation_cures"), evidence.table("shattered_gradients"), params["about"]
    return ({} if cures is None else on_cures(cures, about)) | ({} if slopes is None else on_slopes(slopes, about))


def on_cures(cures: pd.DataFrame, about: float) -> dict[str, Claim]:
    """What batch normalisation and shortcuts, alone and together, do to deep ReLU networks with He's weights."""
    own = cures[(cures["source"] == "simulation") & (cures["activation"] == "relu") & (cures["initialisation"] == "he")]
    first, last = (own[own["layer"] == layer] for layer in (own["layer"].min(), own["layer"].max()))
    layers, keys = own["layer"].max() - own["layer"].min(), ["residual", "batch_norm", "draw"]

    def growth(quantity: str, residual: bool, batch_norm: bool) -> pd.Series:
        ends = [rows.set_index(keys).sort_index()[quantity] for rows in (first, last)]
        across = ends[0] / ends[1] if quantity == "back_propagated" else ends[1] / ends[0]
        return (across ** (1 / layers)).loc[residual, batch_norm]

    backwards, limit = growth("back_propagated", False, True), 1 + about
    together = [growth(quantity, True, True) for quantity in ("preactivation", "back_propagated")]
    highest = pd.concat(together, axis="columns").max(axis="columns", skipna=False)
    relu, back = "deep ReLU networks with He's weights", "factor of the back-propagated variance"
    rate = pi / (pi - 1)
    return {
        "batch_norm_explodes": Claim(
            f"Batch normalisation alone makes the gradients of {relu} explode.",
            YANG,
            Effect(back, backwards, "above", limit, "draws"),
        ),
        "batch_norm_rate": Claim(
            f"Batch normalisation alone makes the gradients of {relu} grow by about $\\pi/(\\pi - 1)$ a layer.",
            YANG,
            Effect(
                f"relative distance of the factor from {rate:.3f}", off(backwards, rate), "within", about, "draws"
            ),
        ),
        "shortcuts_explode": Claim(
            f"Shortcuts alone make the signals of {relu} explode.",
            "@zhang2019 [section 2]",
            Effect("factor of the pre-activations' variance", growth("preactivation", True, False), "above", limit,
                   "draws"),
        ),
        "together_bounded": Claim(
            f"Batch normalisation and shortcuts together let neither signals nor gradients of {relu} explode.",
            f"{YANG}; @de2020",
            Effect("factor forwards or backwards, the greater", highest, "below", limit, "draws"),
        ),
    }  # fmt: skip


def on_slopes(table: pd.DataFrame, about: float) -> dict[str, Claim]:
    """Whether slopes shatter with depth: their autocorrelation at lag one, that of white noise being zero."""
    own = table[(table["what"] == "autocorrelation") & (table["place"] == 1) & (table["source"] == "simulation")]
    deep, beta = own["depth"].max(), own["beta"].max()

    def at_lag_one(series: str) -> pd.Series:
        chosen = (own["series"] == series) & (own["depth"] == deep)
        return own[chosen & (own["beta"].isna() | (own["beta"] == beta))].set_index("draw")["value"]

    plain, centred, residual = (at_lag_one(series) for series in ("plain", "centred", "residual"))
    what, source = "autocorrelation of $df/dx$ at lag one", "@balduzzi2017 [abstract]"
    less = f"{what}, residual ($\\beta = {beta:g}$) less the other"
    return {
        "shattered_plain": Claim(
            "Gradients of deep feedforward networks with respect to the input resemble white noise.",
            source,
            Effect(what, plain, "within", about, "draws"),
            Claim("They do where every layer is centred over the inputs, as by normalisation.", source,
                  Effect(what, centred, "within", about, "draws")),
        ),
        "shattered_residual": Claim(
            "Gradients of deep residual networks resemble white noise less than those of feedforward ones do.",
            source,
            Effect(less, paired_difference(residual, plain), "above", 0.0, "draws"),
            Claim("They do so less than those of feedforward networks that are centred.", source,
                  Effect(less, paired_difference(residual, centred), "above", 0.0, "draws")),
        ),
    }  # fmt: skip
