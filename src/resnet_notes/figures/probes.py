"""Figure `probes`: how well a linear classifier does on what each layer passes on, trained and untrained."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from resnet_notes.analysis.statistics import intervals, paired_difference, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, End, change, dataset_name, label_ends

BODY = 3.3
"""Inches."""

STATES = {1: "trained", 0: "untrained"}
FILLS = {1: None, 0: "white"}
"""Of the marks, so that the states stand apart in grey, too."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.probes`: a panel per depth, a line per architecture and state."""
    depths = sorted(set(table["depth"]))
    figure, place = style.canvas(BODY, "What a linear classifier sees after each layer", lines(table), right=1.85)
    grid = {**place, "wspace": 0.1}
    (panels,) = figure.subplots(1, len(depths), squeeze=False, sharey=True, gridspec_kw=grid)
    for axes, depth in zip(panels, depths, strict=True):
        ends = []
        for (architecture, trained), own in table[table["depth"] == depth].groupby(["architecture", "trained"]):  # type: ignore[misc]
            means = intervals(own, ["layer"], "error")
            colour = style.ARCHITECTURE_COLOURS[architecture]
            axes.plot(means["layer"], means["mean"], color=colour, lw=1.5, ls=style.ARCHITECTURE_LINES[architecture],
                      marker=style.ARCHITECTURE_MARKERS[architecture], ms=4.5, mfc=FILLS[trained])  # fmt: skip
            axes.fill_between(means["layer"], means["low"], means["high"], color=colour, alpha=0.15, lw=0)
            name = f"{architecture}, {STATES[trained]}"
            ends += [End(x, y, name, colour) for x, y in means[["layer", "mean"]].tail(1).to_numpy()]
        axes.set_title(f"{depth} layers")
        axes.set_xlabel("Layers gone through")
        axes.locator_params(axis="x", integer=True, nbins=8)
    panels[0].set_ylabel("Test error (%), logarithmic")
    panels[0].set_yscale("log")  # trained networks differ by a tenth of what the untrained ones do
    panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8)))
    panels[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panels[0].yaxis.set_minor_locator(NullLocator())
    label_ends(panels[-1], ends, size=9.5)
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """What was fitted, and what the blocks change after the stem, from the table."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [f"{name}; ridge regression on labels. Layer 0: the image; 1: the stem; then each block.{marks}"]
    if seeds > 1:
        for trained, which in STATES.items():
            parts = []
            for (architecture, depth), own in table[table["trained"] == trained].groupby(["architecture", "depth"]):  # type: ignore[misc]
                by_layer = own.set_index("seed").groupby("layer")["error"]
                points = t_interval(paired_difference(by_layer.get_group(own["layer"].max()), by_layer.get_group(1)))
                parts.append(f"{architecture} {depth}: {change(points, 1)}".replace(" ", NO_BREAK))
            said.append(f"From the stem to the last block, {which}, in points: {'; '.join(parts)}.")
    return said
