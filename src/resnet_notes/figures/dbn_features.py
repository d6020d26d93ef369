"""Figure `dbn_features`: what units of a deep belief network respond to, from the first layer to the last."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.feature_sheet import sheet
from resnet_notes.figures.labels import dataset_name


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.dbn_features`: a group of pictures for each layer."""
    first = table.iloc[0]
    starts = table[table["part"] == "maximised"]["place"].max() + 1
    lines = [
        f"{dataset_name(first['dataset'])}, one stack of {first['layers']} RBMs (seed {table['seed'].min()}); its "
        "first units, not chosen. Weights: above layer 1, times those below. Test images: the most exciting of "
        f"{first['images']:,}. Made for it: inputs from {starts} random starts; likeness: their mean cosine."
    ]
    layers = {layer: f"Layer {layer} of {first['layers']}" for layer in sorted(set(table["layer"]))}
    return sheet(table, "What the units of a deep belief network respond to", lines, layers)
