"""Figure `techniques_by_year`: the deepest fully connected network that each technique trains, by its year."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.techniques import NAMES, setting

BODY = 3.3
"""Inches."""

AT_LEAST = "\u2265 "
COLUMNS = {"Error": 0.55, "Seeds": 1.25}
"""What is printed at the right of the panel, and how many inches from it the middle lies."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.techniques_by_year`: a mark per rung of the ladder, depth logarithmic."""
    figure, place = style.canvas(BODY, "How deep a network could be trained", lines(table), right=1.65)
    place["left"] = 2.45 / style.WIDTH
    axes = figure.subplots(gridspec_kw=place)
    rows = table.sort_values("place", ascending=False).reset_index(drop=True)
    axes.set_xscale("log")
    axes.set_xlim(0.8, 5 * max(float(rows["trained"].max()), 2))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    for y, row in enumerate(rows.to_dict("records")):
        depth = row["trained"]
        if not depth:
            axes.annotate("none", (0.8, y), (4, 0), textcoords="offset points", va="center", size=9.5)
            continue
        axes.plot([depth], [y], "o", color=style.ARCHITECTURE_COLOURS["residual"], ms=7)
        words = f"{AT_LEAST if row['last'] else ''}{depth}"
        axes.annotate(words, (depth, y), (8, 0), textcoords="offset points", va="center", size=9.5, bbox=style.BLANK)
        beside(axes, y, "Error", f"{row['error']:.1f} %")
        beside(axes, y, "Seeds", f"{row['seeds_trained']} of {row['seeds']}")
    for name in COLUMNS:
        beside(axes, len(rows) - 0.15, name, name, color=style.MUTED)
    axes.set_yticks(range(len(rows)), [f"{NAMES.get(str(row.technique), str(row.technique))}  {row.year}"
                                       for row in rows.itertuples()])  # fmt: skip
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Hidden layers, logarithmic")
    return figure


def beside(axes: Axes, place: float, column: str, words: str, **how: Any) -> None:
    """Write something into a column at the right of the panel, in the row of a mark."""
    axes.annotate(words, (1, place), (72 * COLUMNS[column], 0), xycoords=("axes fraction", "data"), ha="center",
                  textcoords="offset points", va="center", size=9.5, annotation_clip=False, **how)  # fmt: skip


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what counts as trained."""
    first = table.iloc[0]
    seeds = int(first["seeds"])
    return [
        setting(table),
        f"Mark: the largest depth tried at which the mean training error of {seeds} seed{'s' * (seeds > 1)} is at most "
        f"{first['given_up_at']:g} %; {AT_LEAST.strip()}: the largest of all. Beside it: that error, and the seeds "
        "that came as low.",
    ]
