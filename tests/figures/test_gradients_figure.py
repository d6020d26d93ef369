"""The figure of gradients draws any grid, and says what its table says."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from resnet_notes.analysis import gradients as gradients_table
from resnet_notes.figures import gradients, style

STEPS = (0, 7, 40)


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\n", " ").replace("\u00a0", " ")


def table_of(folder: Path, slopes: dict[str, float], depths: list[int], seeds: int) -> pd.DataFrame:
    """Norms that fall by a factor of 10^slope from layer to layer at the start, and are equal at the end."""
    runs: list[dict[str, Any]] = []
    for architecture, slope in slopes.items():
        for depth in depths:
            place = folder / f"{architecture}{depth}"
            place.mkdir(parents=True)
            rows = [
                {"seed": seed, "step": step, "layer": layer, "log10_norm": -slope * layer * (step == 0) + 0.01 * seed}
                for seed in range(seeds) for step in STEPS for layer in range(1, depth + 1)
            ]  # fmt: skip
            pd.DataFrame(rows).to_csv(place / "gradients.csv", index=False)
            runs.append({"experiment": "gradients", "architecture": architecture, "depth": depth, "dataset": "mnist",
                         "folder": str(place)})  # fmt: skip
    table = gradients_table.table(runs)
    return pd.read_csv(StringIO(table.to_csv(index=False, float_format="%.4f")))


@pytest.mark.parametrize("seeds", [1, 5])
def test_the_ratio_of_the_first_convolution_to_the_last_is_said(seeds: int, tmp_path: Path) -> None:
    table = table_of(tmp_path, {"plain": 0.5, "residual": 0.0}, [8, 14], seeds)
    ratios = gradients_table.stem_ratios(table)
    start = ratios[(ratios["step"] == 0) & (ratios["architecture"] == "plain")]
    # layers 1 and 7 of 8, 1 and 13 of 14
    assert np.allclose(start[start["depth"] == 8]["log10_ratio"], 3)
    assert np.allclose(start[start["depth"] == 14]["log10_ratio"], 6)
    assert len(ratios) == 2 * 2 * 3 * seeds
    figure = gradients.draw(table)
    for said in (
        "at the start: plain 14: 1,000,000 (1,000,000 to 1,000,000)",
        "after 40 steps: plain 14: 1.0 (1.0 to 1.0)",
    ):
        assert (said in words(figure)) == (seeds > 1)
    assert "after 7 steps" not in words(figure) and "plain 8:" not in words(figure)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "plain, 8 layers", "plain, 14 layers", "residual, 8 layers", "residual, 14 layers",
    ]  # fmt: skip
    style.save(figure, tmp_path, "drawn")


def test_lines_are_means_of_the_logarithms(tmp_path: Path) -> None:
    figure = gradients.draw(table_of(tmp_path, {"plain": 0.5}, [8], 3))
    (axes,) = figure.axes
    start, *_ = axes.get_lines()
    assert np.allclose(start.get_ydata(), 0.01 - 0.5 * np.arange(1, 9))  # type: ignore[arg-type]
    marks = [line.get_marker() for line in axes.get_lines()]
    assert len(set(marks)) == len(marks) == 3, "told apart in grey, too"
    first = [axes.get_lines()[rank].get_markevery()[0] for rank in range(3)]  # type: ignore[index]
    assert len({*first}) == 1, "in a network of few layers all of them are marked"
    assert [text.get_text() for text in axes.texts] == ["● start", "■ 7 steps", "▲ 40 steps"]
    assert min(axes.get_xticks()) == 1, "there is no layer 0"
    style.save(figure, tmp_path, "one")


def test_marks_of_lines_that_lie_on_one_another_take_turns(tmp_path: Path) -> None:
    figure = gradients.draw(table_of(tmp_path, {"plain": 0.0}, [56], 2))
    marked = [set(range(56)[slice(line.get_markevery()[0], None, line.get_markevery()[1])])  # type: ignore[index]
              for line in figure.axes[0].get_lines()]  # fmt: skip
    assert all(len(own) >= 5 for own in marked) and not set.intersection(*marked)


def test_missing_norms_are_left_out(tmp_path: Path) -> None:
    table = table_of(tmp_path, {"plain": 0.5, "residual": 0.1}, [8], 2)
    table.loc[(table["architecture"] == "plain") & (table["step"] == 40), "log10_norm"] = np.nan
    figure = gradients.draw(table)
    assert "after 40 steps: residual 8: 1.0 (1.0 to 1.0)" in words(figure) and "nan" not in words(figure)
    style.save(figure, tmp_path, "drawn")
