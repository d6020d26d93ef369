"""Figure `rbm_likelihood`: log-likelihood of small RBMs along their training, and how well AIS estimates it."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis import published
from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import End, dataset_name, label_ends, signed

BODY = 3.4
"""Inches."""

LOOKS = (
    ("#8c1c13", "s", (0, (4, 1.5))),
    ("#2b7a78", "D", (0, (6, 1.5, 1, 1.5))),
    ("#123f7a", "o", "-"),
    ("#595959", "^", ":"),
)
WAYS = {"ais_forward": "forward", "ais_backward": "backward"}


class Rule(NamedTuple):
    """A learning rule in the figure."""

    name: str
    key: tuple[str, int]
    runs: pd.DataFrame
    colour: str
    marker: str
    dashes: object
    side: float


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.rbm_likelihood`: likelihood against epochs, and AIS less the exact log Z."""
    figure, place = style.canvas(
        BODY, "What contrastive divergence reaches, in log-likelihood", lines(table), right=0.25
    )
    place["left"] += 0.16 / style.WIDTH  # tick labels of four letters
    grid = {**place, "wspace": 0.95, "width_ratios": [1.5, 1]}
    left, right = figure.subplots(1, 2, gridspec_kw=grid)
    found = rules(table)
    likelihoods(left, table, found)
    estimates(right, found)
    return figure


def rules(table: pd.DataFrame) -> list[Rule]:
    """The learning rules of a table, each with its look."""
    groups = list(table.groupby(["method", "k"], sort=True))
    rows = []
    for rank, ((key, runs), look) in enumerate(zip(groups, LOOKS, strict=False)):
        method, k = str(key[0]), int(str(key[1]))  # type: ignore[index]
        side = 2 * rank / max(len(groups) - 1, 1) - 1
        rows.append(Rule(f"{method}-{k}", (method, k), runs, *look, side))
    return rows


def lines(table: pd.DataFrame) -> list[str]:
    """Data, size, length of the training and how to read the marks."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    name = dataset_name(first["dataset"])
    exact = "exact" if is_exact(table) else "estimated by AIS"
    setting = (
        f"{name}, pixels drawn to be 0 or 1; {first['images']:,} training images, {table['epoch'].max()} epochs; "
        f"{first['hidden']} hidden units, log Z {exact}."
    )
    marks = f" Lines: mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    theirs = " Dotted: Burda et al. (2015), trained on 60,000." if comparable(table) else ""
    return [setting + marks + theirs]


def is_exact(table: pd.DataFrame) -> bool:
    """Whether log Z was enumerated rather than estimated."""
    return int(table["hidden"].iloc[0]) <= published.HIDDEN


def comparable(table: pd.DataFrame) -> bool:
    """Whether the published numbers are of RBMs of this size on this data set."""
    first = table.iloc[0]
    return first["dataset"] == "mnist" and first["hidden"] == published.HIDDEN


def likelihoods(axes: Axes, table: pd.DataFrame, found: list[Rule]) -> None:
    """Test log-likelihood against epochs, a line per learning rule."""
    axes.set_title("Test images")
    axes.set_xscale("log")
    theirs = published.likelihoods() if comparable(table) else {}
    epochs = sorted(set(table["epoch"]))
    axes.set_xticks([epoch for epoch in epochs if epoch])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel("Epochs, logarithmic")
    axes.set_ylabel("Log-likelihood (nats)")
    ends = []
    for rule in found:
        means = intervals(rule.runs, ["epoch"], "test_log_likelihood")
        axes.plot(means["epoch"], means["mean"], color=rule.colour, lw=1.8, ls=rule.dashes, marker=rule.marker, ms=4)
        axes.vlines(means["epoch"], means["low"], means["high"], color=rule.colour, lw=1.5)
        axes.plot(rule.runs["epoch"] * (1.03 + 0.05 * jitter(rule.runs["seed"])), rule.runs["test_log_likelihood"],
                  marker=rule.marker, ms=2.2, color=rule.colour, alpha=0.6, mec="none", ls="")  # fmt: skip
        ends.append(End(means["epoch"].iloc[-1], means["mean"].iloc[-1], rule.name, rule.colour))
        if rule.key in theirs:
            axes.axhline(theirs[rule.key], color=rule.colour, lw=1, ls=":")
            axes.annotate(f"{rule.name}: {signed(theirs[rule.key], 2)}", (0, theirs[rule.key]), (2, 2), size=9,
                          xycoords=("axes fraction", "data"), textcoords="offset points",
                          color=rule.colour)  # fmt: skip
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    label_ends(axes, ends, size=9.5)


def estimates(axes: Axes, found: list[Rule]) -> None:
    """AIS less the exact log Z at the end, forwards and backwards, a mark with its interval per RBM."""
    axes.set_title("AIS less exact")
    axes.axhline(0, color=style.MUTED, lw=1, ls=":")
    for place, way in enumerate(WAYS):
        for rule in found:
            last = rule.runs.dropna(subset=way)
            x = place + 0.3 * rule.side + 0.1 * (jitter(last["seed"]) - 0.5)
            middle, low, high = (last[column] - last["log_z"] for column in (way, f"{way}_low", f"{way}_high"))
            axes.vlines(x, low, high, color=rule.colour, lw=1)
            axes.plot(x, middle, marker=rule.marker, ms=3, color=rule.colour, ls="")
    axes.set_xticks(range(len(WAYS)), list(WAYS.values()))
    axes.set_xlim(-0.6, len(WAYS) - 0.4)
    axes.set_ylabel("Difference of log Z (nats)")
