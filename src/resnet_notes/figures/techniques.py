"""Figure `techniques`: training error of fully connected networks by technique and depth."""

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.figures import style
from resnet_notes.figures.labels import dataset_name

ROW = 0.36
"""Height of a technique, inches."""

NAMES = {
    "uniform": "sigmoid, old uniform weights",
    "rbm": "sigmoid, greedy RBMs",
    "glorot": "sigmoid, Glorot \u00d7 4",
    "he": "ReLU, He",
    "batch-norm": "+ batch normalisation",
    "shortcuts": "+ shortcuts",
    "no-batch-norm": "without batch normalisation",
    "no-relu": "sigmoid instead of ReLU",
    "no-he": "old uniform weights instead of He",
}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.techniques`: the ladder above, the last rung without one technique below."""
    groups = [(title, table[table["ladder"] == on]) for on, title in ((True, "The ladder"), (False, "All but one"))]
    groups = [(title, own) for title, own in groups if len(own)]
    rows = [own["technique"].nunique() for _, own in groups]
    body = ROW * sum(rows) + 0.85 + 0.5 * (len(groups) - 1) + 0.3
    figure, place = style.canvas(body, "What lets a network be deep", lines(table), right=0.25)
    place["left"] = 2.45 / style.WIDTH
    place["bottom"] = 0.5 / figure.get_figheight()
    panels = figure.subplots(
        len(groups), 1, squeeze=False, sharex=True, gridspec_kw={**place, "height_ratios": rows, "hspace": 0.42}
    )[:, 0]
    depths = sorted(set(table["depth"]) | {int(table["deepest_tried"].max())})
    for axes, (title, own) in zip(panels, groups, strict=True):
        axes.set_title(title)
        heat(axes, own, depths)
    panels[-1].set_xlabel("Hidden layers")
    return figure


def heat(axes: Axes, own: pd.DataFrame, depths: list[int]) -> None:
    """Mean training error of each technique at each depth; a depth that was given up before is left white."""
    errors = own.assign(train_error=own["train_error"].fillna(100.0))
    grid = errors.pivot_table(index="place", columns="depth", values="train_error", aggfunc="mean").reindex(
        columns=depths
    )
    names = own.drop_duplicates("place").set_index("place")["technique"]
    seaborn.heatmap(
        grid, ax=axes, vmin=0, vmax=100, cmap="cividis_r", annot=True, fmt=".0f", cbar=False, linewidths=1.5,
        annot_kws={"size": 9.5},
    )  # fmt: skip
    axes.set_yticklabels([NAMES.get(str(names[place])) or str(names[place]) for place in grid.index], rotation=0)
    axes.set_xticklabels([str(depth) for depth in depths], rotation=0)
    axes.tick_params(length=0, labelbottom=True)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.grid(False)


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what the numbers are."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    name = dataset_name(first["dataset"])
    return [
        f"{name}, {first['images']:,} training images, fully connected networks of width {first['width']}, "
        f"{first['steps']:,} steps. Numbers: training error in %, mean of {seeds} seed{'s' * (seeds > 1)}.",
        f"White: not tried, since no network of the depth before came below {first['given_up_at']:g} %.",
    ]
