"""Figure `extension`: deep plain networks that were trained, and ones that were built from shallower ones."""

import math

import pandas as pd
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import End, dataset_name, label_ends

BODY = 3.4
"""Inches."""

BESIDE = 1.2
"""Layers by which the built networks stand before their depth, where the trained ones are."""

COLOURS = {"trained": style.ARCHITECTURE_COLOURS["plain"], "built": "#2b7a78"}


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.extension`: training error against depth, and where the built networks lie."""
    figure, place = style.canvas(BODY, "Deep plain networks that are good exist", lines(table), right=1.5)
    axes = figure.subplots(gridspec_kw=place)
    trained, built = (table[table["way"] == way] for way in ("trained", "built"))
    means = intervals(trained, ["depth"], "train_error")
    axes.plot(means["depth"], means["mean"], "s", color=COLOURS["trained"], ls=(0, (4, 1.5)), lw=1.8, ms=5)
    axes.vlines(means["depth"], means["low"].clip(lower=0), means["high"], color=COLOURS["trained"], lw=1.5)
    axes.plot(trained["depth"] + 0.7 + 0.5 * jitter(trained["seed"]), trained["train_error"], "s", ms=2.4,
              color=COLOURS["trained"], alpha=0.6, mec="none")  # fmt: skip
    ends = [End(x, y, "trained", COLOURS["trained"]) for x, y in means[["depth", "mean"]].tail(1).to_numpy()]
    for shallow, own in built.groupby("shallow"):
        deep = int(own["depth"].iloc[0])
        mean, low, high = intervals(own, ["depth"], "train_error")[["mean", "low", "high"]].iloc[0]
        place = deep - BESIDE
        axes.annotate("", (place - 0.5, mean), (float(str(shallow)) + 1.5, mean),
                      arrowprops={"arrowstyle": "->", "color": COLOURS["built"], "lw": 1.2, "shrinkA": 0})  # fmt: skip
        axes.plot([place], [mean], "D", color=COLOURS["built"], ms=5)
        axes.vlines([place], low, high, color=COLOURS["built"], lw=1.5)
        ends.append(End(place, mean, f"built from {shallow}", COLOURS["built"]))
    axes.set_xticks(sorted({*means["depth"], *built["depth"]}))
    axes.set_xlim(means["depth"].min() - 3, max(means["depth"].max(), built["depth"].max()) + 3)
    axes.set_xlabel("Depth (layers)")
    style.percent_axis(axes, "Training error (%)", 1.15 * float(table["train_error"].max()))
    label_ends(axes, ends, size=9.5)
    return figure


def lines(table: pd.DataFrame) -> list[str]:
    """What was built, and how equal it is, from the table."""
    seeds, steps = table["seed"].nunique(), int(table["steps"].iloc[0])
    name = dataset_name(table["dataset"].iloc[0])
    marks = f" Mean with 95 % interval over {seeds} seeds." if seeds > 1 else ""
    apart = table["log10_difference"].max()
    equal = (
        f"differ by at most {style.power_of_ten(math.ceil(apart))} of the largest" if apart == apart else "are the same"
    )
    return [
        f"{name}, plain networks, {steps:,} steps. Built: identity layers added to a trained network.{marks}",
        f"Logits of the built and the trained network {equal}.",
    ]
