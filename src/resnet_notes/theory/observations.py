"""Measured moments beside predicted ones, a row per network, draw and layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from resnet_notes.theory.signals import Design, Profile, draw, profile, propagate
from resnet_notes.theory.variance_maps import predict


def observe(designs: Sequence[Design], settings: dict[str, int], seed: int, layers: Sequence[int]) -> pd.DataFrame:
    """Measure and predict the moments of some layers of some networks.

    Args:
        designs: Of the networks. All share the random numbers of a draw, so that they differ by design only.
        settings: width, depth, batch and draws.
        seed: Of all draws.
        layers: Which layers, counted from 1, ascending.

    Returns:
        Columns: width; the fields of `Design`; source (``theory``, or ``simulation`` for a draw); draw (missing for
        theory); layer; the fields of `signals.Profile`. Sorted by network, in the order given, theory before draws.
    """
    parts: dict[tuple[int, int], pd.DataFrame] = {}
    for rank, design in enumerate(designs):
        every = predict(design, settings["depth"])
        some = Profile(*(field[np.array(layers) - 1] for field in every))
        parts[rank, -1] = _rows(design, "theory", None, layers, some)
    for number in range(settings["draws"]):
        numbers = draw(settings["width"], settings["depth"], settings["batch"], [seed, number])
        for rank, design in enumerate(designs):
            measured = profile(propagate(numbers, design), layers)
            parts[rank, number] = _rows(design, "simulation", number, layers, measured)
    rows = pd.concat([parts[key] for key in sorted(parts)], ignore_index=True)
    rows.insert(0, "width", settings["width"])
    return rows


def _rows(design: Design, source: str, number: int | None, layers: Sequence[int], moments: Profile) -> pd.DataFrame:
    rows = pd.DataFrame({**design._asdict(), "source": source, "draw": number, "layer": layers, **moments._asdict()})
    return rows.astype({"draw": "Int64"})
