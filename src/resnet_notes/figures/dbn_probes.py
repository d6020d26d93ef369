"""Figure `dbn_probes`: how well a linear classifier does on what each layer of a deep belief network passes on."""

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals, paired_difference, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, End, change, dataset_name, label_ends

BODY = 3.1
"""Inches."""

STATES = {1: "trained", 0: "before training"}
COLOURS = {1: style.ARCHITECTURE_COLOURS["residual"], 0: style.MUTED}
LINES = {1: "-", 0: (0, (4, 1.5))}
FILLS = {1: None, 0: "white"}
"""Of the marks, so that the states stand apart in grey, too."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.dbn_probes`: a line for the trained stacks, and one for those before training."""
    figure, place = style.canvas(
        BODY, "What a linear classifier sees in a deep belief network", lines(table), right=1.55
    )
    axes = figure.subplots(gridspec_kw=place)
    ends = []
    for trained, name in STATES.items():
        means = intervals(table[table["trained"] == trained], ["layer"], "error")
        axes.plot(means["layer"], means["mean"], color=COLOURS[trained], lw=1.8, ls=LINES[trained], marker="o", ms=5,
                  mfc=FILLS[trained])  # fmt: skip
        axes.fill_between(means["layer"], means["low"], means["high"], color=COLOURS[trained], alpha=0.15, lw=0)
        ends += [End(x, y, name, COLOURS[trained]) for x, y in means[["layer", "mean"]].tail(1).to_numpy()]
    layers = range(int(table["layer"].max()) + 1)
    axes.set_xticks(layers, ["image", *map(str, layers[1:])])
    axes.set_xlabel("Layers gone through")
    style.percent_axis(axes, "Test error of the probe (%)", max(1.15 * float(table["error"].max()), 1.0))
    label_ends(axes, ends, size=9.5)
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """What was fitted to what, and what the layers above the first change, from the table."""
    first, seeds, last = table.iloc[0], table["seed"].nunique(), table["layer"].max()
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [
        f"{dataset_name(first['dataset'])}, stacks of {first['layers']} RBMs, trained without labels; ridge regression "
        f"on {first['images']:,} labels.{marks}"
    ]
    if seeds > 1 and last > 1:
        parts = []
        for trained, name in STATES.items():
            by_layer = table[table["trained"] == trained].set_index("seed").groupby("layer")["error"]
            points = t_interval(paired_difference(by_layer.get_group(last), by_layer.get_group(1)))
            parts.append(f"{name} {change(points, 1)}".replace(" ", NO_BREAK))
        said.append(f"From layer 1 to layer {last}, in points: {'; '.join(parts)}.")
    return said
