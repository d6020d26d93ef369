"""Figure `techniques_by_year`: the deepest fully connected network that each technique trains, by its year."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.labels import dataset_name
from resnet_notes.figures.techniques import NAMES

BODY = 3.3
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.techniques_by_year`: a bar per rung of the ladder, depth logarithmic."""
    figure, place = style.canvas(BODY, "How deep a network could be trained", lines(table), right=0.5)
    place["left"] = 2.45 / style.WIDTH
    axes = figure.subplots(gridspec_kw=place)
    rows = table.sort_values("place", ascending=False).reset_index(drop=True)
    axes.set_xscale("log")
    axes.barh(range(len(rows)), rows["trained"].clip(lower=0.8), left=0.8, color=style.ARCHITECTURE_COLOURS["residual"],
              height=0.62)  # fmt: skip
    for place_, row in enumerate(rows.itertuples()):
        depth, more = int(str(row.trained)), " or more" if row.last else ""
        axes.annotate(
            f"{depth}{more}", (depth + 0.8, place_), (4, 0), textcoords="offset points", va="center", size=9.5
        )
    names = [f"{NAMES.get(str(row.technique), str(row.technique))}  {row.year}" for row in rows.itertuples()]
    axes.set_yticks(range(len(rows)), names)
    axes.set_xlim(0.8, 3 * max(float(rows["trained"].max()), 2))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x")
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Hidden layers, logarithmic")
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what counts as trained."""
    first = table.iloc[0]
    name = dataset_name(first["dataset"])
    return [
        f"{name}, {first['images']:,} training images, fully connected networks of width {first['width']}, "
        f"{first['steps']:,} steps.",
        f"The largest depth tried at which the mean training error of {first['seeds']} "
        f"seed{'s' * (int(first['seeds']) > 1)} is at most {first['given_up_at']:g} %.",
    ]
