"""Figure `pretraining_distance`: how far from their start weights end, and how many steps a given loss takes."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import End, dataset_name, label_ends
from resnet_notes.figures.starts import Start, draw_means, draw_seeds, starts_in

BODY = 3.5
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_distance`, of the data set with most depths."""
    dataset = table.groupby("dataset")["depth"].nunique().sort_values(kind="stable").index[-1]
    networks = table[table["dataset"] == dataset]
    figure, place = style.canvas(BODY, "How far weights travel, and how long it takes them", lines(networks), right=1.1)
    left, right = figure.subplots(1, 2, gridspec_kw={**place, "wspace": 0.36})
    for axes, title, column in (
        (left, "Distance in weight space", "distance"),
        (right, f"Steps to a training loss of {networks['target'].iloc[0]:g} nats", "steps_to_target"),
    ):
        axes.set_title(title)
        depths = sorted(set(networks["depth"]))
        axes.set_xlabel("Hidden layers")
        axes.set_xticks(range(min(depths), max(depths) + 1))
        axes.set_xlim(min(depths) - 0.5, max(depths) + 0.5)
        for key, start in starts_in(networks):
            line(axes, networks[networks["initialisation"] == key], column, start)
        axes.set_ylim(0, 1.12 * float(networks[column].max()) if networks[column].notna().any() else 1)
    left.set_ylabel("Euclidean norm of the change")
    right.set_ylabel("Steps")
    label_ends(right, ends(networks), size=9.5)
    return figure


def line(axes: Axes, networks: pd.DataFrame, column: str, start: Start) -> None:
    """Mean and 95 % interval over seeds at each depth where all of them have a value; every seed beside."""
    depths = [depth for depth, group in networks.groupby("depth") if group[column].notna().all()]
    means = intervals(networks[networks["depth"].isin(depths)], ["depth"], column)
    places = means["depth"] + 0.05 * start.side
    draw_means(axes, start, places, means)
    if networks["seed"].nunique() > 1:
        beside = networks["depth"] + start.side * (0.12 + 0.14 * jitter(networks["seed"]))
        draw_seeds(axes, start, beside, networks[column].astype(float))


def ends(networks: pd.DataFrame) -> list[End]:
    """The name of every initialisation at its deepest networks that reached the loss with every seed."""
    found = []
    for key, start in starts_in(networks):
        own = networks[networks["initialisation"] == key]
        reached = {depth: group["steps_to_target"] for depth, group in own.groupby("depth")}
        whole = {int(str(depth)): steps.astype(float).mean() for depth, steps in reached.items() if steps.notna().all()}
        if whole:
            found.append(End(max(whole), whole[max(whole)], start.name, start.colour))
    return found


def lines(networks: pd.DataFrame) -> list[str]:
    """The setting, and which networks did not reach the loss."""
    first, seeds = networks.iloc[0], networks["seed"].nunique()
    name = dataset_name(first["dataset"])
    marks = " Lines: mean with 95 % interval over seeds." if seeds > 1 else ""
    setting = (
        f"{name}, sigmoid networks of width {first['width']}, {first['images']:,} training images, "
        f"{first['steps']:,} steps, {seeds} seed{'s' * (seeds > 1)}."
    )
    missed = []
    for key, start in starts_in(networks):
        own = networks[networks["initialisation"] == key]
        parts = [
            f"{depth}"
            if group["steps_to_target"].isna().all()
            else f"{depth} ({group['steps_to_target'].isna().sum()})"
            for depth, group in own.groupby("depth")
            if group["steps_to_target"].isna().any()
        ]
        missed += [f"{start.name} at depth {', '.join(parts)}"] if parts else []
    counted = " (in brackets: by some seeds alone)" if any("(" in part for part in missed) else ""
    return [setting + marks] + ([f"Loss not reached{counted}: {'; '.join(missed)}."] if missed else [])
