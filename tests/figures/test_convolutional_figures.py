"""The tables and figures of the other convolutional networks: any grid, and what they say."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from resnet_notes.analysis import conv_techniques as techniques_table
from resnet_notes.analysis import depth_gain as gain_table
from resnet_notes.analysis import variants as variants_table
from resnet_notes.figures import conv_techniques, depth_gain, style, variants


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\n", " ").replace("\u00a0", " ")


def read_back(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(table.to_csv(index=False, float_format="%.4f")))


class Runs:
    def __init__(self, root: Path) -> None:
        self.root, self.runs = root, []

    def add(self, error: float | None, test_subset: int | None = None, **told: Any) -> None:
        folder = self.root / str(len(self.runs))
        folder.mkdir()
        metrics = {"train_error": error, "test_error": None if error is None else error + 1, "parameters": 990,
                   "diverged_at_step": 5 if error is None else None}  # fmt: skip
        (folder / "metrics.json").write_text(json.dumps(metrics))
        recipe = {"dataset": "fashion-mnist", "steps": 300, "batch": 32, "test_subset": test_subset}
        self.runs.append(recipe | {"folder": str(folder)} | told)


@pytest.mark.parametrize("images", [None, 2500])
def test_a_caption_says_how_many_images_were_tested(images: int | None, runs: Runs) -> None:
    for seed in range(2):
        runs.add(20 + seed, images, experiment="variants", architecture="residual", depth=20, seed=seed, layers=3)
    for analysis, drawing in ((gain_table, depth_gain), (variants_table, variants)):
        said = words(drawing.draw(read_back(analysis.table(runs.runs))))
        assert ("Test errors on 2,500 images." in said) == (images is not None)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    (tmp_path / "runs").mkdir()
    return Runs(tmp_path / "runs")


@pytest.mark.parametrize("seeds", [1, 5])
@pytest.mark.parametrize("layers", [(1,), (1, 4, 9)])
def test_depth_gain(layers: tuple[int, ...], seeds: int, runs: Runs, tmp_path: Path) -> None:
    for depth in layers:
        for seed in range(seeds):
            runs.add(
                30 - 2 * depth + 0.1 * seed if depth < 9 else 25 + 0.1 * seed,
                experiment="depth_gain",
                layers=depth,
                seed=seed,
            )
    table = read_back(gain_table.table(runs.runs))
    figure = depth_gain.draw(table)
    style.save(figure, tmp_path, "drawn")
    assert "990 to 990 parameters" in words(figure)
    test, training = (line for line in figure.axes[0].lines if line.get_linewidth() == 1.8)
    assert (test.get_xdata() != training.get_xdata()).all(), "neither hides the other"
    if seeds > 1 and len(layers) > 1:
        # 28, 22, 25 at 1, 4 and 9 layers
        assert "4: −6.0 (−6.0 to −6.0); 9: +3.0 (+3.0 to +3.0). Lowest at 4." in words(figure)
    else:
        assert "Lowest" not in words(figure)


def test_networks_that_diverged_are_named_and_left_out(runs: Runs, tmp_path: Path) -> None:
    for depth in (1, 2):
        for seed in range(3):
            runs.add(None if depth == 2 and seed else 20.0, experiment="depth_gain", layers=depth, seed=seed)
    figure = depth_gain.draw(read_back(gain_table.table(runs.runs)))
    assert "2 of 6 networks diverged" in words(figure)
    style.save(figure, tmp_path, "drawn")


ALL = ["dropout", "batch-norm", "shortcuts"]


def combine(runs: Runs, errors: dict[tuple[str, ...], float | None], seeds: int) -> pd.DataFrame:
    for given, error in errors.items():
        for seed in range(seeds):
            runs.add(None if error is None else error + seed * 0.5, experiment="conv_techniques", techniques=list(given),
                     depth=20, seed=seed)  # fmt: skip
    return read_back(techniques_table.table(runs.runs))


ERRORS: dict[tuple[str, ...], float | None] = {
    (): 40.0, ("dropout",): 42.0, ("batch-norm",): 20.0, ("shortcuts",): 90.0,
    ("batch-norm", "shortcuts"): 11.0, ("dropout", "shortcuts"): None, ("dropout", "batch-norm"): 22.0,
    ("dropout", "batch-norm", "shortcuts"): 12.0,
}  # fmt: skip


@pytest.mark.parametrize("seeds", [1, 4])
def test_each_technique_alone_and_left_out(seeds: int, runs: Runs, tmp_path: Path) -> None:
    table = combine(runs, ERRORS, seeds)
    found = techniques_table.effects(table, "train_error").set_index(["technique", "what"])["mean"].to_dict()
    missing = found.pop(("batch-norm", "left out"))
    assert missing != missing, "all of its networks diverged"
    assert found == {
        ("dropout", "alone"): 2.0, ("batch-norm", "alone"): -20.0, ("shortcuts", "alone"): 50.0,
        ("dropout", "left out"): -1.0, ("shortcuts", "left out"): 10.0,
    }  # fmt: skip
    figure = conv_techniques.draw(table)
    style.save(figure, tmp_path, "drawn")
    assert f"{seeds} of {8 * seeds} networks diverged" in words(figure)
    assert ("+10.0 (+10.0 to +10.0)" in words(figure) and "−20.0 (−20.0 to −20.0)" in words(figure)) == (seeds > 1)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Only this one", "All but this one"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][1:] == [
        "dropout",
        "batch norm",
        "shortcuts",
    ]


def test_one_technique_alone(runs: Runs, tmp_path: Path) -> None:
    table = combine(runs, {(): 30.0, ("batch-norm",): 10.0}, 3)
    style.save(conv_techniques.draw(table), tmp_path, "drawn")
    assert set(techniques_table.effects(table, "train_error")["mean"]) == {-20.0, 20.0}, (
        "left out of all, which is it alone"
    )


@pytest.mark.parametrize("depths", [(56,), (20, 56)])
@pytest.mark.parametrize("seeds", [1, 5])
def test_variants(depths: tuple[int, ...], seeds: int, runs: Runs, tmp_path: Path) -> None:
    for depth in depths:
        for architecture, error in (("residual", 14.0), ("zero-gamma", 13.0), ("option-b", 15.5)):
            for seed in range(seeds):
                runs.add(error + 0.2 * seed, experiment="variants", architecture=architecture, depth=depth, seed=seed)
    table = read_back(variants_table.table(runs.runs))
    figure = variants.draw(table)
    style.save(figure, tmp_path, "drawn")
    said = words(figure)
    assert ("option B: +1.50 (+1.50 to +1.50); zero-gamma: −1.00" in said) == (seeds > 1)
    assert len(figure.axes[0].get_yticks()) == 3 * len(depths)
