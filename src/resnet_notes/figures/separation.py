"""Figure `separation`: what shallow and deep networks of equal size learn from few and from many examples."""

from typing import Any, NamedTuple, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import median_interval, median_intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import NO_BREAK, End, label_ends

BODY = 4.5
"""Inches."""

ERRORS = {"test_error": "Test error", "train_error": "Training error"}
NAMES = {"triangle": "triangle map", "parity": "parity"}
UNITS = {"triangle": "% of variance", "parity": "% wrong"}
CHANCE = {"triangle": (100, "predicting the mean"), "parity": (50, "guessing")}
"""Error of who has learned nothing, and what that one says."""

BEYOND_CHANCE = 1.3
"""Where an axis ends at most, in errors of chance; what lies higher is marked there."""

UP = "\u25b2"


class Look(NamedTuple):
    """How a number of examples is drawn."""

    colour: str
    marker: str
    dashes: Any
    side: float
    """Where its seeds stand beside their depth, in layers."""


LOOKS = (Look("#cc5f00", "s", (0, (4, 1.5)), -1.0), Look("#123f7a", "o", "-", 1.0), Look("#1a1a1a", "^", ":", 0.0))
"""From few to many examples, of which the parameters allow as many as there are looks."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.separation`, with the chosen learning rates: a column per task, a row per error."""
    chosen = table[table["chosen"]]
    tasks = [task for task in UNITS if task in set(chosen["task"])]
    figure, place = style.canvas(
        BODY, "Equal size, more layers: what is learned, and what generalises", lines(table), 0.8
    )
    place["left"] += 0.16 / style.WIDTH  # the labels of the axes have two lines
    grid = {**place, "wspace": 0.86, "hspace": 0.14, "height_ratios": [1.5, 1]}
    panels = figure.subplots(2, len(tasks), sharex=True, sharey="col", squeeze=False, gridspec_kw=grid)
    for column, task in enumerate(tasks):
        runs = chosen[chosen["task"] == task]
        for row, error in enumerate(ERRORS):
            panel(panels[row, column], runs, task, error)
        panels[0, column].set_title(title(runs, task))
        panels[1, column].set_xlabel("Hidden layers")
        name_lines(panels[0, column], runs)
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """Which depth wins, setting, how the learning rate was chosen, and how to read the marks."""
    chosen = table[table["chosen"]]
    low, high, seeds = table["parameters"].min(), table["parameters"].max(), table["seed"].nunique()
    setting = f"ReLU networks of {low:,} to {high:,} parameters{', 1 seed' if seeds == 1 else ''}."
    rates = [f"{rate:g}" for rate in sorted(set(table["learning_rate"]))]
    rule = f" Learning rate ({' or '.join(rates)}): the one with the lower validation loss." if len(rates) > 1 else ""
    bars = f"bars: smallest to largest of {seeds} seeds ({confidence(seeds)} interval)"
    key = [f"Lines: median; {bars}; marks: seeds{beyond(chosen)}."] if seeds > 1 else []
    lost = int(chosen["test_error"].isna().sum())
    note = f"{lost} of the networks diverged and are left out; bars without them have a lower confidence."
    return [*winners(chosen), setting + rule, *key, *[note] * (lost > 0)]


def confidence(seeds: int) -> str:
    """Of the interval from the smallest to the largest value, in whole %."""
    percent = 100 * median_interval(range(seeds)).level
    return f"{percent:.0f}{NO_BREAK}%" if percent <= 99 else f"over 99{NO_BREAK}%"


def winners(chosen: pd.DataFrame) -> list[str]:
    """A line that names, for every task and number of examples, the depth of the lowest median test error.

    No line where there is one depth only, or nothing but networks that diverged.
    """
    depths = chosen["layers"].nunique()
    if depths < 2:
        return []
    found = []
    for task, name in NAMES.items():
        groups = chosen[chosen["task"] == task].dropna(subset="test_error").groupby("examples")
        best = [f"{best_depth(group, depths)} ({examples:,})".replace(" ", NO_BREAK) for examples, group in groups]
        found += [f"{name} {', '.join(best)}"] if best else []
    return [f"Hidden layers with the lowest median test error (examples): {'; '.join(found)}."] if found else []


def best_depth(runs: pd.DataFrame, depths: int) -> str:
    """The depth of the lowest median test error, rounded to 0.1 points; the shallowest of some that tie.

    Args:
        runs: Networks of one task and number of examples that have not diverged.
        depths: How many depths there are in all.
    """
    medians = median_intervals(runs, ["layers"], "test_error").set_index("layers")["median"].round(1)
    return "all alike" if len(medians) == depths and medians.nunique() == 1 else str(medians.idxmin())


def beyond(chosen: pd.DataFrame) -> str:
    """How to read the marks of the networks that lie above their axis; nothing where there are none."""
    tops = {str(task): top_of_view(runs, str(task)) for task, runs in chosen.groupby("task")}
    errors = chosen[list(ERRORS)].max(axis=1)
    above = errors[errors > chosen["task"].map(tops)]
    return f", {UP} above the axis (up to {above.max():.0f}{NO_BREAK}%)" if len(above) else ""


def title(runs: pd.DataFrame, task: str) -> str:
    """What is learned."""
    first = runs.iloc[0]
    if task == "triangle":
        return f"Triangle map, {first['iterations']:.0f} times"
    return f"Parity of {first['relevant']:.0f} of {first['inputs']:.0f} bits"


def top_of_view(runs: pd.DataFrame, task: str) -> float:
    """Upper end of a task's axis: all networks, but not far beyond chance, where a squared error knows no limit."""
    chance, _ = CHANCE[task]
    return min(1.08 * max(chance, float(runs[list(ERRORS)].max().max())), BEYOND_CHANCE * chance)


def panel(axes: Axes, runs: pd.DataFrame, task: str, error: str) -> None:
    """One error of one task: a line per number of examples, and what chance would reach."""
    depths = sorted(set(runs["layers"]))
    axes.set_ylabel(f"{ERRORS[error]}\n({UNITS[task]})")
    axes.set_xticks(depths)
    axes.set_xlim(min(depths) - 0.5, max(depths) + 0.5)
    chance, says = CHANCE[task]
    top = top_of_view(runs, task)
    axes.set_ylim(-0.03 * top, top)
    axes.axhline(chance, color=style.MUTED, lw=1, ls=":")
    if error == "train_error":
        axes.annotate(says, (1, chance), (0, -3), xycoords=("axes fraction", "data"), textcoords="offset points",
                      ha="right", va="top", size=9, color=style.MUTED)  # fmt: skip
    for look, _, group in by_examples(runs):
        line(axes, group, error, look)


def by_examples(runs: pd.DataFrame) -> list[tuple[Look, int, pd.DataFrame]]:
    """The look, the number of examples and the networks of every line, from few to many examples."""
    groups = list(runs.groupby("examples"))
    return [
        (look, cast(int, examples), group) for look, (examples, group) in zip(LOOKS[: len(groups)], groups, strict=True)
    ]


def line(axes: Axes, runs: pd.DataFrame, error: str, look: Look) -> None:
    """Median and interval at every depth, and every seed beside it."""
    medians = median_intervals(runs, ["layers"], error)
    places = medians["layers"] + 0.05 * look.side
    axes.plot(places, medians["median"], color=look.colour, lw=1.8, ls=look.dashes, marker=look.marker, ms=4.5)
    axes.vlines(places, medians["low"], medians["high"], color=look.colour, lw=1.5)
    if runs["seed"].nunique() > 1:
        beside = seeds_beside(runs, look)
        axes.plot(beside, runs[error], marker=look.marker, ms=2.6, color=look.colour, alpha=0.6, mec="none", ls="")
        out = runs[error] > axes.get_ylim()[1]
        axes.plot(beside[out], [0.97] * out.sum(), transform=axes.get_xaxis_transform(), marker="^", ms=6,
                  color=look.colour, ls="")  # fmt: skip


def seeds_beside(runs: pd.DataFrame, look: Look) -> pd.Series:
    """Where the mark of each network stands: beside its depth, in the order of the seeds."""
    return runs["layers"] + look.side * (0.16 + 0.2 * jitter(runs["seed"]))


def name_lines(axes: Axes, runs: pd.DataFrame) -> None:
    """Write the number of examples at the right of each line."""
    ends = []
    for look, examples, group in by_examples(runs):
        last = median_intervals(group, ["layers"], "test_error").dropna(subset="median").tail(1)
        points = zip(last["layers"], last["median"], strict=True)
        ends += [End(layers, median, f"{examples:,}", look.colour) for layers, median in points]
    label_ends(axes, ends, heading="examples")
