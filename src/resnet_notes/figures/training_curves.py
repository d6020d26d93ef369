"""Figure `training_curves`: error during training at every depth, as He et al. 2015, Figure 6."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import (
    CROSS,
    End,
    diverged,
    diverged_line,
    label_ends,
    setting,
    several_seeds,
)

BODY = 3.4
"""Inches."""

PANELS = {"plain": "Plain networks", "residual": "Residual networks"}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.training_curves`.

    Mean over the seeds that did not diverge: training error thin, test error thick with its 95 %
    t-interval as a band.
    """
    key = "Thick: test error. Thin: training error."
    if several_seeds(table):
        key = "Means over seeds. Thick: test error, with 95 % interval. Thin: training error."
    lines = [setting(table), key, *diverged_line(table)]
    figure, place = style.canvas(BODY, "Error during training, without and with shortcuts", lines, right=0.66)
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={**place, "wspace": 0.32})
    style.percent_axis(left, "Error (%)", top_of_view(table))
    colours = style.depth_colours(sorted(set(table["depth"])))
    for axes, architecture in ((left, "plain"), (right, "residual")):
        panel(axes, table[table["architecture"] == architecture], colours)
        axes.set_title(PANELS[architecture])
    return figure


def panel(axes: Axes, table: pd.DataFrame, colours: dict[int, str]) -> None:
    """One architecture: a thin and a thick line per depth, labelled with the depth."""
    finished = table[table["diverged_at_step"].isna()]
    ends = []
    for depth, runs in finished.groupby("depth"):
        colour = colours[depth]  # type: ignore[index]
        train, test = (intervals(runs, ["step"], name) for name in ("train_error", "test_error"))
        axes.fill_between(test["step"], test["low"], test["high"], color=colour, alpha=0.18, lw=0)
        # The thick line is pale and below: before an epoch is over, the two errors lie on one another.
        axes.plot(test["step"], test["mean"], color=colour, lw=3.2, alpha=0.5)
        axes.plot(train["step"], train["mean"], color=colour, lw=0.9)
        ends.append(End(test["step"].iloc[-1], test["mean"].iloc[-1], str(depth), colour))
    steps_axis(axes, table)
    label_ends(axes, crossed(axes, ends, table), heading="layers")


def steps_axis(axes: Axes, table: pd.DataFrame) -> None:
    """The whole budget as the x axis, few ticks, thousands with a comma."""
    axes.set_xlabel("Training step")
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    if len(table):
        axes.set_xlim(0, float(table["steps"].max()))


def crossed(axes: Axes, ends: list[End], table: pd.DataFrame) -> list[End]:
    """Mark the labels of depths that lost runs; one that lost all has its label at the top corner."""
    missing = {str(lost.depth): lost.k == lost.of for lost in diverged(table)}
    marked = [end._replace(text=end.text + CROSS * (end.text in missing)) for end in ends]
    corner = axes.get_xlim()[1], axes.get_ylim()[1]
    return marked + [End(*corner, depth + CROSS, style.MUTED) for depth, every in missing.items() if every]


def top_of_view(table: pd.DataFrame) -> float:
    """Upper end of the error axis in %: what the second third of training needs.

    All curves begin near chance; an axis up to there would press the ends, which matter, together.
    """
    finished = table[table["diverged_at_step"].isna()]
    late = finished[finished["step"] >= finished["steps"] / 3]
    if late.empty:
        return 100.0
    means = [intervals(late, ["experiment", "architecture", "depth", "step"], name)["mean"].max()
             for name in ("train_error", "test_error")]  # fmt: skip
    return min(100.0, 1.15 * max(means))
