"""Figure `pretraining_spread`: how far the seeds of deep sigmoid networks lie apart, by initialisation."""

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK
from resnet_notes.figures.pretraining_depth import FAILED, by_dataset
from resnet_notes.figures.starts import Start, starts_in

BODY = 3.5
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_spread`: a panel per data set, mnist first, of networks that learned."""
    datasets = by_dataset(table)
    figure, place = style.canvas(BODY, "How much of it is luck: the spread over seeds", lines(table), right=0.12)
    depths = [networks["depth"].nunique() + 0.5 for _, networks in datasets]
    grid = {**place, "wspace": 0.2, "width_ratios": depths}
    panels = figure.subplots(1, len(datasets), squeeze=False, gridspec_kw=grid)[0]
    for axes, (name, networks) in zip(panels, datasets, strict=True):
        axes.set_title(name)
        panel(axes, networks, starts_in(table))
    panels[0].set_ylabel("Test error (%)")
    return figure


def panel(axes: Axes, networks: pd.DataFrame, starts: list[tuple[str, Start]]) -> None:
    """One data set: a violin of the seeds that learned, each seed a dot, and a cross where some did not."""
    learned = networks[networks["test_error"] <= FAILED]
    depths, names = sorted(set(networks["depth"])), [key for key, _ in starts]
    shared = {"x": "depth", "y": "test_error", "hue": "initialisation", "order": depths, "hue_order": names,
              "palette": [start.colour for _, start in starts], "legend": False, "ax": axes}  # fmt: skip
    several = learned[learned.groupby(["depth", "initialisation"])["test_error"].transform("nunique") > 1]
    if len(several):
        seaborn.violinplot(several, **shared, inner=None, density_norm="width", cut=0.5, linewidth=0, width=0.86,
                           alpha=0.35)  # fmt: skip
    if len(learned):
        seaborn.stripplot(learned, **shared, dodge=True, jitter=False, size=3.4)
    step = 0.8 / len(names)
    for place, depth in enumerate(depths):
        for rank, (key, start) in enumerate(starts):
            own = networks[(networks["depth"] == depth) & (networks["initialisation"] == key)]
            failed = len(own) - int((own["test_error"] <= FAILED).sum())
            if failed:
                x, of_panel = place + (rank - (len(names) - 1) / 2) * step, axes.get_xaxis_transform()
                axes.plot([x], [0.985], "x", color=start.colour, ms=6, mew=1.6, transform=of_panel)
                if failed < len(own):
                    axes.text(
                        x, 0.95, f"{failed}", color=start.colour, size=9, ha="center", va="top", transform=of_panel
                    )
    axes.set_xticks(range(len(depths)), [str(depth) for depth in depths])
    axes.set_xlim(-0.6, len(depths) - 0.4)
    axes.margins(y=0.12)
    axes.set_xlabel("Hidden layers")
    axes.set_ylabel("")


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what the colours and the marks are, in the order of the violins."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    order = ", ".join(start.name for _, start in starts_in(table))
    return [
        f"Sigmoid networks of width {first['width']}, {first['images']:,} training images, {seeds} "
        f"seed{'s' * (seeds > 1)}. From left to right: {order}.",
        "Dots: seeds; violins: their density. Crosses: seeds that did not train (above"
        f"{NO_BREAK}{FAILED:g}{NO_BREAK}%), all of them where there is no number.",
    ]
