"""Figure `variants`: errors of residual networks and of what the field has made of them since."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.analysis.variants import ORIGINAL, differences
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import NO_BREAK, change, dataset_name, diverged_line, tested

ROW = 0.4
"""Height of an architecture, inches."""

NAMES = {
    "residual": ("residual, option A", 2015),
    "option-b": ("option B", 2015),
    "pre-activation": ("pre-activation", 2016),
    "zero-gamma": ("zero-gamma", 2017),
}
ERRORS = {"train_error": "Training error (%)", "test_error": "Test error (%)"}
COLOUR = "#6b2d73"


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.variants`: a row per architecture and depth, training left, test right."""
    depths = sorted(set(table["depth"]))
    rows = [(name, depth) for depth in depths for name in NAMES if name in set(table["architecture"])]
    figure, place = style.canvas(
        ROW * len(rows) + 0.95, "What became of the residual network", lines(table), right=0.25
    )
    place["left"] = 2.15 / style.WIDTH
    panels = figure.subplots(1, 2, sharex=True, sharey=True, gridspec_kw={**place, "wspace": 0.08})
    for axes, (error, label) in zip(panels, ERRORS.items(), strict=True):
        for height, (name, depth) in enumerate(rows):
            dots(axes, table[(table["architecture"] == name) & (table["depth"] == depth)], error, height)
        axes.set_xlabel(label)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
    several = ", {} layers" if len(depths) > 1 else ""
    named = ["{} ({})".format(*NAMES[name]) + several.format(depth) for name, depth in rows]
    panels[0].set_yticks(range(len(rows)), named)
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    return figure


def dots(axes: Axes, own: pd.DataFrame, error: str, height: float) -> None:
    """Mean with 95 % interval, and the seeds below it."""
    name = str(own["architecture"].iloc[0]) if len(own) else ""
    colour = style.ARCHITECTURE_COLOURS.get(name, COLOUR)
    mean, low, high, _ = t_interval(own[error])
    axes.plot([mean], [height], style.ARCHITECTURE_MARKERS.get(name, "D"), color=colour, ms=5.5)
    axes.hlines(height, low, high, color=colour, lw=1.8)
    below = height + 0.24 + 0.1 * jitter(own["seed"])
    axes.plot(own[error], below, "o", color=colour, ms=2.5, alpha=0.6, mec="none", ls="none")


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and the differences from the residual network, from the table."""
    first, seeds, depths = table.iloc[0], table["seed"].nunique(), sorted(set(table["depth"]))
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [
        f"{dataset_name(first['dataset'])}, {' and '.join(map(str, depths))} layers, {first['steps']:,} steps of "
        f"{first['batch']} images.{marks}{tested(table)}",
        *diverged_line(table),
    ]
    if seeds > 1:
        parts = [
            f"{NAMES[name][0]}: ".replace(" ", NO_BREAK) + change(points, 2)
            for (name, depth), points in differences(table, "test_error").items()
            if depth == depths[-1]
        ]
        said.append(f"Test error less that of the {ORIGINAL} network, in points: {'; '.join(parts)}.")
    return said
