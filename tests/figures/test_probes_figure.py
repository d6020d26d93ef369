"""The figures of probes draw any grid or stack, and say what their tables say."""

from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from resnet_notes.analysis import dbn_probes as dbn_table
from resnet_notes.analysis import probes as probes_table
from resnet_notes.figures import dbn_probes, probes, style

LAYERS = (0, 1, 3, 5)


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\u00a0", " ")


def table_of(folder: Path, changes: dict[str, float], depths: list[int], seeds: int) -> pd.DataFrame:
    """Errors of 20 + seed after the stem, and by `changes` more after the last block; 30 more in untrained networks."""
    runs: list[dict[str, Any]] = []
    for architecture, change in changes.items():
        for depth in depths:
            place = folder / f"{architecture}{depth}"
            place.mkdir(parents=True)
            rows = [
                {"seed": seed, "trained": trained, "layer": layer, "features": 9, "ridge": 0.1,
                 "error": 20.0 + seed + (layer == 5) * (change + 30 * (1 - trained))}
                for seed in range(seeds) for trained in (1, 0) for layer in LAYERS
            ]  # fmt: skip
            pd.DataFrame(rows).to_csv(place / "probes.csv", index=False)
            runs.append({"experiment": "probes", "architecture": architecture, "depth": depth, "dataset": "mnist",
                         "folder": str(place)})  # fmt: skip
    table = probes_table.table(runs)
    return pd.read_csv(StringIO(table.to_csv(index=False, float_format="%.4f")))


@pytest.mark.parametrize("seeds", [1, 5])
@pytest.mark.parametrize("depths", [[8], [8, 14]])
def test_what_the_blocks_change_is_said(depths: list[int], seeds: int, tmp_path: Path) -> None:
    figure = probes.draw(table_of(tmp_path, {"plain": 1.0, "residual": -2.5}, depths, seeds))
    # the difference of each seed is the same, so the interval has no width although errors differ by the seed
    for said in ("residual 8: −2.5 (−2.5 to −2.5)", "untrained, in points: plain 8: +31.0 (+31.0 to +31.0)"):
        assert (said in words(figure)) == (seeds > 1)
    for name in ("plain, trained", "plain, untrained", "residual, trained", "residual, untrained"):
        assert name in words(figure)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"{depth} layers" for depth in depths]
    style.save(figure, tmp_path, "drawn")


def test_labels_lie_within_the_figure(tmp_path: Path) -> None:
    figure = probes.draw(table_of(tmp_path, {"plain": 1.0, "residual": -2.5}, [8], 2))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    ends = [text.get_window_extent().x1 for text in axes.texts]
    assert len(ends) == 4 and max(ends) <= figure.bbox.x1


def test_a_probe_without_error_is_drawn(tmp_path: Path) -> None:
    table = table_of(tmp_path, {"plain": 1.0}, [8], 2)
    table.loc[table["layer"] == 5, "error"] = 0.0
    style.save(probes.draw(table), tmp_path, "drawn")


@pytest.mark.parametrize("seeds", [1, 5])
@pytest.mark.parametrize("layers", [1, 2, 6])
def test_what_the_layers_of_a_greedy_stack_change_is_said(layers: int, seeds: int, tmp_path: Path) -> None:
    """Errors of 20 + seed on the image; each layer takes a point, or adds one before training."""
    rows = [
        {"seed": seed, "trained": trained, "layer": layer, "features": 9, "ridge": 0.1,
         "error": 20.0 + seed + layer * (1 - 2 * trained)}
        for seed in range(seeds) for trained in (1, 0) for layer in range(layers + 1)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "dbn_probes.csv", index=False)
    run = {
        "experiment": "dbn_probes",
        "dataset": "mnist",
        "layers": [9] * layers,
        "images": 99,
        "folder": str(tmp_path),
    }
    table = pd.read_csv(StringIO(dbn_table.table([run]).to_csv(index=False, float_format="%.4f")))
    figure = dbn_probes.draw(table)
    figure.draw_without_rendering()
    for name, change in (("trained", 1 - layers), ("before training", layers - 1)):
        said = f"{name} {change:+.1f} ({change:+.1f} to {change:+.1f})".replace("-", "−")
        assert (said in words(figure)) == (seeds > 1 and layers > 1)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["image", *map(str, range(1, layers + 1))]
    assert max(text.get_window_extent().x1 for text in axes.texts) <= figure.bbox.x1
    style.save(figure, tmp_path, "drawn")


def test_a_logarithmic_axis_is_called_one(tmp_path: Path) -> None:
    figure = probes.draw(table_of(tmp_path, {"plain": 1.0}, [8, 14], 2))
    for axes in figure.axes:
        assert ("logarithmic" in figure.axes[0].get_ylabel()) == (axes.get_yscale() == "log")
