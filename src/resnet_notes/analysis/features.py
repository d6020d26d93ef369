"""Table of the figure `features`: what the units of a convolutional network respond to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.numpy import load_file

NAME = ["seed", "trained", "layer", "unit"]
"""What the name of a picture begins with; the part and the place in it follow."""

FRONT = ("dataset", "images", "seed", "trained", "layer", "field", "unit", "part", "place")


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth and those of `pictures`, of the network that was examined."""
    (run,) = (run for run in runs if run["experiment"] == "features")
    found = pictures(run)
    for place, name in enumerate(("architecture", "depth")):
        found.insert(place, name, run[name])
    return found


def pictures(run: dict[str, Any]) -> pd.DataFrame:
    """The pictures that an examination of features has left, with what it says about them.

    Args:
        run: Of the experiment features or dbn_features, whose files have that name.

    Returns:
        Columns dataset, images (those that were searched), seed, trained (0 or 1), layer, field (side of the receptive
        field in pixels), unit, part (weights, top, maximised), place (from 0), largest (activation over the test
        images), reached (activation of the picture, where maximised), agreement (mean cosine between the unit's
        maximised inputs), height, width and pixels: a byte per pixel in hexadecimal, row by row. Sorted by all of seed
        to place, but with parts in that order.
    """
    stem = Path(run["folder"]) / run["experiment"]
    rows = []
    for name, picture in load_file(stem.with_suffix(".safetensors")).items():
        *numbers, part, place = name.split("/")
        row = dict(zip(NAME, map(int, numbers), strict=True)) | {"part": part, "place": int(place)}
        rows.append(row | {"height": len(picture), "width": len(picture[0]), "pixels": picture.tobytes().hex()})
    said = pd.read_csv(stem.with_suffix(".csv"))
    of_units = said.drop_duplicates(NAME)[[*NAME, "field", "largest", "agreement"]]
    of_starts = said.rename(columns={"start": "place"})[[*NAME, "place", "reached"]].assign(part="maximised")
    found = pd.DataFrame(rows).merge(of_units, on=NAME).merge(of_starts, how="left", on=[*NAME, "part", "place"])
    found["part"] = pd.Categorical(found["part"], ["weights", "top", "maximised"])
    found = found.sort_values([*NAME, "part", "place"], ignore_index=True)
    found = found.assign(dataset=run["dataset"], images=run["images"], part=found["part"].astype(str))
    return found[[*FRONT, "largest", "reached", "agreement", "height", "width", "pixels"]]


def likenesses(table: pd.DataFrame) -> pd.DataFrame:
    """How alike the inputs are that gradient ascent makes for each unit from its random starts.

    Args:
        table: The table of `analysis.features` or of `analysis.dbn_features`.

    Returns:
        Columns layer, weights (trained or random), unit, likeness (the mean cosine between two of them).
    """
    units = table.drop_duplicates(NAME).rename(columns={"agreement": "likeness"})
    return units.assign(weights=units["trained"].map({1: "trained", 0: "random"}))[
        ["layer", "weights", "unit", "likeness"]
    ]
