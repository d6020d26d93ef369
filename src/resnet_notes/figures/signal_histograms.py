"""Figure `signal_histograms`: activations and gradients of a tanh network by layer, after Glorot and Bengio 2010."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.initialisations import COLOURS, NAMES

BODY = 5.4
"""Inches."""

PANELS = {"activation": "Activations", "back_propagated": "Back-propagated", "weight_gradient": "Weight gradients"}

RISE = 1.6
"""Height of a histogram, in distances of two layers."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.signal_histograms`: a ridge per layer, each scaled to the same height."""
    layers, width = sorted(set(table["layer"])), table["width"].iloc[0]
    lines = [
        f"Random tanh network, {len(layers)} layers of {width:,} units. Uniform: ±1/√k for k inputs.",
        "A histogram per layer, all of one height: compare their widths. Axes are shared.",
    ]
    figure, place = style.canvas(BODY, "How signals are distributed at initialisation", lines, right=0.15)
    place |= {"left": 0.95 / style.WIDTH, "wspace": 0.12, "hspace": 0.12}
    names = [name for name in NAMES if name in set(table["initialisation"])]
    grid = figure.subplots(len(names), len(PANELS), sharex="col", sharey=True, squeeze=False, gridspec_kw=place)
    for line, name in zip(grid, names):
        for axes, quantity in zip(line, PANELS):
            rows = table[(table["initialisation"] == name) & (table["quantity"] == quantity)]
            ridges(axes, rows, COLOURS[name])
        line[0].set_yticks([-layer for layer in layers], [str(layer) for layer in layers])
        line[0].set_ylabel(f"{NAMES[name].capitalize()}: layer")
    for axes, (quantity, title) in zip(grid[0], PANELS.items()):
        axes.set_title(title)
        centres = table.loc[table["quantity"] == quantity, "centre"]
        axes.set_xlim(centres.min(), centres.max())
    figure.supxlabel("Value", size=10, x=(place["left"] + place["right"]) / 2, y=0.012)
    return figure


def ridges(axes: Axes, table: pd.DataFrame, colour: str) -> None:
    """Histograms of one quantity, the first layer on top; a deeper one lies before a shallower one."""
    for layer, rows in table.groupby("layer"):
        base = -float(str(layer))
        top = base + RISE * rows["density"] / rows["density"].max()
        axes.fill_between(rows["centre"], base, top, color=colour, alpha=0.22, lw=0, zorder=2 - base)
        axes.plot(rows["centre"], top, color=colour, lw=1.3, zorder=2 - base)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=3)
