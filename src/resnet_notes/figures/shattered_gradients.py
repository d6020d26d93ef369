"""Figure `shattered_gradients`: slopes of random networks beside noise, and their autocorrelation by depth."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import MINUS, End, label_ends

BODY = 5.3
"""Inches."""

NOISE = {"brown noise": "Brownian motion", "white noise": "White noise"}
"""What the two kinds of noise are called."""

NEAR = 0.1
"""How far from 0 an autocorrelation may lie that is called noise."""

DASHED = (0, (4, 1.8))


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.shattered_gradients`: the shallow network and noise above, a column per kind below."""
    named = table.assign(name=[name_of(*key) for key in zip(table["series"], table["beta"], strict=True)])
    slopes, functions = (named[named["what"] == what] for what in ("slope", "autocorrelation"))
    shallow, deep = int(table["depth"].min()), int(table["depth"].max())
    figure, place = style.canvas(BODY, title(functions, deep), lines(named, deep), right=0.72)
    place["left"] = 0.7 / style.WIDTH
    rows = figure.add_gridspec(3, 1, **place, height_ratios=[1, 1, 2.2], hspace=0.5)
    above = rows[0].subgridspec(1, 1 + len(NOISE), wspace=0.1).subplots(squeeze=False)[0]
    trace(above[0], slopes[(slopes["depth"] == shallow) & (slopes["series"] == "plain")], plural(shallow))
    for axes, name in zip(above[1:], NOISE.values(), strict=True):
        trace(axes, slopes[slopes["name"] == name], name)
    names = functions.loc[functions["depth"].notna(), "name"].unique()
    middle, below = (
        rows[k].subgridspec(1, len(names), wspace=0.16).subplots(squeeze=False, sharey=k == 2)[0] for k in (1, 2)
    )
    for top, bottom, name in zip(middle, below, names, strict=True):
        trace(top, slopes[(slopes["name"] == name) & (slopes["depth"] == deep)], name)
        fill(bottom, functions[functions["name"] == name])
        noise(bottom, functions)
        bottom.set_title(lag_one(functions[(functions["name"] == name) & (functions["depth"] == deep)]),
                         weight="normal", size=9)  # fmt: skip
    above[0].set_ylabel("df/dx")
    middle[0].set_ylabel("df/dx")
    below[0].set_ylabel("Autocorrelation")
    label_ends(below[-1], ends(functions[functions["name"] == names[-1]]), heading="layers")
    figure.supxlabel("Lag (points)", size=10, x=(place["left"] + place["right"]) / 2, y=0.012)
    return figure


def name_of(series: str, beta: float) -> str:
    """What a kind of network or noise is called."""
    return NOISE.get(series) or (f"Residual, β={beta:g}" if series == "residual" else series.capitalize())


def title(functions: pd.DataFrame, deep: int) -> str:
    """What the table shows; which kind of network has slopes like white noise, where it is one.

    One has when the whole interval of its autocorrelation at lag 1 lies near 0.
    """
    alike = []
    for name, rows in functions[functions["depth"] == deep].groupby("name", sort=False):
        found = at_lag_one(rows)
        alike += [str(name).lower()] if found["low"] >= -NEAR and found["high"] <= NEAR else []
    if len(alike) == 1:
        return f"Slopes of deep random networks: noise only if {alike[0]}"
    return "Slopes of random networks, beside noise"


def plural(depth: int) -> str:
    """A number of layers in words."""
    return f"{depth} layer{'s' * (depth > 1)}"


def lines(table: pd.DataFrame, deep: int) -> list[str]:
    """Setting, and how to read the panels."""
    slopes = table[(table["what"] == "slope") & table["depth"].isna()]
    points, draws = slopes["place"].nunique(), table["draw"].nunique()
    predicted = " and ".join(name.lower() for name in table.loc[table["source"] == "theory", "name"].unique())
    return [
        f"ReLU networks of one input and {table['width'].iloc[0]:,} units a layer, He weights, {points:,} points on "
        f"[−2, 2]. df/dx of one draw, each to its own scale, in the middle row with {deep} layers.",
        f"Below: mean of {draws} draws and 95 % interval; r₁ is that at lag 1, {plural(deep)}. Dashed, for {predicted} "
        "networks only: theory for infinite width. Grey: Brownian motion (upper) and white noise (lower).",
    ]


def trace(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """Slopes over x of one network, or noise."""
    axes.plot(rows["place"], rows["value"], color=style.INK, lw=0.6)
    axes.set_title(title, size=9.5)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])


def fill(axes: Axes, rows: pd.DataFrame) -> None:
    """Autocorrelation of one kind of network by depth, measured and predicted."""
    for depth, colour in colours(rows).items():
        own = rows[rows["depth"] == depth]
        measured = intervals(own[own["source"] == "simulation"], ["place"], "value")
        theory = own[own["source"] == "theory"]
        axes.fill_between(measured["place"], measured["low"], measured["high"], color=colour, alpha=0.2, lw=0)
        axes.plot(measured["place"], measured["mean"], color=colour, lw=1.6)
        axes.plot(theory["place"], theory["value"], color=colour, lw=1, ls=DASHED)
    axes.set_xlim(0, rows["place"].max())
    axes.locator_params(axis="x", nbins=2, integer=True)
    axes.set_ylim(-0.2, 1)


def noise(axes: Axes, functions: pd.DataFrame) -> None:
    """Autocorrelation of both kinds of noise."""
    for name in NOISE.values():
        mean = intervals(functions[functions["name"] == name], ["place"], "value")
        axes.plot(mean["place"], mean["mean"], color=style.MUTED, lw=3, alpha=0.35, zorder=1)


def lag_one(rows: pd.DataFrame) -> str:
    """The autocorrelation at lag 1 with its interval."""
    found = at_lag_one(rows)
    return f"r₁ = {found['mean']:.2f} ± {found['high'] - found['mean']:.2f}".replace("-", MINUS)


def at_lag_one(rows: pd.DataFrame) -> pd.Series:
    """Mean over the draws, with low and high, of one kind of network at one depth."""
    return intervals(rows[(rows["source"] == "simulation") & (rows["place"] == 1)], ["place"], "value").iloc[0]


def ends(rows: pd.DataFrame) -> list[End]:
    """The depths where the lines of one kind of network end."""
    last = rows[(rows["place"] == rows["place"].max()) & (rows["source"] == "simulation")]
    means = intervals(last, ["depth", "place"], "value")
    return [
        End(place, mean, str(int(depth)), colours(rows)[depth])
        for depth, place, mean in zip(means["depth"], means["place"], means["mean"], strict=True)
    ]


def colours(rows: pd.DataFrame) -> dict[int, str]:
    """A colour per depth."""
    return style.depth_colours(sorted(int(depth) for depth in rows["depth"].unique()))
