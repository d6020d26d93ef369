"""Figure `pretraining_gradients`: the size of weight gradients by layer, at the start and after the training."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.labels import End, dataset_name, label_ends
from resnet_notes.figures.starts import draw_means, starts_in
from resnet_notes.figures.style import power_of_ten

BODY = 3.5
"""Inches."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_gradients`, of the data set with the deepest networks, mnist first."""
    deepest = table[table["depth"] == table["depth"].max()]
    dataset = min(set(deepest["dataset"]), key=lambda name: (name != "mnist", name))
    networks = relative(deepest[deepest["dataset"] == dataset])
    figure, place = style.canvas(BODY, "Which layers feel the error?", lines(networks), right=1.1)
    place["left"] += 0.1 / style.WIDTH  # tick labels with exponents
    last = int(networks["step"].max())
    steps = [(0, "At the start"), *([(last, f"After {last:,} steps")] if last else [])]
    panels = figure.subplots(1, len(steps), squeeze=False, sharey=True, gridspec_kw={**place, "wspace": 0.1})[0]
    for axes, (step, title) in zip(panels, steps, strict=True):
        axes.set_title(title)
        panel(axes, networks[networks["step"] == step])
    figure.supxlabel("Layer, from the output back to the pixels", size=10, y=0.012,
                     x=(place["left"] + place["right"]) / 2)  # fmt: skip
    panels[0].set_ylabel("Weight gradient, output layer = 1")
    panels[0].yaxis.set_major_formatter(power_of_ten)
    panels[0].locator_params(axis="y", integer=True)
    label_ends(panels[-1], ends(networks[networks["step"] == last]), size=9.5)
    return figure


def relative(networks: pd.DataFrame) -> pd.DataFrame:
    """Every gradient over that of the same network's output layer, as logarithms."""
    by = ["initialisation", "seed", "step"]
    output = networks[networks["layer"] == networks["depth"] + 1].set_index(by)["log10_gradient"]
    own = networks.merge(output.rename("output"), left_on=by, right_index=True)
    return own.assign(log10_ratio=own["log10_gradient"] - own["output"])


def panel(axes: Axes, networks: pd.DataFrame) -> None:
    """One moment: mean and 95 % interval over seeds at every layer, by initialisation."""
    axes.set_xticks(sorted(set(networks["layer"])))
    axes.set_xlim(networks["layer"].max() + 0.4, 0.6)
    axes.axhline(0, color=style.MUTED, lw=1, ls=":")
    for key, start in starts_in(networks):
        means = intervals(networks[networks["initialisation"] == key], ["layer"], "log10_ratio")
        places = means["layer"] - 0.06 * start.side
        draw_means(axes, start, places, means)


def ends(networks: pd.DataFrame) -> list[End]:
    """The names at the first layer, to which the error comes last."""
    first = networks[networks["layer"] == 1]
    means = {key: first[first["initialisation"] == key]["log10_ratio"].mean() for key, _ in starts_in(first)}
    return [End(1, means[key], start.name, start.colour) for key, start in starts_in(first) if means[key] == means[key]]


def lines(networks: pd.DataFrame) -> list[str]:
    """The setting and what is compared."""
    first, seeds = networks.iloc[0], networks["seed"].nunique()
    name = dataset_name(first["dataset"])
    marks = f" Lines: geometric mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    return [
        f"{name}, sigmoid networks of {first['depth']} hidden layers of {first['width']} units; standard deviation of "
        f"the gradient over a layer's weights.{marks}"
    ]
