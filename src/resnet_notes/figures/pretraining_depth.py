"""Figure `pretraining_depth`: test error of deep sigmoid networks against depth, by initialisation."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis.statistics import intervals
from resnet_notes.figures import style
from resnet_notes.figures.error_by_depth import jitter
from resnet_notes.figures.labels import DATASETS, NO_BREAK, End, dataset_name, label_ends
from resnet_notes.figures.starts import STARTS, Start, better_and_worse, draw_means, draw_seeds, starts_in

BODY = 3.9
"""Inches."""

FAILED = 80.0
"""Test error (%) above which a network has not been trained."""

PUBLISHED = {1: 1.36, 2: 1.30, 3: 1.35}
"""Test error in % by depth of networks pretrained by RBMs on MNIST (Erhan et al. 2010, Figure 1, read by eye)."""

TICKS = [1, 2, 3, 5, 10, 20, 50, 90]
"""Of the logarithmic axis, %."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `analysis.pretraining_depth`: a panel per data set, mnist first."""
    datasets = by_dataset(table)
    figure, place = style.canvas(BODY, "Test error against depth, by where the weights start", lines(table), right=1.05)
    panels = figure.subplots(1, len(datasets), squeeze=False, sharey=True, gridspec_kw={**place, "wspace": 0.08})[0]
    for axes, (name, networks) in zip(panels, datasets, strict=True):
        axes.set_title(name)
        panel(axes, networks)
        if name == DATASETS["mnist"]:
            theirs = published(table)
            axes.plot(theirs.index, theirs, "o", color=STARTS["rbm"].colour, mfc="white", ms=5)
    error_axis(panels[0], pd.concat([table["test_error"], published(table)]))
    label_ends(panels[-1], ends(datasets[-1][1]), size=9.5)
    return figure


def panel(axes: Axes, networks: pd.DataFrame) -> None:
    """One data set: mean and interval of every initialisation at each depth, seeds beside."""
    depths = sorted(set(networks["depth"]))
    axes.set_xlabel("Hidden layers")
    axes.set_xticks(range(min(depths), max(depths) + 1))
    axes.set_xlim(min(depths) - 0.5, max(depths) + 0.5)
    for key, start in starts_in(networks):
        line(axes, networks[networks["initialisation"] == key], start)


def line(axes: Axes, networks: pd.DataFrame, start: Start) -> None:
    """Mean and 95 % interval over seeds; an interval that reaches below zero is cut there."""
    finished = networks.dropna(subset="test_error")
    means = intervals(finished, ["depth"], "test_error")
    places = means["depth"] + 0.05 * start.side
    draw_means(axes, start, places, means.assign(low=means["low"].clip(lower=0.1)))
    if networks["seed"].nunique() > 1:
        beside = finished["depth"] + start.side * (0.12 + 0.14 * jitter(finished["seed"]))
        draw_seeds(axes, start, beside, finished["test_error"])


def error_axis(axes: Axes, errors: pd.Series) -> None:
    """Errors on a logarithmic axis, which shows 5 % and 90 % alike."""
    low, high = (float(errors.min()), float(errors.max())) if errors.notna().any() else (1.0, 100.0)
    axes.set_yscale("log")
    axes.set_ylim(0.8 * max(low, 0.1), min(1.15 * max(high, 2 * low), 110))
    axes.set_yticks([tick for tick in TICKS if 0.8 * low <= tick <= 1.15 * high] or [low])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_ylabel("Test error (%), logarithmic")


def published(table: pd.DataFrame) -> pd.Series:
    """What was published for the depths that the table has on MNIST with RBMs, by depth; perhaps none."""
    own = table[(table["dataset"] == "mnist") & (table["initialisation"] == "rbm")]
    return pd.Series({depth: error for depth, error in PUBLISHED.items() if depth in set(own["depth"])}, dtype=float)


def ends(networks: pd.DataFrame) -> list[End]:
    """The name of every initialisation where its line ends."""
    found = []
    for key, start in starts_in(networks):
        means = intervals(networks[networks["initialisation"] == key], ["depth"], "test_error").dropna(subset="mean")
        found += [
            End(depth, mean, start.name, start.colour)
            for depth, mean in zip(means["depth"].tail(1), means["mean"].tail(1), strict=True)
        ]
    return found


def lines(table: pd.DataFrame) -> list[str]:
    """The setting, which networks failed, and whether pretraining beats Glorot's rule times 4, from the table."""
    first, seeds = table.iloc[0], table["seed"].nunique()
    setting = (
        f"Sigmoid networks of width {first['width']}, {first['images']:,} training images, {first['steps']:,} steps, "
        f"{seeds} seed{'s' * (seeds > 1)}."
    )
    marks = " Lines: mean with 95 % interval over seeds." if seeds > 1 else ""
    theirs = " Hollow: Erhan et al. (2010), RBMs, width 800, 60,000 images." if len(published(table)) else ""
    return [setting + marks + theirs, *failures(table), *comparisons(table)]


def failures(table: pd.DataFrame) -> list[str]:
    """On each data set, which initialisations fail at which depths, with every seed."""
    said = []
    for dataset, networks in by_dataset(table):
        parts = []
        for key, start in starts_in(networks):
            own = networks[networks["initialisation"] == key]
            errors = own.groupby("depth")["test_error"].agg(lambda seeds: seeds.fillna(100).min())
            depths = [depth for depth, least in errors.items() if least > FAILED]
            parts += [f"{start.name} at depth {joined(depths)}"] if depths else []
        said += [f"on {dataset} {', '.join(parts)}"] if parts else []
    return [f"Not trained (above {FAILED:g} % with every seed): {'; '.join(said)}."] if said else []


def comparisons(table: pd.DataFrame) -> list[str]:
    """On each data set, the depths where RBMs do better or worse than Glorot's rule with the gain, seed by seed."""
    if not {"rbm", "glorot-sigmoid"} <= set(table["initialisation"]) or table["seed"].nunique() < 2:
        return []
    said = []
    for dataset, networks in by_dataset(table):
        better, worse = better_and_worse(networks, "depth", "glorot-sigmoid")
        found = (("better", better), ("worse", worse))
        parts = [f"{word} at depth {joined(depths)}" for word, depths in found if depths]
        said.append(f"{dataset}: {', '.join(parts) or 'no difference shown'}")
    against = STARTS["glorot-sigmoid"].name.replace(" ", NO_BREAK)
    return [f"RBMs against {against} (95 % intervals of paired differences): {'; '.join(said)}."]


def by_dataset(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each data set under its name in figures, mnist first."""
    order = sorted(set(table["dataset"].astype(str)), key=lambda name: (name != "mnist", name))
    return [(dataset_name(name), table[table["dataset"] == name]) for name in order]


def joined(depths: list) -> str:
    """1, 2 and 4."""
    words = [str(depth) for depth in depths]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
