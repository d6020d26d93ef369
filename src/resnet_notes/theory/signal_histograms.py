"""Table of the figure `signal_histograms`: how activations and gradients of a tanh network are distributed by layer."""

import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from resnet_notes.theory.activations import Array
from resnet_notes.theory.signals import Design, Signals, draw, propagate
from resnet_notes.theory.variance_maps import predict

INITIALISATIONS = ("uniform", "glorot")
"""The standard and the normalised one of Glorot and Bengio 2010."""

QUANTITIES = ("activation", "back_propagated", "weight_gradient")

BINS = 101
"""Odd, so that zero is the middle of a bin."""

REACH = 4.0
"""Gradients are counted up to so many of the largest standard deviation that theory predicts for any layer."""


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Histograms by layer, as Figures 6 to 8 of Glorot and Bengio 2010, for standard normal inputs and dL/da.

    Args:
        settings: The section `propagation` of params.yaml.

    Returns:
        A row per initialisation, quantity, layer and bin: centre of the bin and density, over all draws. Quantities:
        activation (a_l), back_propagated (dL/dz_l of an example) and weight_gradient (entries of dL/dW_l, mean over
        the batch). The density integrates to 1 over all values, also those beyond the last bin.
    """
    size = settings["histograms"]
    designs = [Design("tanh", initialisation) for initialisation in INITIALISATIONS]
    counts: dict[tuple[Design, str, int], Array] = {}
    entries: dict[tuple[Design, str, int], int] = {}
    edges = {design: _edges(design, size) for design in designs}
    for number in range(size["draws"]):
        numbers = draw(size["width"], size["depth"], size["batch"], [settings["seed"], number])
        for design in designs:
            signals = propagate(numbers, design)
            for quantity, layer in product(QUANTITIES, range(1, size["depth"] + 1)):
                values, key = _values(signals, quantity, layer), (design, quantity, layer)
                counts[key] = counts.get(key, 0) + np.histogram(values, edges[design][quantity])[0]
                entries[key] = entries.get(key, 0) + values.size
    frames = []
    for (design, quantity, layer), count in counts.items():
        bounds = edges[design][quantity]
        frames.append(pd.DataFrame({
            "width": size["width"], "initialisation": design.initialisation, "quantity": quantity, "layer": layer,
            "centre": (bounds[1:] + bounds[:-1]) / 2,
            "density": count / (entries[design, quantity, layer] * np.diff(bounds)),
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _values(signals: Signals, quantity: str, layer: int) -> Array:
    if quantity == "activation":
        return signals.a[layer]
    gradient = signals.gradients[layer - 1]
    if quantity == "back_propagated":
        return gradient
    return gradient @ signals.a[layer - 1].T / gradient.shape[1]


def _edges(design: Design, size: dict[str, int]) -> dict[str, Array]:
    """Edges of the bins of each quantity, the same for all layers."""
    theory = predict(design, size["depth"])
    reach = (
        1.0,
        REACH * math.sqrt(theory.back_propagated.max()),
        REACH * math.sqrt(theory.weight_gradient.max() / size["batch"]),
    )
    return {quantity: end * np.linspace(-1, 1, BINS + 1) for quantity, end in zip(QUANTITIES, reach)}
