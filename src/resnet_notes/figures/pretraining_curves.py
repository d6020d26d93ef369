"""Figure `pretraining_curves`: training loss of deep sigmoid networks, and which never leave the plateau."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import DATASETS, End, dataset_name, label_ends
from resnet_notes.figures.starts import starts_in

BODY = 3.3
"""Inches."""

GUESSING = math.log(10)
"""Loss of ten equal probabilities, nats; the data sets that figures know by name have ten classes."""

DEPTHS_SHOWN = 4


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_curves`: a panel per depth, of the data set with most depths."""
    dataset = table.groupby("dataset")["depth"].nunique().sort_values(kind="stable").index[-1]
    networks = table[table["dataset"] == dataset]
    depths = shown(sorted(set(networks["depth"])))
    name = dataset_name(dataset)
    first, seeds = networks.iloc[0], networks["seed"].nunique()
    lines = [
        f"{name}: {first['images']:,} training images, sigmoid networks of width {first['width']}. "
        f"Thick: mean of {seeds} seed{'s' * (seeds > 1)}; thin: each."
    ]
    figure, place = style.canvas(BODY, "Training loss: who leaves the plateau, and when", lines, right=1.05)
    panels = figure.subplots(1, len(depths), squeeze=False, sharey=True, gridspec_kw={**place, "wspace": 0.1})[0]
    ten_classes = dataset in DATASETS
    top = 1.08 * max(GUESSING if ten_classes else 0.0, float(networks["train_loss"].quantile(0.99)))
    for axes, depth in zip(panels, depths, strict=True):
        axes.set_title(f"{depth} layer{'s' * (depth > 1)}")
        axes.set_ylim(0, top)
        panel(axes, networks[networks["depth"] == depth])
        if ten_classes:
            axes.axhline(GUESSING, color=style.MUTED, lw=1, ls=":")
    panels[0].set_ylabel("Training loss (nats)")
    if ten_classes:
        panels[0].annotate("guessing", (1, GUESSING), (0, -3), xycoords=("axes fraction", "data"), ha="right",
                           va="top", textcoords="offset points", size=9, color=style.MUTED)  # fmt: skip
    label_ends(panels[-1], ends(networks[networks["depth"] == depths[-1]]), size=9.5)
    return figure


def shown(depths: list[int]) -> list[int]:
    """At most `DEPTHS_SHOWN` depths: the shallowest, and the deepest ones, where it is decided."""
    return depths if len(depths) <= DEPTHS_SHOWN else [depths[0], *depths[1 - DEPTHS_SHOWN :]]


def panel(axes: Axes, networks: pd.DataFrame) -> None:
    """One depth: every seed's curve and their mean, by initialisation."""
    axes.set_xlabel("Steps")
    last = int(networks["step"].max())
    axes.set_xticks([0, last // 2])
    axes.set_xlim(-0.04 * last, 1.02 * last)
    for key, start in starts_in(networks):
        own = networks[networks["initialisation"] == key]
        for _, curve in own.groupby("seed"):
            axes.plot(curve["step"], curve["train_loss"], color=start.colour, lw=0.6, alpha=0.5)
        means = intervals(own, ["step"], "train_loss")
        axes.plot(means["step"], means["mean"], color=start.colour, lw=1.8, ls=start.dashes)


def ends(networks: pd.DataFrame) -> list[End]:
    """The name of every initialisation where its mean ends."""
    found = []
    for key, start in starts_in(networks):
        last = intervals(networks[networks["initialisation"] == key], ["step"], "train_loss").dropna(subset="mean")
        points = zip(last["step"].tail(1), last["mean"].tail(1), strict=True)
        found += [End(step, loss, start.name, start.colour) for step, loss in points]
    return found
