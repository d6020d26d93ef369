"""Figure `features`: what units of a convolutional network respond to, from the first layer to the last."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.feature_sheet import sheet
from resnet_notes.figures.labels import dataset_name


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.features`: a group of pictures for each layer."""
    first = table.iloc[0]
    starts = table[table["part"] == "maximised"]["place"].max() + 1
    lines = [
        f"{dataset_name(first['dataset'])}, one {first['architecture']} network of {first['depth']} layers (seed "
        f"{table['seed'].min()}); its first channels, not chosen. Test images: patches that excite a unit most, of "
        f"{first['images']:,} images{cut(table)}. Made for it: inputs from {starts} random starts; "
        "likeness: their mean cosine."
    ]
    layers = {layer: name(layer, first["depth"]) for layer in sorted(set(table["layer"]))}
    return sheet(table, "What the units of a convolutional network respond to", lines, layers)


def cut(table: pd.DataFrame) -> str:
    """Why some patches are smaller than others, where some are."""
    patches = table[table["part"] == "top"]
    sides = patches[["height", "width"]]
    whole = patches["field"].clip(upper=int(sides.to_numpy().max()))
    return ", cut where the image ends" if (sides.min(axis=1) < whole).any() else ""


def name(layer: int, depth: int) -> str:
    """Where a layer lies in a network of 6n+2 layers: in the stem, or last in some block."""
    layers_of_a_stage = (depth - 2) // 3
    special = {1: "the stem", 3: "the first block"}
    return f"Layer {layer}: {special.get(layer, f'end of stage {(layer - 1) // layers_of_a_stage}')}"
