"""Words in a figure: labels that do not overlap, and what the table says about the setting."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from resnet_notes.analysis.statistics import Interval, intervals
from resnet_notes.figures.contrast import for_words
from resnet_notes.figures.style import ARCHITECTURE_COLOURS, MUTED

NETWORK = ["architecture", "depth"]
CROSS = "\u00d7"
"""Stands where runs are missing because they diverged."""

NO_BREAK = "\u00a0"
"""A space at which a line is not wrapped."""

MINUS = "\u2212"
"""As wide as a plus, which a hyphen is not."""

DATASETS = {"fashion-mnist": "Fashion-MNIST", "mnist": "MNIST", "cifar-10": "CIFAR-10"}


def dataset_name(dataset: object) -> str:
    """What a data set is called in figures; a user's own by its name in params.yaml."""
    return DATASETS.get(str(dataset), str(dataset))


def signed(value: float, digits: int) -> str:
    """A change with its sign, a true minus; what rounds to zero has none."""
    text = f"{value:+.{digits}f}".replace("-", MINUS)
    return text if float(f"{value:.{digits}f}") else text[1:]


def change(points: Interval, digits: int) -> str:
    """A change with its interval, which no line is broken within."""
    mean, low, high = (signed(value, digits) for value in points[:3])
    return f"{mean} ({low} to {high})".replace(" ", NO_BREAK)


LEADER = {"arrowstyle": "-", "lw": 0.7, "shrinkA": 1, "shrinkB": 2, "relpos": (0, 0.5)}


class End(NamedTuple):
    """The end of a line and what to write beside it."""

    x: float
    y: float
    text: str
    colour: str


class Lost(NamedTuple):
    """How many runs of a network at a budget diverged."""

    architecture: str
    depth: int
    steps: int
    k: int
    """Runs that diverged, at least one."""
    of: int
    """Runs in all."""


def label_ends(axes: Axes, ends: Sequence[End], size: float = 10, gap: float = 1.25, heading: str = "") -> None:
    """Write a label at the right of the axes for each line, moved up or down as little as avoids overlap.

    Args:
        axes: Panel whose limits and place are final.
        ends: In data coordinates; what lies outside the limits is labelled at the border.
        size: Of the text in points.
        gap: Least distance of neighbouring labels' middles, in text sizes.
        heading: A word above the topmost label, say the unit.
    """
    if not ends:
        return
    scale = axes.yaxis.get_transform()  # places along the axis are even, also where it is logarithmic
    low, high = scale.transform(np.array(axes.get_ylim()))
    targets = [min(max((float(scale.transform(end.y)) - low) / (high - low), 0.0), 1.0) for end in ends]
    figure = axes.get_figure(root=True)
    assert figure is not None
    points = 72 * figure.get_figheight() * axes.get_position().height
    places = spread(targets, gap * size / points)
    for end, target, place in zip(ends, targets, places, strict=True):
        y = float(scale.inverted().transform(low + target * (high - low)))
        axes.annotate(
            end.text, (end.x, y), (1.06, place), textcoords="axes fraction",
            va="center", color=for_words(end.colour), size=size, weight="bold", annotation_clip=False,
            arrowprops={**LEADER, "color": end.colour},
        )  # fmt: skip
    if heading:
        axes.text(1.06, max(places) + gap * size / points, heading, transform=axes.transAxes, va="center",
                  color=MUTED, size=size - 1)  # fmt: skip


def architecture_ends(table: pd.DataFrame, x: str, y: str) -> list[End]:
    """The names of the architectures where the lines of their means over seeds end.

    Args:
        table: One row per network and place.
        x: Column of the places.
        y: Column of the values.
    """
    found = []
    for architecture, own in table.groupby("architecture"):
        last = intervals(own, [x], y).tail(1)
        colour = ARCHITECTURE_COLOURS[str(architecture)]
        found += [
            End(place, mean, str(architecture), colour) for place, mean in zip(last[x], last["mean"], strict=True)
        ]
    return found


def spread(targets: Sequence[float], gap: float) -> list[float]:
    """Places at least `gap` apart, in the order of the targets and closest to them in the sum of squares.

    Places that are i * gap apart in order are, less i * gap, any non-decreasing sequence: the closest one is
    the isotonic regression, which pools neighbours that are out of order into their mean (Barlow et al.
    1972). Its values cut off at two bounds are the closest ones within them.

    Args:
        targets: Wanted places between 0 and 1, in any order.
        gap: In the same unit. When the labels need more than the unit, they start at 0 and leave it at the
            top.
    """
    order = np.argsort(targets, kind="stable")
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        mean, size = targets[index] - rank * gap, 1
        while pools and pools[-1][0] >= mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    highest = max(1 - gap * (len(order) - 1), 0.0)
    level = [min(max(mean, 0.0), highest) for mean, size in pools for _ in range(size)]
    places = [0.0] * len(order)
    for rank, index in enumerate(order):
        places[index] = level[rank] + rank * gap
    return places


def setting(table: pd.DataFrame) -> str:
    """Data set, budget and seeds of a table with the columns dataset, steps, architecture, depth and seed."""
    datasets = " and ".join(dataset_name(name) for name in sorted(set(table["dataset"].astype(str))))
    budgets = [f"{steps:,} steps with {_seeds(group)}" for steps, group in table.groupby("steps")]
    return f"{datasets}: {'; '.join(budgets)}"


def tested(table: pd.DataFrame) -> str:
    """A sentence, after a space, that says how many images gave the test errors; empty where all of them did."""
    images = table["test_subset"].iloc[0]
    return f" Test errors on {int(images):,} images." if pd.notna(images) else ""


def several_seeds(table: pd.DataFrame) -> bool:
    """Whether any network has two seeds, without which there is no interval."""
    return bool(table.groupby([*NETWORK, "steps"])["seed"].nunique().gt(1).any())


def diverged(table: pd.DataFrame) -> list[Lost]:
    """The networks and budgets that lost runs to divergence, sorted."""
    runs = table.drop_duplicates(["experiment", *NETWORK, "seed"])
    lost = []
    for key, group in runs.groupby([*NETWORK, "steps"]):
        architecture, depth, steps = cast(tuple[str, int, int], key)
        k = int(group["diverged_at_step"].notna().sum())
        lost += [Lost(architecture, int(depth), int(steps), k, len(group))] if k else []
    return lost


def diverged_line(table: pd.DataFrame) -> list[str]:
    """A line that names the networks that lost runs to divergence; no line when none did."""
    several_budgets = table["steps"].nunique() > 1
    names = []
    for lost in diverged(table):
        budget = f" at {lost.steps:,} steps" if several_budgets else ""
        name = f"{lost.architecture} {lost.depth}{budget} ({lost.k} of {lost.of})"
        names.append(name.replace(" ", NO_BREAK))
    return [f"{CROSS} diverged and left out: {', '.join(names)}."] if names else []


def _seeds(table: pd.DataFrame) -> str:
    numbers = table.groupby(["architecture", "depth"])["seed"].nunique()
    least, most = int(numbers.min()), int(numbers.max())
    if most == 1:
        return "1 seed"
    return f"{most} seeds" if least == most else f"{least} to {most} seeds"
