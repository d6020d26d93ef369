"""The figure `surfaces` draws any grid, and its numbers are those of surfaces with a closed form."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.spatial import ConvexHull

from resnet_notes.analysis import surfaces as surfaces_table
from resnet_notes.figures import style, surfaces

AXIS = np.linspace(-1, 1, 9)


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(" ".join(text.get_text() for text in texts).replace("\u00a0", " ").split())


def run(
    folder: Path, architecture: str, depth: int, seeds: int, loss: Callable[[float, float], float]
) -> dict[str, Any]:
    """A plane of seed 0 and lines of the others."""
    place = folder / f"{architecture}-{depth}"
    place.mkdir(parents=True)
    rows = [
        {"seed": seed, "first": a, "second": b, "loss": loss(a, b), "error": min(90.0, 10 + 5 * loss(a, b))}
        for seed in range(seeds) for b in (AXIS if seed == 0 else [0.0]) for a in AXIS
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(place / "surfaces.csv", index=False)
    return {"experiment": "surfaces", "architecture": architecture, "depth": depth, "dataset": "mnist", "folder": place}


def hatched(figure: Figure) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Lower left and upper right corner of what is hatched in each panel that has any."""
    assert not any(axes.patch.get_hatch() for axes in figure.axes), "it would show at the edges"
    found = [(each, axes) for axes in figure.axes for each in axes.collections if each.get_hatch()]
    boxes = [each.get_datalim(axes.transData) for each, axes in found]
    return [((box.x0, box.y0), (box.x1, box.y1)) for box in boxes]


def read_back(runs: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.read_csv(StringIO(surfaces_table.table(runs).to_csv(index=False, float_format="%.4f")))


@pytest.mark.parametrize("seeds", [1, 5])
def test_numbers_and_planes(seeds: int, tmp_path: Path) -> None:
    """The loss 10^(2r) has doubled at r = log10(2) / 2, and is convex; a hat over a cone is not."""
    runs = [
        run(tmp_path, "plain", 14, seeds, lambda a, b: 10 ** (2 * np.hypot(a, b))),
        run(tmp_path, "residual", 14, seeds, lambda a, b: 1 + np.hypot(a, b) + (abs(a) == 0.5)),
        run(tmp_path, "residual", 8, seeds, lambda a, b: 1 + 0.1 * np.hypot(a, b)),
    ]
    figure = surfaces.draw(read_back(runs))
    said = words(figure)
    # 1.5 + 1 over 1.5 at the hat; straight in the logarithm from 1.25 to 2.5, the loss doubles between 0.25 and 0.5
    expected = 0.25 + 0.25 * np.log(2 / 1.25) / np.log(2.5 / 1.25)
    assert (f"plain 14: 0.15 (0.15 to 0.15); residual 8: 1.00 (1.00 to 1.00); residual 14: {expected:.2f}" in said) == (
        seeds > 1
    )
    assert ("plain 14: 1.00 (1.00 to 1.00); residual 8: 1.00 (1.00 to 1.00); residual 14: 1.67" in said) == (seeds > 1)
    assert "not finite" not in said and hatched(figure) == []
    assert [axes.get_xlabel() for axes in figure.axes[:2]] == ["First direction (filter norms)"] * 2
    style.save(figure, tmp_path, "drawn")


def test_one_network_whose_loss_is_not_finite_everywhere(tmp_path: Path) -> None:
    def loss(a: float, b: float) -> float:
        return np.nan if a > 0.6 else 1 + a * a + b * b

    table = read_back([run(tmp_path, "plain", 8, 1, loss)])
    figure = surfaces.draw(table)
    assert "18 of 81 losses are not finite" in words(figure)
    # the places at 0.75 and 1 have no loss, so from 0.5 on nothing can be drawn
    assert hatched(figure) == [((0.5, -1.0), (1.0, 1.0))]
    style.save(surfaces.draw(table), tmp_path, "one")


@pytest.mark.parametrize("level", [1.0, 1e30, np.nan])
def test_a_network_whose_loss_is_the_same_everywhere(level: float, tmp_path: Path) -> None:
    runs = [run(tmp_path, "plain", 8, 2, lambda a, b: level), run(tmp_path, "residual", 8, 2, lambda a, b: np.nan)]
    style.save(surfaces.draw(read_back(runs)), tmp_path, "flat")


def test_no_mean_is_drawn_where_a_seed_has_no_loss(tmp_path: Path) -> None:
    table = read_back([run(tmp_path, "plain", 8, 3, lambda a, b: 1 + a * a + b * b)])
    lost = (table["seed"] == 1) & (table["first"] == -1)
    table.loc[lost, ["log10_loss", "error"]] = np.nan
    figure = surfaces.draw(table)
    curves = [axes.lines[0].get_ydata() for axes in figure.axes if axes.get_ylabel() in ("Loss (nats)", "Training error (%)")
              and axes.lines]  # fmt: skip
    assert len(curves) == 2
    for y in curves:
        assert np.isnan(np.asarray(y, dtype=float)).tolist() == [True] + 8 * [False]


def test_a_loss_that_is_not_finite_has_doubled_and_a_flat_one_has_not_within_the_extent() -> None:
    assert surfaces_table.doubling_distance([(0.0, 0.0), (0.5, 0.1), (1.0, np.nan)]) == 1.0
    assert surfaces_table.doubling_distance([(0.0, 0.0), (0.5, 0.1), (0.75, 0.3)]) == 0.75
    assert np.isnan(surfaces_table.doubling_distance([(0.0, np.nan), (1.0, np.nan)]))


def test_a_loss_of_zero_has_a_logarithm(tmp_path: Path) -> None:
    table = surfaces_table.table([run(tmp_path, "plain", 8, 1, lambda a, b: a * a + b * b)])
    assert table["log10_loss"].min() == pytest.approx(np.log10(surfaces_table.SMALLEST))
    assert np.isfinite(table["log10_loss"]).all()


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=12))
def test_the_convex_envelope_is_the_lower_hull(logs: list[float]) -> None:
    places = np.arange(len(logs), dtype=float)
    losses = 10 ** np.array(logs)
    # two points far above make every hull a full polygon whose lower side is the envelope
    far = [[places[0], 1e4], [places[-1], 1e4]]
    hull = ConvexHull(np.vstack([np.column_stack([places, losses]), far]))
    lower = hull.equations[hull.equations[:, 1] < -1e-12]
    envelope = np.max([-(x * places + c) / y for x, y, c in lower], axis=0)
    found = surfaces_table.convexity_excess(list(places), logs)
    assert found == pytest.approx((losses / envelope).max(), rel=1e-6)


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=9), st.floats(0.1, 10))
def test_the_scale_of_a_loss_does_not_matter(logs: list[float], factor: float) -> None:
    places = list(range(len(logs)))
    scaled = [value + np.log10(factor) for value in logs]
    expected = surfaces_table.convexity_excess(places, logs)
    assert surfaces_table.convexity_excess(places, scaled) == pytest.approx(expected, rel=1e-9)


def test_two_places_have_no_envelope() -> None:
    assert np.isnan(surfaces_table.convexity_excess([0.0, 1.0], [0.0, 1.0]))
    assert np.isnan(surfaces_table.convexity_excess([0.0, 1.0, 2.0], [0.0, np.nan, 1.0]))
