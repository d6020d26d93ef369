"""Figure `techniques`: training error of fully connected networks by technique and depth."""

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from resnet_notes.figures import style
from resnet_notes.figures.contrast import ink_on
from resnet_notes.figures.labels import CROSS, dataset_name

ROW = 0.36
"""Height of a technique, inches."""

GROUPS = {"ladder": "The ladder", "alone": "One at a time, on the first rung", "left out": "All but one"}
NAMES = {
    "uniform": "sigmoid, old uniform weights",
    "rbm": "sigmoid, greedy RBMs",
    "glorot": "sigmoid, Glorot \u00d7 4",
    "he": "ReLU, He",
    "batch-norm": "+ batch normalisation",
    "shortcuts": "+ shortcuts",
    "only-relu": "ReLU alone",
    "only-batch-norm": "batch normalisation alone",
    "only-shortcuts": "shortcuts alone",
    "no-batch-norm": "without batch normalisation",
    "no-relu": "sigmoid, Glorot \u00d7 4 instead",
    "no-he": "old uniform weights instead",
}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.techniques`: the ladder, the first rung with one technique, the last without one."""
    groups = [(title, table[table["group"] == name]) for name, title in GROUPS.items()]
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
    errors = own.groupby(["place", "depth"])["train_error"]
    grid = errors.mean().unstack().reindex(columns=depths)
    lost = errors.apply(lambda values: int(values.isna().sum())).unstack().reindex(columns=depths).fillna(0).astype(int)
    names = own.drop_duplicates("place").set_index("place")["technique"]
    seaborn.heatmap(grid, ax=axes, vmin=0, vmax=100, cmap="cividis_r", cbar=False, linewidths=1.5)
    (mesh,) = axes.collections
    means, losses = grid.to_numpy(), lost.to_numpy()
    for row in range(len(grid)):
        for column in range(len(depths)):
            mean, diverged = float(means[row, column]), int(losses[row, column])
            colour = style.GRID if mean != mean else mesh.to_rgba(mean)  # type: ignore[attr-defined]
            if mean != mean and diverged:
                axes.add_patch(Rectangle((column, row), 1, 1, fc=colour, ec="white", lw=1.5))
            axes.text(column + 0.5, row + 0.5, said(mean, diverged), ha="center", va="center",
                      size=8.5 if diverged else 9.5, color=ink_on(colour))  # type: ignore[arg-type]  # fmt: skip
    axes.set_yticklabels([NAMES.get(str(names[place])) or str(names[place]) for place in grid.index], rotation=0)
    axes.set_xticklabels([str(depth) for depth in depths], rotation=0)
    axes.tick_params(length=0, labelbottom=True)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.grid(False)


def said(mean: float, diverged: int) -> str:
    """What a cell says: the mean of the networks that did not diverge, and how many did; nothing without any."""
    if mean != mean:
        return CROSS if diverged else ""
    return f"{mean:.0f}" + f" {CROSS}{diverged}" * (diverged > 0)


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, and what the numbers are."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    found = [
        f"{setting(table)} Numbers: training error in %, mean of {seeds} seed{'s' * (seeds > 1)}.",
        f"White: not tried, since no network of the depth before came below {first['given_up_at']:g} %.",
    ]
    lost = table[table["train_error"].isna()].groupby(["place", "depth"]).size()
    if len(lost):
        partly = "" if lost.min() == seeds else f"; {CROSS}1: one of {seeds} did, and is left out of the mean"
        found[-1] += f" {CROSS}: diverged{partly}."
    return found


def setting(table: pd.DataFrame) -> str:
    """What all networks have in common, and what those on RBMs have in addition."""
    first, pretrained = table.iloc[0], table[table["rbm_epochs"] > 0]
    found = (
        f"{dataset_name(first['dataset'])}, {first['images']:,} training images, fully connected networks of width "
        f"{first['width']}, {first['steps']:,} steps."
    )
    if len(pretrained):
        epochs, k = (int(pretrained[name].iloc[0]) for name in ("rbm_epochs", "rbm_k"))
        found += f" Greedy RBMs: before these, {epochs} epoch{'s' * (epochs > 1)} of CD-{k} a layer."
    return found
