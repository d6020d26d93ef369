"""Claims on the signals of random networks: which weights keep them, and which let them vanish.

Values are those of each draw of a network. A factor is what a layer multiplies a variance by.
"""

from math import log10
from typing import Any

import pandas as pd

from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.measures import farthest, magnitude, off
from resnet_notes.claims.names import ACTIVATIONS, original

NOTES = original(2)
RANGE = r"$[-1/\sqrt{k}, 1/\sqrt{k}]$"
UNIFORM = f"With weights uniform on {RANGE},"
GLOROT = "@glorot2010"


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose table is there, by its name.

    Args:
        evidence: the tables variance_ratios and propagation.
        params: ``about``, ``vanishing``, ``about_equal`` and ``level``.
    """
    found: dict[str, Claim] = {}
    ratios, deep = evidence.table("variance_ratios"), evidence.table("propagation")
    if ratios is not None:
        found |= on_units(ratios, params["about"]) | on_weight_gradients(ratios, params)
        found |= on_initialisations(ratios, params) | on_theory(ratios, params)
    if deep is not None:
        found |= on_deep_networks(deep, params["vanishing"])
    return found


def on_units(ratios: pd.DataFrame, about: float) -> dict[str, Claim]:
    """Whether units start close to zero with uniform weights."""
    found: dict[str, Claim] = {}
    for activation, fall, source in (
        ("linear", 3, f"{GLOROT} [equations 5 and 15]"),
        ("tanh", 3, f"{GLOROT} [equations 5 and 15]"),
        ("relu", 6, f"{GLOROT} [equation 15]; @he2015delving [equation 9]"),
    ):
        forward = of(ratios, activation, "uniform", "forward")
        found[f"uniform_units_{activation}"] = Claim(
            f"{UNIFORM} {ACTIVATIONS[activation]} units start ever closer to zero, layer by layer.",
            NOTES,
            Effect("factor of the activations' variance a layer", forward, "below", 1.0, "draws"),
            Claim(f"Their variance falls by a factor of about {fall} a layer.", source,
                  Effect(f"relative distance of the factor from $1/{fall}$", off(forward, 1 / fall), "within", about,
                         "draws")),
        )  # fmt: skip
    mean, back = (of(ratios, "sigmoid", "uniform", quantity) for quantity in ("mean", "back_propagated"))
    return found | {
        "uniform_units_sigmoid": Claim(
            f"{UNIFORM} sigmoid units start close to zero.",
            NOTES,
            Effect("mean activation in the last layer", mean, "within", about, "draws"),
        ),
        "uniform_half_sigmoid": Claim(
            f"{UNIFORM} sigmoid units start close to one half.",
            "elementary: a sigmoid is one half at zero",
            Effect("mean activation in the last layer, less one half", mean - 0.5, "within", about, "draws"),
        ),
        "uniform_back_sigmoid": Claim(
            f"{UNIFORM} the back-propagated variance of sigmoid networks falls by a factor of about 48 a layer.",
            f"{GLOROT} [equations 6 and 15], with a sigmoid's slope of $1/4$ at zero",
            Effect("relative distance of the factor from $1/48$", off(back, 1 / 48), "within", about, "draws"),
        ),
    }


def on_weight_gradients(ratios: pd.DataFrame, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether the gradients of the weights vanish towards the first layer with uniform weights, or are alike."""
    found, what = {}, "powers of ten between their variances, first layer over last"
    for activation in ("linear", "tanh", "relu", "sigmoid"):
        logarithm = magnitude(of(ratios, activation, "uniform", "weight_gradient"))
        said = f"{UNIFORM} the weight gradients of {ACTIVATIONS[activation]} networks"
        found[f"uniform_gradients_{activation}"] = Claim(
            f"{said} vanish towards the first layer.",
            NOTES,
            Effect(what, logarithm, "below", log10(params["vanishing"]), "draws"),
        )
        if activation != "sigmoid":
            found[f"uniform_alike_{activation}"] = Claim(
                f"{said} are about equal in all layers: first and last within a factor of {params['about_equal']:g}.",
                f"{GLOROT} [equation 14 and Figure 8]",
                Effect(what, logarithm, "within", log10(params["about_equal"]), "draws"),
            )
    return found


def on_deep_networks(deep: pd.DataFrame, vanishing: float) -> dict[str, Claim]:
    """Whether the gradients of the first weights vanish in deep networks with uniform weights."""
    first = deep[(deep["source"] == "simulation") & (deep["initialisation"] == "uniform") & (deep["layer"] == 1)]
    return {
        "uniform_gradients_deep": Claim(
            f"{UNIFORM} the gradients of the first layer's weights vanish in deep networks.",
            NOTES,
            Effect(
                "power of ten of their variance, the greatest of all activation functions; that of the loss's gradient "
                "by the last activations is one",
                magnitude(first["weight_gradient"]).groupby(first["draw"]).max(),
                "below",
                log10(vanishing),
                "draws",
            ),
        )
    }


def on_initialisations(ratios: pd.DataFrame, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether the weights of Glorot and of He keep variances forwards and backwards."""
    both, found = ("forward", "back_propagated"), {}
    for initialisation, activation, source in (
        ("glorot", "linear", f"{GLOROT} [equation 16]"),
        ("glorot", "tanh", f"{GLOROT} [section 4.2.1]"),
        ("he", "relu", "@he2015delving [equation 10]"),
    ):
        factors = [of(ratios, activation, initialisation, quantity) for quantity in both]
        before = [of(ratios, activation, "uniform", quantity) for quantity in both]
        kept = farthest([off(factor, 1.0) for factor in factors], params["level"])
        nearer = [
            paired_difference(magnitude(a).abs(), magnitude(b).abs()) for a, b in zip(before, factors, strict=True)
        ]
        found[f"{initialisation}_{activation}"] = Claim(
            f"{initialisation.capitalize()}'s weights keep the variances of {ACTIVATIONS[activation]} networks.",
            source,
            Effect("factor less one, forwards or backwards, whichever interval reaches farther from zero",
                   kept, "within", params["about"], "draws"),
            Claim(
                f"They keep them better than uniform weights on {RANGE} do.",
                source,
                Effect("powers of ten by which the factor is nearer to one, forwards or backwards, the less",
                       pd.concat(nearer, axis="columns").min(axis="columns", skipna=False), "above", 0.0, "draws"),
            ),
        )  # fmt: skip
    return found


def on_theory(ratios: pd.DataFrame, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether random networks do what mean-field theory says."""
    keys = ["activation", "initialisation"]
    back = ratios[ratios["quantity"] == "back_propagated"]
    theory = back[back["source"] == "theory"].set_index(keys)["value"].rename("theory")
    measured = back[back["source"] == "simulation"].join(theory, on=keys)
    away = [off(own["value"], own["theory"]) for _, own in measured.set_index("draw").groupby(keys)]
    return {
        "mean_field": Claim(
            "Gradients of wide random networks shrink or grow by the factor a layer that mean-field theory predicts.",
            "@schoenholz2017",
            Effect(
                "relative distance of the factor from theory, with the activation function and the initialisation "
                "whose interval reaches farthest from zero",
                farthest(away, params["level"]),
                "within",
                params["about"],
                "draws",
            ),
        )
    }


def of(ratios: pd.DataFrame, activation: str, initialisation: str, quantity: str) -> pd.Series:
    """A quantity of the table variance_ratios by draw."""
    names = ["source", "activation", "initialisation", "quantity"]
    chosen = ratios[names].eq(["simulation", activation, initialisation, quantity]).all(axis="columns")
    return ratios[chosen].set_index("draw")["value"]
