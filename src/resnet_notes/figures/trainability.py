"""Figure `trainability`: error after a short training over weight variance and depth (Schoenholz et al. 2017)."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import dataset_name

BODY = 3.6
"""Inches."""

MULTIPLES = {1: ":", 6: "-"}
"""Of the depth scale, drawn as lines; Schoenholz et al. find that training ends at about six."""

COLOURS = "cividis_r"
"""Bright where training works, dark where it does not: the same order in grey and for every kind of colour vision."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.trainability`: a cell per network, its colour the mean training error over seeds."""
    networks = table[table["quantity"] == "train_error"]
    scales = table[table["quantity"] == "depth_scale"]
    figure, place = style.canvas(BODY, "Which depths can be trained, from which weights", lines(networks), right=1.05)
    place["top"] += 0.26 / figure.get_figheight()  # no panel title
    axes = figure.subplots(gridspec_kw=place)
    means = intervals(networks, ["layers", "weight_variance"], "value").pivot(
        index="layers", columns="weight_variance", values="mean"
    )
    depths, variances = ([float(place) for place in axis] for axis in (means.index, means.columns))
    best = float(networks["value"].min())
    colours = Normalize(10 * (best // 10) if best < 90 else 0, 90)
    axes.pcolormesh(edges(variances), np.exp(edges(np.log(depths))), means, cmap=COLOURS, norm=colours)
    axes.grid(False)
    axes.patch.set(hatch="///", facecolor="white", edgecolor=style.MUTED)
    axes.set_yscale("log")
    axes.set_yticks(depths, [f"{depth:g}" for depth in depths])
    axes.set_yticks([], minor=True)
    axes.set_ylabel("Hidden layers")
    axes.set_xlabel("Weight variance × fan-in, σ$_w^2$")
    predict(axes, scales)
    bar = figure.colorbar(ScalarMappable(colours, COLOURS), cax=axes.inset_axes((1.04, 0.0, 0.035, 1.0)))
    bar.set_label("Training error (%)")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


def lines(networks: pd.DataFrame) -> list[str]:
    """Setting, and how to read the lines."""
    first = networks.iloc[0]
    data = dataset_name(first["dataset"])
    seeds = networks["seed"].nunique()
    return [
        f"{data}: tanh networks of width {first['width']}, {first['steps']} steps, "
        f"mean of {seeds} seed{'s' if seeds > 1 else ''}",
        "Lines: ξ, the depth over which two inputs' correlation converges in theory, and 6ξ.",
        *diverged_line(networks),
    ]


def diverged_line(networks: pd.DataFrame) -> list[str]:
    """A line that says how many networks diverged; no line when none did."""
    count = int(networks["value"].isna().sum())
    return [f"{count} of {len(networks)} networks diverged and are left out; hatched where none is left."] * (count > 0)


def edges(places: Iterable[float]) -> np.ndarray:
    """Borders of the cells around some places: halfway between neighbours."""
    p = np.array(list(places), dtype=float)
    if len(p) == 1:
        return np.array([p[0] - 0.5, p[0] + 0.5])
    middles = [(a + b) / 2 for a, b in pairwise(p)]
    return np.array([2 * p[0] - middles[0], *middles, 2 * p[-1] - middles[-1]])


def predict(axes: Axes, scales: pd.DataFrame) -> None:
    """Multiples of the predicted depth scale, in two colours so that they are seen on bright and on dark cells."""
    low, high = axes.get_ylim()
    for multiple, dashes in MULTIPLES.items():
        depth = multiple * scales["value"]
        for colour, width in (("white", 3.4), (style.INK, 1.6)):
            axes.plot(scales["weight_variance"], depth, color=colour, lw=width, ls=dashes)
        seen = scales["weight_variance"][depth.between(low, high)]
        for x in seen.tail(1):  # none where the whole line lies outside
            y = float(depth[seen.index[-1]])
            text = axes.text(x, y, f" {multiple}ξ" if multiple > 1 else " ξ", weight="bold", va="top")
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    axes.set_ylim(low, high)
