"""Figure `depth_gain`: what depth gives convolutional networks of about equal size."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.analysis.depth_gain import best, steps
from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import CROSS, NO_BREAK, End, change, dataset_name, label_ends, tested

BODY = 3.5
"""Inches."""

CURVES = {"test_error": ("test", "#123f7a", "-", "o"), "train_error": ("training", "#cc5f00", (0, (4, 1.5)), "s")}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.depth_gain`: errors against the number of layers, evenly spaced."""
    figure, place = style.canvas(BODY, "What depth gives", lines(table), right=0.95)
    axes = figure.subplots(gridspec_kw=place)
    depths = sorted(set(table["layers"]))
    ends = []
    for column, (name, colour, dashes, marker) in CURVES.items():
        means = intervals(table, ["layers"], column)
        side = 1 if column == "test_error" else -1  # apart, so that neither hides the other
        x = means["layers"].map(depths.index) + 0.06 * side
        axes.plot(x, means["mean"], color=colour, lw=1.8, ls=dashes, marker=marker, ms=5)  # type: ignore[arg-type]
        axes.vlines(x, means["low"], means["high"], color=colour, lw=1.8)
        seeds = table["layers"].map(depths.index) + side * (0.16 + 0.12 * jitter(table["seed"]))
        axes.plot(seeds, table[column], marker, color=colour, ms=2.8, alpha=0.6, mec="none", ls="none")
        ends.append(End(x.iloc[-1], float(means["mean"].iloc[-1]), name, colour))
    axes.set_xticks(range(len(depths)), [str(depth) for depth in depths])
    axes.set_xlim(-0.4, len(depths) - 0.55)
    axes.set_xlabel("Convolutional layers")
    style.percent_axis(axes, "Error (%)", 1.1 * float(table[list(CURVES)].max().max()))
    label_ends(axes, ends, size=9.5)
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and up to where the error falls, from the table."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    least, most = int(table["parameters"].min()), int(table["parameters"].max())
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [
        f"{dataset_name(first['dataset'])}, {first['steps']:,} steps of {first['batch']} images; 3x3 convolutions of "
        f"one width, {least:,} to {most:,} parameters.{marks}{tested(table)}"
    ]
    lost = int(table["diverged_at_step"].notna().sum())
    if lost:
        said.append(f"{CROSS} {lost} of {len(table)} networks diverged and are left out.")
    if seeds > 1 and table["layers"].nunique() > 1:
        parts = [f"{more}:{NO_BREAK}{change(points, 1)}" for (_, more), points in steps(table).items()]
        said.append(
            f"Test error, change from the depth before, in points: {'; '.join(parts)}. Lowest at {best(table)}."
        )
    return said
