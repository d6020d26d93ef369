"""Charts that a reader of the HTML notes can explore: what they show, from the tables of figures.

The page gets the numbers as JSON; ``notes/scripts/explore.js`` builds the controls and draws when a reader opens them.
"""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import to_hex

from resnet_notes.analysis.statistics import intervals
from resnet_notes.errors import BadInput
from resnet_notes.figures.style import ARCHITECTURE_LINES, depth_colours

MARK = 'class="explore"'
"""What a page has that holds such a chart."""

DIGITS = 4
"""Significant ones: more than a reader can tell apart in a chart."""


def explore_markdown(name: str, tables: Path) -> str:
    """Return the place of a chart as raw HTML in Markdown; PDF leaves it out, and so does a table without values.

    The same table gives the same text.

    Args:
        name: the figure's name, which its table has, too.
        tables: the folder with ``NAME.csv``.

    Raises:
        BadInput: a figure that has no such chart, or whose table is not there.
    """
    if name not in CHARTS:
        raise BadInput(f"figure {name} cannot be explored; there is {', '.join(CHARTS)}")
    path = tables / f"{name}.csv"
    if not path.is_file():
        raise BadInput(
            f"there is no {path.name} in {tables.name}/, which explore({name!r}) shows; build the tables first"
        )
    summary, data_of = CHARTS[name]
    data = data_of(pd.read_csv(path))
    return fragment(name, summary, data) if data else ""


def fragment(name: str, summary: str, data: dict[str, Any]) -> str:
    """Return a chart's place; without scripts nothing of it is to be seen."""
    compact = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    lines = [
        "```{=html}",
        f'<details {MARK} id="explore:{name}" data-chart="{name}" hidden>',
        f"<summary>{summary}</summary>",
        f'<script type="application/json">{compact}</script>',
        "</details>",
        "```",
    ]
    return "\n".join(lines)


def curves(table: pd.DataFrame) -> dict[str, Any]:
    """Return the errors along the training of every run, and their means.

    Args:
        table: that of ``analysis.training_curves``.

    Returns:
        ``networks``, by ``architecture`` and ``depth``: ``dashed``, the figures' mark of plain networks; ``colour``
        on light and on dark paper; ``shown``, whether a reader sees it first, as the deepest and the shallowest of an
        architecture are; ``mean`` over the seeds that did not diverge (``step``, and ``train`` and ``test`` with their
        ``mean``, ``low``, ``high`` and ``n`` at each), as ``analysis.statistics.intervals`` has it; ``runs`` with
        ``seed``, ``diverged``, ``step``, ``train`` and ``test``. Errors in %. Empty when no run has a value.
    """
    rows = table.dropna(subset=["step"])
    depths = sorted({int(depth) for depth in rows["depth"]})
    light, dark = depth_colours(depths), pale_colours(depths)
    networks = []
    for architecture, built in rows.groupby("architecture"):
        for depth, own in built.groupby("depth"):
            at = int(depth)  # type: ignore[arg-type]
            networks.append({
                "architecture": architecture,
                "depth": at,
                "dashed": ARCHITECTURE_LINES.get(str(architecture), "-") != "-",
                "colour": [light[at], dark[at]],
                "shown": at in (built["depth"].min(), built["depth"].max()),
                "mean": mean_curve(own[own["diverged_at_step"].isna()]),
                "runs": [run_curve(int(seed), run) for seed, run in own.groupby("seed")],  # type: ignore[arg-type]
            })  # fmt: skip
    return {"networks": networks} if networks else {}


def mean_curve(rows: pd.DataFrame) -> dict[str, Any]:
    """Return mean and 95 % interval over the seeds at every step, see `curves`."""
    means = {name: intervals(rows, ["step"], f"{name}_error") for name in ("train", "test")}
    shown = ("mean", "low", "high", "n")
    return {"step": short(means["test"]["step"], 12)} | {
        name: {column: short(mean[column]) for column in shown} for name, mean in means.items()
    }


def run_curve(seed: int, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the curve of one run, see `curves`."""
    rows = rows.sort_values("step")
    errors = {name: short(rows[f"{name}_error"]) for name in ("train", "test")}
    diverged = bool(rows["diverged_at_step"].notna().any())
    return {"seed": seed, "diverged": diverged, "step": short(rows["step"], 12), **errors}


def pale_colours(depths: list[int]) -> dict[int, str]:
    """Return a colour per depth as `figures.style.depth_colours`, but for dark paper: viridis above 0.4."""
    step = 0.6 / max(len(depths) - 1, 1)
    return {depth: to_hex(colormaps["viridis"](0.4 + step * rank)) for rank, depth in enumerate(reversed(depths))}


def surfaces(table: pd.DataFrame) -> dict[str, Any]:
    """Return the loss on every plane through a trained network.

    Args:
        table: that of ``analysis.surfaces``.

    Returns:
        ``planes``, by architecture, depth and seed: ``name``; ``first`` and ``second``, the places along the two
        directions; ``log10_loss`` and ``error`` (%) with a row for each place of ``second``, None where the loss is not
        finite. Empty when there is no plane.
    """
    planes = []
    for (architecture, depth, seed), own in table.groupby(["architecture", "depth", "seed"]):  # type: ignore[misc]
        grids = {name: own.pivot(index="second", columns="first", values=name) for name in ("log10_loss", "error")}
        logs = grids["log10_loss"]
        if len(logs) < 2 or logs.isna().all(axis=None):  # a line, or nothing to show
            continue
        values = {name: [short(row) for row in grid.to_numpy()] for name, grid in grids.items()}
        name = f"{architecture}, {depth} layers, seed {seed}"
        planes.append(
            {"name": name, "first": short(own["first"].unique()), "second": short(own["second"].unique()), **values}
        )
    return {"planes": planes} if planes else {}


def short(values: Iterable[float], digits: int = DIGITS) -> list[float | None]:
    """Return numbers with few significant digits, whole ones as such, and None for what is not finite."""
    found = [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]
    return [int(value) if value is not None and value.is_integer() else value for value in found]


CHARTS: dict[str, tuple[str, Callable[[pd.DataFrame], dict[str, Any]]]] = {
    "training_curves": ("Explore the curves: networks, seeds, values", curves),
    "surfaces": ("Explore the surface: rotate it, read its values", surfaces),
}
"""Of each figure that can be explored what its place is called, and what it shows."""
