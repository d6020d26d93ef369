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

ROOM = 1.4
"""By which factor the error axis may be longer than its more important part, so that it holds all."""

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
    top = top_of_view(table)
    lines = [setting(table), key, *beyond_line(table, top), *diverged_line(table)]
    figure, place = style.canvas(BODY, "Error during training, without and with shortcuts", lines, right=0.66)
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={**place, "wspace": 0.32})
    style.percent_axis(left, "Error (%)", top)
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
    """Upper end of the error axis in %: all of the curves, unless that would press their ends, which matter, together.

    All curves begin near chance, and where that is far above the rest, the axis ends at what the second third of
    training needs.
    """
    finished = table[table["diverged_at_step"].isna()]
    late = finished[finished["step"] >= finished["steps"] / 3]
    if late.empty:
        return 100.0
    means = [intervals(late, ["experiment", "architecture", "depth", "step"], name)["mean"].max()
             for name in ("train_error", "test_error")]  # fmt: skip
    needed = 1.15 * max(means)
    highest = highest_error(table)
    return min(100.0, max(needed, 1.04 * highest if highest <= ROOM * needed else 0.0))


def highest_error(table: pd.DataFrame) -> float:
    """The largest error of any seed that did not diverge, in %."""
    return float(table.loc[table["diverged_at_step"].isna(), ["train_error", "test_error"]].max().max())


def beyond_line(table: pd.DataFrame, top: float) -> list[str]:
    """A line that says how far errors reach above the axis; no line when all lie within."""
    highest = highest_error(table)
    return [f"The first steps, with errors up to {highest:.0f} %, lie above the axis."] * bool(highest > top)
