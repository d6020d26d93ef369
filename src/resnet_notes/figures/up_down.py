"""Figure `up_down`: a deep belief network that classifies, fine-tuned without backpropagation."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals, paired_difference, t_interval
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import NO_BREAK, End, change, dataset_name, label_ends

BODY = 3.4
"""Inches."""

CURVES = {
    "train_error": ("training", "#cc5f00", (0, (4, 1.5))),
    "validation_error": ("validation", "#123f7a", "-"),
}
STAGES = ("greedy", "up-down", "backpropagation")
COLOURS = {"greedy": "#595959", "up-down": "#123f7a", "backpropagation": "#cc5f00"}
PUBLISHED = {"greedy": 2.49, "up-down": 1.39}
"""Test error in % on MNIST, 784-500-500-2000, 44,000 training images (Hinton, Osindero and Teh 2006, section 6.1)."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.up_down`: errors along the fine-tuning, and the test error by what came last."""
    own = table[table["algorithm"] == "up_down"]
    figure, place = style.canvas(BODY, "Fine-tuning without backpropagation", lines(table), right=0.2)
    left, right = figure.subplots(1, 2, gridspec_kw={**place, "wspace": 0.8, "width_ratios": [1, 1.1]})
    curves(left, own)
    bars(right, stages(table))
    return figure


def curves(axes: Axes, own: pd.DataFrame) -> None:
    """Errors after each epoch, with where the number of Gibbs steps changes."""
    axes.set_title("Along the up-down algorithm")
    axes.set_xlabel("Epochs")
    ends = []
    for column, (name, colour, dashes) in CURVES.items():
        means = intervals(own, ["epoch"], column).dropna(subset="mean")
        axes.plot(means["epoch"], means["mean"], color=colour, lw=1.8, ls=dashes)
        if means["low"].notna().all():
            axes.fill_between(means["epoch"], means["low"], means["high"], color=colour, alpha=0.15, lw=0)
        ends += [End(epoch, mean, name, colour) for epoch, mean in means[["epoch", "mean"]].tail(1).to_numpy()]
    errors = own[list(CURVES)]
    style.percent_axis(axes, "Error (%)", 1.25 * float(errors.max().max()))
    epochs = own[own["epoch"] > 0].drop_duplicates("epoch").sort_values("epoch")
    changes = epochs[epochs["gibbs_steps"] != epochs["gibbs_steps"].shift()]
    for steps, epoch in changes[["gibbs_steps", "epoch"]].astype(int).to_numpy().tolist():
        axes.axvline(float(epoch) - 1, color=style.GRID, lw=1, zorder=0)
        axes.annotate(f"{steps} step{'s' * (steps != 1)}", (float(epoch) - 1, 0.03), (3, 0), textcoords="offset points",
                      xycoords=("data", "axes fraction"), size=9, color=style.MUTED)  # fmt: skip
    axes.set_xlim(0, max(int(own["epoch"].max()), 1))
    axes.locator_params(axis="x", integer=True)
    label_ends(axes, ends, size=9.5)


def stages(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Test errors by seed after each stage that the table has."""
    own = table[table["algorithm"] == "up_down"]
    found = {
        "greedy": own[own["epoch"] == 0],
        "up-down": own[own["epoch"] == own["epoch"].max()],
        "backpropagation": table[table["algorithm"] == "backpropagation"],
    }
    return {name: rows.set_index("seed")["test_error"] for name, rows in found.items() if len(rows)}


def bars(axes: Axes, found: dict[str, pd.Series]) -> None:
    """Mean with 95 % interval and seeds of each stage."""
    axes.set_title("Test images")
    for place, (name, errors) in enumerate(found.items()):
        mean, low, high, _ = t_interval(errors)
        axes.plot([place], [mean], "o", color=COLOURS[name], ms=6)
        axes.vlines(place, low, high, color=COLOURS[name], lw=1.8)
        beside = place + 0.16 + 0.12 * jitter(errors.index.to_series())
        axes.plot(beside, errors, "o", color=COLOURS[name], ms=2.8, alpha=0.6, mec="none")
    names = {"backpropagation": "back-\npropagation"}
    axes.set_xticks(range(len(found)), [names.get(name, name) for name in found])
    axes.set_xlim(-0.5, len(found) - 0.4)
    style.percent_axis(axes, "Error (%)", 1.25 * max(float(errors.max()) for errors in found.values()))


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, what changed seed by seed, and what was published."""
    own = table[table["algorithm"] == "up_down"]
    first, seeds = own.iloc[0], own["seed"].nunique()
    name = dataset_name(first["dataset"])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    lower, top = str(first["layers"]).split("+")
    setting = (
        f"{name}, {first['images']:,} training images, hidden layers {lower}, then {top} over features and labels."
    )
    found, said = stages(table), []
    for stage in STAGES[1:]:
        if stage in found and seeds > 1:
            points = t_interval(paired_difference(found[stage], found["greedy"]))
            said.append(f"{stage.capitalize()} less greedy: {change(points, 2)} points.")
    if first["dataset"] == "mnist":
        theirs = f"{PUBLISHED['greedy']} %, then {PUBLISHED['up-down']} %".replace(" %", f"{NO_BREAK}%")
        said.append(f"Hinton et al. (2006), 784-500-500-2000, 44,000 images: {theirs}.")
    return [setting + marks, " ".join(said)]
