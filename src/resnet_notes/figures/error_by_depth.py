"""Figure `error_by_depth`: final training and test error against depth, plain and residual."""

import re
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import (
    CROSS,
    architecture_ends,
    diverged,
    diverged_line,
    label_ends,
    setting,
    several_seeds,
)

BODY = 3.3
"""Inches."""

PANELS = {"train_error": "Training error", "test_error": "Test error"}
PUBLISHED = Path("notes/published.csv")
PUBLISHED_STEPS = 64_000
PUBLISHED_ROWS = {"plain": ("degradation", "plain"), "residual": ("residual", "resnet")}
"""Topic and model of He et al.'s own numbers in `published.csv`; other models there are reimplementations."""


@style.house
def draw(table: pd.DataFrame, published: Path = PUBLISHED) -> Figure:
    """Draw the table of `analysis.error_by_depth`.

    Args:
        table: One row per run.
        published: CSV of published numbers, relative to the project's root; read only when the table has He
            et al.'s own setting (CIFAR-10, 64,000 steps), whose test errors are then drawn as hollow markers.
    """
    theirs = published_errors(published) if is_published_setting(table) else None
    lines = [setting(table), *key(table, theirs is not None), *diverged_line(table)]
    figure, place = style.canvas(BODY, "Error after training, against depth", lines, right=0.86)
    panels = figure.subplots(1, 2, sharey=True, gridspec_kw={**place, "wspace": 0.1})
    axes = dict(zip(PANELS, panels, strict=True))
    for column, title in PANELS.items():
        depth_axis(axes[column], sorted(set(table["depth"])))
        axes[column].set_title(title)
        for architecture, runs in table.groupby("architecture"):
            line(axes[column], runs, str(architecture), column)
    if theirs is not None:
        hollow(axes["test_error"], theirs[theirs["depth"].isin(set(table["depth"]))])
    style.percent_axis(axes["train_error"], "Error (%)", top_of_finals(table, by=["architecture", "depth"]))
    name_lines(axes["test_error"], table)
    for panel in axes.values():
        mark_diverged(panel, table)
    return figure


def key(table: pd.DataFrame, hollow_too: bool) -> list[str]:
    """How to read the marks; nothing to say when each is a single run."""
    words = ["Lines: mean with 95 % interval. Small marks: each seed."] if several_seeds(table) else []
    return [" ".join([*words, *["Hollow: He et al. (2015)."] * hollow_too])]


def top_of_finals(table: pd.DataFrame, by: list[str]) -> float:
    """Upper end of the error axis in %: all runs, and intervals as far as they do not dwarf the runs.

    Two seeds can have an interval many times wider than their distance (t(1) = 12.7); it may leave the panel.
    """
    finished = table[table["diverged_at_step"].isna()]
    if finished.empty:
        return 100.0
    columns = ["train_error", "test_error"]
    highest = float(finished[columns].max().max())
    ends = pd.concat([intervals(finished, by, column)["high"] for column in columns])
    return 1.06 * max(highest, min(float(ends.max()), 1.4 * highest) if ends.notna().any() else 0)


def depth_axis(axes: Axes, depths: list[int]) -> None:
    """Depth as a linear axis with a tick at every depth."""
    axes.set_xlabel("Depth (layers)")
    axes.set_xticks(depths)
    room = 0.1 * (max(depths) - min(depths)) or 1.0
    axes.set_xlim(min(depths) - room, max(depths) + room)


def line(axes: Axes, runs: pd.DataFrame, architecture: str, column: str) -> None:
    """Mean and interval of one architecture at every depth, and every seed beside it."""
    colour, marker = style.ARCHITECTURE_COLOURS[architecture], style.ARCHITECTURE_MARKERS[architecture]
    finished = runs[runs["diverged_at_step"].isna()]
    means = intervals(finished, ["depth"], column)
    # Plain a little to the left and residual to the right, so that neither hides the other.
    low, high = axes.get_xlim()
    side = (high - low) * (-1 if architecture == "plain" else 1)
    places = means["depth"] + 0.004 * side
    axes.plot(places, means["mean"], color=colour, lw=2, ls=style.ARCHITECTURE_LINES[architecture])
    axes.plot(places, means["mean"], marker=marker, ms=4.5, color=colour, ls="")
    axes.vlines(places, means["low"], means["high"], color=colour, lw=1.6)
    if several_seeds(finished):
        beside = finished["depth"] + side * (0.022 + 0.026 * jitter(finished["seed"]))
        axes.plot(beside, finished[column], marker=marker, ms=2.8, color=colour, alpha=0.6, mec="none", ls="")


def jitter(seeds: pd.Series) -> pd.Series:
    """A place from 0 to 1 for every seed, in the order of the seeds: spread without chance."""
    ranks = seeds.rank(method="dense") - 1
    return ranks / max(float(ranks.max()), 1.0)


def name_lines(axes: Axes, table: pd.DataFrame) -> None:
    """Write plain and residual at the right of the last panel."""
    finished = table[table["diverged_at_step"].isna()]
    label_ends(axes, architecture_ends(finished, "depth", "test_error"))


def mark_diverged(axes: Axes, table: pd.DataFrame) -> None:
    """A cross at the top of the panel above every depth where runs are missing, with their number."""
    for lost in diverged(table):
        # Ends at the depth for plain, begins there for residual.
        side, gap = ("right", "") if lost.architecture == "plain" else ("left", " ")
        axes.text(lost.depth, 1.0, f"{gap}{lost.k}{CROSS}", transform=axes.get_xaxis_transform(),
                  ha=side, va="center", size=9.5, weight="bold",
                  color=style.ARCHITECTURE_COLOURS[lost.architecture])  # fmt: skip


def is_published_setting(table: pd.DataFrame) -> bool:
    """Whether every run has the data set and the budget of He et al. 2015, section 4.2."""
    return set(table["dataset"]) == {"cifar-10"} and set(table["steps"]) == {PUBLISHED_STEPS}


def published_errors(path: Path) -> pd.DataFrame:
    """He et al.'s CIFAR-10 test errors: columns architecture, depth, error (%), bound (True for "more than").

    Raises:
        FileNotFoundError: No such file.
    """
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[(rows["dataset"] == "cifar10") & (rows["quantity"] == "test error %")]
    found = []
    for architecture, (topic, model) in PUBLISHED_ROWS.items():
        for row in rows[(rows["topic"] == topic) & (rows["model"] == model)].itertuples():
            error = float(re.sub(r"[^0-9.]", "", str(row.value)))
            found.append((architecture, int(str(row.depth)), error, str(row.value).startswith(">")))
    return pd.DataFrame(found, columns=["architecture", "depth", "error", "bound"])


def hollow(axes: Axes, published: pd.DataFrame) -> None:
    """Published numbers as hollow markers; an arrow up where only a lower bound is published."""
    columns = (published[name].to_list() for name in ("architecture", "depth", "error", "bound"))
    for architecture, depth, error, bound in zip(*columns, strict=True):
        colour = style.ARCHITECTURE_COLOURS[architecture]
        marker = "^" if bound else style.ARCHITECTURE_MARKERS[architecture]
        axes.plot(depth, error, marker=marker, ms=10, mfc="none", mec=colour, mew=1.2, ls="")
        if bound:
            axes.annotate(f"> {error:g}", (depth, error), (0, -7), textcoords="offset points",
                          ha="center", va="top", size=9, color=colour)  # fmt: skip
