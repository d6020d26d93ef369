"""Table and figure `trainability`: the map shows the runs' final errors, the lines what theory predicts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from resnet_notes.analysis import trainability as analysis
from resnet_notes.analysis.summary import summary
from resnet_notes.figures import style
from resnet_notes.figures import trainability as figure

VARIANCES = [1.0, 1.75, 3.0]


def stack(root: Path, layers: int, variances: list[float], seeds: tuple[int, ...]) -> dict[str, Any]:
    """A run whose error is 10 layers + the weight variance + the seed, after a first evaluation at 90 %."""
    folder = root / f"trainability-{layers}"
    folder.mkdir()
    rows = [
        {"weight_variance": v, "seed": seed, "step": step,
         "train_error": 90.0 if step == 5 else 10 * layers + v + seed, "test_error": 50.0}
        for v in variances for seed in seeds for step in (5, 10)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "history.csv", index=False)
    given = {"weight_variances": variances, "bias_variance": 0.05, "width": 20, "dataset": "fashion-mnist"}
    return given | {"folder": str(folder), "experiment": "trainability", "layers": layers, "steps": 10}


def table(root: Path, depths: tuple[int, ...] = (1, 4), seeds: tuple[int, ...] = (0, 2)) -> pd.DataFrame:
    return analysis.table([stack(root, depth, VARIANCES, seeds) for depth in depths])


def test_the_table_holds_the_end_of_every_network(tmp_path: Path):
    frame = table(tmp_path)
    train = frame[frame["quantity"] == "train_error"]
    assert list(frame.columns) == analysis.COLUMNS and len(train) == 2 * 3 * 2
    assert all(train["value"] == 10 * train["layers"] + train["weight_variance"] + train["seed"])
    assert set(frame[frame["quantity"] == "test_error"]["value"]) == {50.0}


def test_the_metrics_hold_every_cell(tmp_path: Path):
    found = summary([stack(tmp_path, depth, VARIANCES, (0, 2)) for depth in (1, 4)])
    assert found["trainability"].keys() == {"1", "4"} and found["trainability"]["4"].keys() == {"1.0", "1.75", "3.0"}
    assert found["trainability"]["4"]["1.75"]["train_error"]["mean"] == 40 + 1.75 + 1
    assert found["trainability"]["4"]["1.75"]["test_error"] == {"mean": 50.0, "low": 50.0, "high": 50.0, "n": 2}


def test_the_predicted_depth_is_greatest_at_the_critical_variance(tmp_path: Path):
    frame = table(tmp_path)
    scales = frame[frame["quantity"] == "depth_scale"].set_index("weight_variance")["value"]
    # 1.76 in Schoenholz et al. 2017
    assert scales.idxmax() == pytest.approx(1.76, abs=0.04)
    assert scales.iloc[0] < 5 and scales.iloc[-1] < 15


def test_a_cell_is_the_mean_over_the_seeds(tmp_path: Path):
    axes = figure.draw(table(tmp_path)).axes[0]
    (mesh,) = (c for c in axes.collections if c.get_array() is not None)
    expected = [[10 * depth + variance + 1.0 for variance in VARIANCES] for depth in (1, 4)]
    assert np.allclose(np.asarray(mesh.get_array()).reshape(2, 3), expected)
    corners = mesh.get_coordinates()
    assert np.allclose(corners[0, :, 0], [0.625, 1.375, 2.375, 3.625])
    # depths halve at their geometric mean
    assert np.allclose(corners[:, 0, 1], [0.5, 2.0, 8.0])


def test_lines_are_multiples_of_the_predicted_depth(tmp_path: Path):
    frame = table(tmp_path, (1, 40))
    axes = figure.draw(frame).axes[0]
    scales = frame[frame["quantity"] == "depth_scale"]["value"].to_numpy()
    drawn = [np.asarray(line.get_ydata()) for line in axes.lines]
    assert len(drawn) == 4 and np.allclose(drawn[0], scales) and np.allclose(drawn[-1], 6 * scales)
    assert {text.get_text().strip() for text in axes.texts} == {"ξ", "6ξ"}
    low, high = axes.get_ylim()
    assert all(low <= text.get_position()[1] <= high for text in axes.texts)


@pytest.mark.parametrize("lost", [1, 2, 12])
def test_networks_that_diverged_leave_the_others_as_they_are(lost: int, tmp_path: Path):
    frame = table(tmp_path)
    rows = frame.index[frame["quantity"] == "train_error"][:lost]
    frame.loc[rows, "value"] = np.nan
    drawn = figure.draw(frame)
    assert any(f"{lost} of 12 networks diverged" in text.get_text() for text in drawn.texts)
    (mesh,) = (c for c in drawn.axes[0].collections if c.get_array() is not None)
    cells = frame[frame["quantity"] == "train_error"].groupby(["layers", "weight_variance"])["value"].mean()
    found = np.ma.filled(np.ma.masked_invalid(mesh.get_array()), np.nan).ravel()
    assert np.allclose(found, cells.to_numpy(), equal_nan=True)
    low, high = mesh.norm.vmin, mesh.norm.vmax
    assert low is not None and high == 90 and 0 <= low < high


@pytest.mark.parametrize(("depths", "seeds", "words"), [((3,), (0,), "1 seed"), ((2, 30), (0, 1), "2 seeds")])
def test_odd_grids(depths: tuple[int, ...], seeds: tuple[int, ...], words: str, tmp_path: Path):
    frame = table(tmp_path, depths, seeds)
    drawn = figure.draw(frame)
    assert any(words in text.get_text() for text in drawn.texts)
    svg, png = style.save(drawn, tmp_path / "a", "trainability")
    again = style.save(figure.draw(frame), tmp_path / "b", "trainability")
    assert [svg.read_bytes(), png.read_bytes()] == [path.read_bytes() for path in again]
