"""Figure `conv_techniques`: what each technique does for a convolutional network, alone and left out."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.conv_techniques import NONE, effects, every
from resnet_notes.analysis.statistics import Interval, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import CROSS, change, dataset_name, tested

ROW = 0.46
"""Height of a combination, inches."""

PANELS = {"alone": "Only this one", "left out": "All but this one"}
ERROR = "test_error"
COLOURS = {"alone": "#cc5f00", "left out": "#123f7a"}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.conv_techniques`: a row per technique, left alone, right left out of all."""
    names = every(table)
    figure, place = style.canvas(ROW * (len(names) + 1) + 0.95, "What carries a deep network", lines(table), right=0.25)
    place["left"] = 1.3 / style.WIDTH
    panels = figure.subplots(1, 2, sharey=True, sharex=True, gridspec_kw={**place, "wspace": 0.1})
    changes = {(row.what, row.technique): Interval(*row[3:]) for row in effects(table, ERROR).itertuples()}
    for axes, (what, title) in zip(panels, PANELS.items(), strict=True):
        axes.set_title(title)
        rows = combinations(names, what)
        for height, techniques in enumerate(rows):
            dots(axes, table[table["techniques"] == techniques], height, COLOURS[what] if height else style.MUTED)
        for height, name in enumerate(names, 1):
            if (what, name) in changes:
                write_change(axes, changes[what, name], height)
        whole = table[table["techniques"] == rows[0]][ERROR]
        axes.axvline(float(whole.mean()), color=style.MUTED, lw=1, ls=(0, (2, 2)), zorder=0)
        axes.set_xlabel("Test error (%)")
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
    panels[0].set_yticks(range(len(names) + 1), ["none, or all", *(name.replace("-", " ") for name in names)])
    panels[0].set_ylim(len(names) + 0.6, -0.6)
    panels[0].set_xlim(0, 100)
    panels[0].set_xticks(range(0, 100, 20))
    return figure


def write_change(axes: Axes, points: Interval, height: float) -> None:
    """What the technique changes, above its row at the right; nothing where there is no interval."""
    if points.n > 1:
        axes.text(
            100, height - 0.2, change(points, 1), ha="right", va="bottom", size=8.5, color=style.INK, bbox=style.BLANK
        )


def combinations(names: list[str], what: str) -> list[str]:
    """The combinations of a panel: what the others are measured against, then each technique's."""
    if what == "alone":
        return [NONE, *names]
    return ["+".join(names), *("+".join(other for other in names if other != name) or NONE for name in names)]


def dots(axes: Axes, own: pd.DataFrame, height: float, colour: str) -> None:
    """Mean with 95 % interval, and the seeds below it."""
    mean, low, high, n = t_interval(own[ERROR])
    if n == 0:
        axes.plot([96], [height], "x", color=colour, ms=6)
        return
    axes.plot([mean], [height], "o", color=colour, ms=5.5)
    axes.hlines(height, max(low, 0.0), min(high, 100.0), color=colour, lw=1.8)
    below = height + 0.24 + 0.1 * jitter(own["seed"])
    axes.plot(own[ERROR], below, "o", color=colour, ms=2.5, alpha=0.6, mec="none", ls="none")


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what the marks and the numbers are, from the table."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [
        f"{dataset_name(first['dataset'])}, {first['depth']} layers, He initialisation, {first['steps']:,} steps of "
        f"{first['batch']} images.{marks}{tested(table)} Dotted: none of the techniques, or all."
    ]
    lost = int(table["diverged_at_step"].notna().sum())
    if lost:
        said.append(f"{CROSS} {lost} of {len(table)} networks diverged and are left out.")
    if seeds > 1:
        said.append("Numbers: change from none, or from all, in points, paired by seed.")
    return said
