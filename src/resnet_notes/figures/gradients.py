"""Figure `gradients`: how large the gradient of each layer's weights is, at the start of a training and along it."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from resnet_notes.analysis.gradients import stem_ratios
from resnet_notes.analysis.statistics import intervals, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.labels import NO_BREAK, End, dataset_name, label_ends

BODY = 5.2
"""Inches."""

MARKS = {"o": "\u25cf", "s": "\u25a0", "^": "\u25b2", "D": "\u25c6", "v": "\u25bc", "p": "\u2b1f"}
"""Of the lines, in their order, and the letters for them: lines that lie on one another differ in grey, too."""

APART = 6
"""Marks on a line, about; those of different lines take turns."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.gradients`: a row per architecture, a column per depth, a line per moment."""
    depths, architectures = sorted(set(table["depth"])), sorted(set(table["architecture"]))
    colours = style.depth_colours(sorted(set(table["step"])))
    figure, place = style.canvas(BODY, "Gradients by layer, along the training", lines(table), right=1.15)
    grid = {**place, "wspace": 0.1, "hspace": 0.25}
    shape = len(architectures), len(depths)
    panels = figure.subplots(*shape, squeeze=False, sharey=True, sharex="col", gridspec_kw=grid)
    for row, architecture in zip(panels, architectures, strict=True):
        for axes, depth in zip(row, depths, strict=True):
            own = table[(table["architecture"] == architecture) & (table["depth"] == depth)]
            axes.set_title(f"{architecture}, {depth} layers")
            ends = []
            for rank, (step, colour) in enumerate(sorted(colours.items())):
                mark, letter = list(MARKS.items())[rank % len(MARKS)]
                means = intervals(own[own["step"] == step], ["layer"], "log10_norm")
                axes.plot(means["layer"], means["mean"], color=colour, lw=1.5, marker=mark, ms=4,
                          markevery=turns(rank, len(colours), depth))  # fmt: skip
                axes.fill_between(means["layer"], means["low"], means["high"], color=colour, alpha=0.15, lw=0)
                ends += [
                    End(x, y, f"{letter} {moment(step)}", colour)
                    for x, y in means[["layer", "mean"]].dropna().tail(1).to_numpy()
                ]
            style.count_axis(axes, depth)
            axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(style.power_of_ten))
        row[0].set_ylabel("Norm of the gradient", labelpad=1)
        label_ends(row[-1], ends, size=9.5)
    for axes in panels[-1]:
        axes.set_xlabel("Layer, in order")
    return figure


def turns(rank: int, lines: int, depth: int) -> tuple[int, int]:
    """First of the layers where a line is marked, and how many lie between two of them."""
    every = max(round(depth / APART), 1)
    return rank * every // lines, every


def moment(step: int) -> str:
    """What a line is called."""
    return f"{step:,} steps" if step else "start"


def lines(table: pd.DataFrame) -> list[str]:
    """What was measured, and how the first convolution's gradient compares with the last one's, in the deepest."""
    seeds = table["seed"].nunique()
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean of the logarithms with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    said = [f"{name}; weights of each convolution and of the dense layer, one mini-batch.{marks}"]
    ratios = stem_ratios(table[table["depth"] == table["depth"].max()])
    for step in sorted({ratios["step"].min(), ratios["step"].max()}):
        parts = []
        for (architecture, depth), own in ratios[ratios["step"] == step].groupby(["architecture", "depth"]):  # type: ignore[misc]
            *values, n = t_interval(own["log10_ratio"])
            if n > 1:
                mean, low, high = (significant(10**value) for value in values)
                parts.append(f"{architecture} {depth}: {mean} ({low} to {high})".replace(" ", NO_BREAK))
        if parts:
            when = f"after {moment(step)}" if step else "at the start"
            said.append(f"First convolution over last {when}: {'; '.join(parts)}.")
    return said


def significant(number: float) -> str:
    """A positive number with two significant digits, whole ones with a comma at thousands."""
    rounded = float(f"{number:.1e}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:#.2g}"
