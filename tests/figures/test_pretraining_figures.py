"""The figures of pretraining draw any grid, say what their table says, and are read off the runs' own files."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from resnet_notes.analysis import finetuning
from resnet_notes.analysis import pretraining_curves as curves_table
from resnet_notes.analysis import pretraining_depth as depth_table
from resnet_notes.analysis import rbm_likelihood as likelihood_table
from resnet_notes.figures import pretraining_curves, pretraining_depth, rbm_likelihood, style

STARTS = ("uniform", "glorot", "glorot-sigmoid", "rbm")


def error(start: str, depth: int, seed: int) -> float:
    """Uniform fails from depth 4 on, RBMs are better by a point where it is deep."""
    if start == "uniform" and depth >= 4:
        return 88.65
    return 5.0 + 0.1 * seed - (start == "rbm") * (depth >= 2)


def make_runs(
    folder: Path, depths: tuple[int, ...], seeds: int = 5, datasets: tuple[str, ...] = ("mnist",), width: int = 128,
    starts: tuple[str, ...] = STARTS,
) -> list[dict[str, Any]]:  # fmt: skip
    """Stacks of fine-tuning with histories of three rows a seed."""
    runs = []
    for dataset in datasets:
        for start in starts:
            for depth in depths:
                place = folder / f"{dataset}-{start}-{depth}-{width}"
                place.mkdir(parents=True)
                rows = [
                    {"seed": seed, "step": step, "train_loss": 2.3 / (1 + step), "train_error": 90.0 / (1 + step),
                     "distance": 1.0, "norm": 2.0, "test_error": error(start, depth, seed) if step == 20 else np.nan}
                    for seed in range(seeds) for step in (0, 10, 20)
                ]  # fmt: skip
                pd.DataFrame(rows).to_csv(place / "history.csv", index=False)
                runs.append(
                    {"experiment": "finetuning", "dataset": dataset, "initialisation": start, "depth": depth,
                     "width": width, "images": 1000, "steps": 20, "folder": str(place)}
                )  # fmt: skip
    return runs


def read_back(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(table.to_csv(index=False)))


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\u00a0", " ")


def test_the_tables_hold_the_main_width_alone(tmp_path: Path) -> None:
    runs = make_runs(tmp_path, (1, 4)) + make_runs(tmp_path, (1,), width=16)
    finals = finetuning.finals(runs)
    assert len(finals) == (8 + 4) * 5 and set(finals["width"]) == {16, 128}
    table = depth_table.table(runs)
    assert len(table) == 8 * 5 and set(table["width"]) == {128} and table["test_error"].notna().all()
    own = table[(table["initialisation"] == "rbm") & (table["depth"] == 4) & (table["seed"] == 3)]
    assert own["test_error"].item() == pytest.approx(4.3)
    assert len(curves_table.table(runs)) == 8 * 5 * 3


def test_the_figure_says_which_failed_and_where_pretraining_helps(tmp_path: Path) -> None:
    table = read_back(depth_table.table(make_runs(tmp_path, (1, 2, 4, 5))))
    said = words(pretraining_depth.draw(table))
    assert "with every seed on every data set): old uniform at depth 4 and 5." in said
    assert "MNIST: better at depth 2, 4 and 5." in said
    # as good at depth 1, and a single seed that learns is no failure
    table.loc[(table["initialisation"] == "uniform") & (table["depth"] == 4) & (table["seed"] == 0), "test_error"] = 7.0
    table.loc[table["initialisation"] == "rbm", "test_error"] += 2.0
    said = words(pretraining_depth.draw(table))
    assert "old uniform at depth 5." in said
    assert "worse at depth 1, 2, 4 and 5" in said and "better" not in said


@pytest.mark.parametrize(
    "odd",
    [
        {"depths": (3,)},
        {"depths": (1, 2), "seeds": 1},
        {"depths": (1, 6), "seeds": 2, "starts": ("uniform",)},
        {"depths": (1, 2, 3, 4, 5, 6), "datasets": ("mnist", "fashion-mnist")},
        {"depths": (1,), "datasets": ("squares",), "starts": ("rbm", "glorot-sigmoid")},
    ],
)
def test_odd_grids(odd: dict[str, Any], tmp_path: Path) -> None:
    runs = make_runs(tmp_path, **odd)
    for module, table in ((pretraining_depth, depth_table.table(runs)), (pretraining_curves, curves_table.table(runs))):
        style.save(module.draw(read_back(table)), tmp_path, "drawn")


def test_diverged_networks_are_left_out(tmp_path: Path) -> None:
    table = read_back(depth_table.table(make_runs(tmp_path, (1, 4))))
    table.loc[table["initialisation"] == "glorot", "test_error"] = np.nan
    said = words(pretraining_depth.draw(table))
    assert "Glorot at depth 1 and 4" in said
    style.save(pretraining_depth.draw(table), tmp_path, "drawn")


def make_likelihoods(folder: Path, seeds: int, hidden: int) -> list[dict[str, Any]]:
    runs = []
    for method, k in (("CD", 1), ("PCD", 1), ("CD", 10)):
        for seed in range(seeds):
            place = folder / f"{method}{k}{seed}"
            place.mkdir()
            rows = [
                {"epoch": epoch, "updates": 10 * epoch, "train_log_likelihood": -160.0, "test_log_likelihood": -165.0 + k + seed,
                 "log_z": 100.0} | {f"ais_{way}{end}": 100.0 + shift if epoch == 5 else np.nan
                                    for way in ("forward", "backward")
                                    for end, shift in (("", 0.0), ("_low", -0.5), ("_high", 0.5))}
                for epoch in (1, 5)
            ]  # fmt: skip
            pd.DataFrame(rows).to_csv(place / "history.csv", index=False)
            runs.append({"experiment": "likelihood", "method": method, "k": k, "seed": seed, "dataset": "mnist",
                         "images": 100, "hidden": hidden, "folder": str(place)})  # fmt: skip
    return runs


@pytest.mark.parametrize(("seeds", "hidden"), [(5, 20), (1, 20), (2, 500)])
def test_likelihoods_are_drawn_with_what_they_are(seeds: int, hidden: int, tmp_path: Path) -> None:
    table = read_back(likelihood_table.table(make_likelihoods(tmp_path, seeds, hidden)))
    assert list(table["epoch"].unique()) == [1, 5] and len(table) == 3 * seeds * 2
    figure = rbm_likelihood.draw(table)
    said = words(figure)
    assert ("log Z exact" in said) == (hidden == 20) and ("estimated by AIS" in said) == (hidden == 500)
    assert ("Burda" in said) == (hidden == 20) and {"CD-1", "CD-10", "PCD-1"} <= set(said.split())
    style.save(figure, tmp_path, "drawn")
