"""The figures of examinations and of the ladder draw any grid, and say what their tables say."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnet_notes.analysis import extension as extension_table
from resnet_notes.analysis import lesions as lesions_table
from resnet_notes.analysis import paths as paths_table
from resnet_notes.analysis import responses as responses_table
from resnet_notes.analysis import techniques as techniques_table
from resnet_notes.analysis import techniques_by_year as by_year_table
from resnet_notes.figures import contrast, extension, lesions, paths, responses, style, techniques, techniques_by_year


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\u00a0", " ")


def read_back(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(table.to_csv(index=False, float_format="%.4f")))


def run(folder: Path, experiment: str, architecture: str, depth: int, rows: list[dict], **more: Any) -> dict[str, Any]:
    place = folder / f"{experiment}-{architecture}-{depth}"
    place.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(place / f"{experiment}.csv", index=False)
    return {"experiment": experiment, "architecture": architecture, "depth": depth, "dataset": "fashion-mnist",
            "folder": str(place)} | more  # fmt: skip


@pytest.mark.parametrize("seeds", [1, 5])
def test_responses(seeds: int, tmp_path: Path) -> None:
    runs = [
        run(tmp_path, "responses", architecture, depth,
            [{"seed": seed, "layer": layer, "response": base + 0.1 * layer} for seed in range(seeds) for layer in (1, 2, 3)])
        for architecture, base in (("plain", 2.0), ("residual", 1.5)) for depth in (8, 14)
    ]  # fmt: skip
    table = read_back(responses_table.table(runs))
    ranks = responses.sorted_responses(table).groupby("rank")["layer"].unique().map(list).to_dict()
    assert ranks == {1: [3], 2: [2], 3: [1]}
    figure = responses.draw(table)
    assert ("−0.500 (−0.500 to −0.500) at 8 layers" in words(figure)) == (seeds > 1)
    assert all(axes.get_ylim()[0] > 1 for axes in figure.axes), "no room is spent on what no network has"
    assert all(1 in axes.get_xticks() and 0 not in axes.get_xticks() for axes in figure.axes)
    style.save(figure, tmp_path, "drawn")
    style.save(responses.draw(table[(table["depth"] == 8) & (table["architecture"] == "plain")]), tmp_path, "one")


@pytest.mark.parametrize("seeds", [1, 5])
def test_lesions_say_by_how_much_the_error_rises(seeds: int, tmp_path: Path) -> None:
    def rows(rise: float) -> list[dict]:
        none = {"removed": 0, "draw": 0, "block": 0, "swapped": 0, "tau": 1.0}
        found = []
        for seed in range(seeds):
            own = [none | {"error": 10.0}]
            own += [none | {"removed": 1, "block": b, "error": 10.0 + e} for b, e in ((1, 80), (2, rise), (3, 0))]
            own += [none | {"removed": 2, "draw": d, "error": 30.0 + d} for d in (0, 1)]
            own += [none | {"swapped": 1, "tau": 0.9, "error": 20.0}]
            found += [{"seed": seed} | row for row in own]
        return found

    runs = [run(tmp_path, "lesions", name, 8, rows(rise)) for name, rise in (("plain", 40.0), ("residual", 2.5))]
    table = read_back(lesions_table.table(runs))
    rises = lesions_table.rises(table).groupby("architecture")["rise"].unique().map(list).to_dict()
    assert rises == {"plain": [40.0], "residual": [2.5]}
    figure = lesions.draw(table)
    assert ("plain 8: +40.0 (+40.0 to +40.0); residual 8: +2.5" in words(figure)) == (seeds > 1)
    one_removed = figure.axes[0]
    assert one_removed.get_xticks().tolist() == [1, 2, 3], "blocks 2 and 3 begin stages"
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in one_removed.lines]
    assert drawn.count(([0, 1], [10, 10])) == 2, "the whole networks, from side to side"
    assert ([1, 2, 3], [90, 50, 10]) in drawn and ([1, 2, 3], [90, 12.5, 10]) in drawn
    style.save(figure, tmp_path, "drawn")


def test_paths_weigh_lengths_by_how_many_paths_they_have(tmp_path: Path) -> None:
    rows = [{"seed": seed, "blocks": 3, "length": length, "gradient": 2.0 * 0.5**length} for seed in (0, 1)
            for length in range(4)]  # fmt: skip
    table = read_back(paths_table.table([run(tmp_path, "paths", "residual", 8, rows)]))
    own = table[table["seed"] == 0]
    assert np.allclose(own["share_of_paths"], [12.5, 37.5, 37.5, 12.5])
    # (1 + 1/2)^3 = 27/8 of the gradient of the shortcuts: 1, 3/2, 3/4 and 1/8 of it
    assert np.allclose(own["share_of_gradient"], 100 * np.array([8, 12, 6, 1]) / 27, atol=1e-3)
    assert np.allclose(own["log10_gradient"], -np.log10(2) * np.arange(4), atol=1e-3)
    figure = paths.draw(table)
    assert "Mean (left: of logarithms)" in words(figure)
    assert "through 1.5 of 3 blocks on average; weighted by gradient, through 1.0." in words(figure)
    style.save(figure, tmp_path, "drawn")


def test_extensions_stand_beside_what_was_trained(tmp_path: Path) -> None:
    runs = []
    for depth, error in ((8, 10.0), (14, 30.0)):
        for seed in (0, 1):
            place = tmp_path / f"{depth}-{seed}"
            place.mkdir()
            (place / "metrics.json").write_text(
                f'{{"train_error": {error}, "test_error": {error}, "diverged_at_step": null}}'
            )
            runs.append({"experiment": "degradation", "architecture": "plain", "depth": depth, "seed": seed,
                         "dataset": "fashion-mnist", "steps": 600, "folder": str(place)})  # fmt: skip
    built = [{"seed": seed, "shallow": 8, "deep": 14, "shallow_error": 10.0, "extended_error": 10.0,
              "logit_difference": 1e-7 * seed} for seed in (0, 1)]  # fmt: skip
    runs.append(run(tmp_path, "extension", "plain", 8, built, steps=2))
    table = read_back(extension_table.table(runs))
    assert (
        table[table["way"] == "built"][["depth", "shallow", "train_error"]].to_numpy().tolist() == [[14, 8, 10.0]] * 2
    )
    assert set(table["steps"]) == {600}
    figure = extension.draw(table)
    assert "differ by at most $10^{-7}$ of the largest" in words(figure) and "built from 8" in words(figure)
    bars = [
        float(x) for lines in figure.axes[0].collections for x in lines.get_datalim(figure.axes[0].transData).intervalx
    ]
    assert all(x in bars for x in (8, 14)) and any(13 >= x > 10 for x in bars), "no interval hides another"
    style.save(figure, tmp_path, "drawn")


ERRORS: dict[str, dict[int, Any]] = {
    "uniform": {1: 20.0, 5: 90.0},
    "rbm": {1: 10.0, 5: [30.0, 30.0, 60.0], 20: [4.0, 4.0, None]},
    "shortcuts": {1: 5.0, 5: 4.0, 20: 3.0},
    "only-relu": {1: 8.0, 5: [7.0, 7.0, None]},
    "no-he": {1: 6.0, 5: None},
}
"""Training error in % by depth, of all seeds or of each; None where it diverged."""


def ladder(folder: Path, seeds: int = 3, errors: dict[str, dict[int, Any]] = ERRORS) -> list[dict[str, Any]]:
    runs = []
    for name, by_depth in errors.items():
        place = folder / name
        place.mkdir(parents=True)
        rows = [
            {"learning_rate": rate, "depth": depth, "seed": seed, "train_loss": own and own * rate, "train_error": own,
             "test_error": own}
            for rate in (0.1, 0.01) for depth, error in by_depth.items() for seed in range(seeds)
            for own in [error[seed] if isinstance(error, list) else error]
        ]  # fmt: skip
        pd.DataFrame(rows).to_csv(place / "history.csv", index=False)
        runs.append({"experiment": "techniques", "technique": name, "year": 1986, "width": 16, "images": 100, "steps": 9,
                     "given_up_at": 50.0, "dataset": "mnist", "depths": [1, 5, 20], "folder": str(place),
                     "initialisation": "rbm" if name == "rbm" else "uniform", "rbm": {"epochs": 7, "k": 3},
                     "on_the_ladder": "-" not in name} | ({"alone": True} if name.startswith("only") else {}))  # fmt: skip
    return runs


def cells(axes: Axes) -> list[list[str]]:
    """What a heat map says, row by row."""
    shape = len(axes.get_yticks()), len(axes.get_xticks())
    return np.array([text.get_text() for text in axes.texts]).reshape(shape).tolist()


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_ladder_names_the_deepest_that_was_trained(seeds: int, tmp_path: Path) -> None:
    runs = ladder(tmp_path, seeds)
    table = read_back(techniques_table.table(runs))
    assert set(table["learning_rate"]) == {0.01} and len(table) == 12 * seeds
    style.save(techniques.draw(table), tmp_path, "ladder")
    style.save(techniques.draw(table[table["group"] == "ladder"]), tmp_path, "rungs")
    years = read_back(by_year_table.table(runs))
    told = ["technique", "trained", "error", "seeds_trained", "seeds", "last"]
    assert years[told].to_numpy().tolist() == [
        ["uniform", 1, 20.0, seeds, seeds, False],
        ["rbm", 20, 4.0, 1, 1, True] if seeds == 1 else ["rbm", 5, 40.0, 2, 3, False],
        ["shortcuts", 20, 3.0, seeds, seeds, True],
    ]
    assert set(years["rbm_epochs"]) == {0, 7} and set(years["rbm_k"]) == {0, 3}


def test_marks_lie_at_the_depths_that_were_trained(tmp_path: Path) -> None:
    errors = ERRORS | {"glorot": {1: 80.0}}
    figure = techniques_by_year.draw(read_back(by_year_table.table(ladder(tmp_path, errors=errors))))
    (axes,) = figure.axes
    marks = [(line.get_xdata()[0], axes.get_yticklabels()[int(line.get_ydata()[0])].get_text()) for line in axes.lines]  # type: ignore[index, arg-type]
    names = [f"{techniques.NAMES[name]}  1986" for name in ("shortcuts", "rbm", "uniform")]
    assert sorted(marks, reverse=True) == list(zip((20, 5, 1), names, strict=True)), "none for what trains nowhere"
    said = [text.get_text() for text in axes.texts]
    assert said == [
        "none",
        "\u2265 20",
        "3.0 %",
        "3 of 3",
        "5",
        "40.0 %",
        "2 of 3",
        "1",
        "20.0 %",
        "3 of 3",
        "Error",
        "Seeds",
    ]
    figure.draw_without_rendering()
    assert max(text.get_window_extent().x1 for text in axes.texts) <= figure.bbox.x1
    style.save(figure, tmp_path, "years")


def test_networks_that_diverged_are_marked_and_left_out_of_the_mean(tmp_path: Path) -> None:
    figure = techniques.draw(read_back(techniques_table.table(ladder(tmp_path))))
    on_the_ladder, alone, left_out = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(techniques.GROUPS.values())
    cross = "\u00d7"
    assert cells(on_the_ladder) == [["20", "90", ""], ["10", "40", f"4 {cross}1"], ["5", "4", "3"]]
    assert cells(alone) == [["8", f"7 {cross}1", ""]]
    assert cells(left_out) == [["6", cross, ""]]
    assert f"{cross}: diverged; {cross}1: one of 3 did" in words(figure)
    healthy = techniques.draw(read_back(techniques_table.table(ladder(tmp_path / "healthy", 2, {"uniform": {1: 9.0}}))))
    assert "diverged" not in words(healthy) and "RBM" not in words(healthy)


def test_what_rbms_had_before_the_steps_is_said(tmp_path: Path) -> None:
    runs = ladder(tmp_path)
    for figure in (
        techniques.draw(read_back(techniques_table.table(runs))),
        techniques_by_year.draw(read_back(by_year_table.table(runs))),
    ):
        assert "9 steps. Greedy RBMs: before these, 7 epochs of CD-3 a layer." in words(figure)


def test_numbers_in_a_heat_map_can_be_read_on_every_colour(tmp_path: Path) -> None:
    errors = {"uniform": {depth: 5.0 * depth for depth in range(1, 21)}}
    (run,) = ladder(tmp_path, 1, errors)
    (axes,) = techniques.draw(read_back(techniques_table.table([run | {"depths": [*errors["uniform"]]}]))).axes
    (mesh,) = axes.collections
    inks = [str(text.get_color()) for text in axes.texts]
    found = [contrast.contrast(ink, tuple(cell)) for ink, cell in zip(inks, mesh.get_facecolor(), strict=True)]  # type: ignore[arg-type]
    assert min(found) > 4 and set(inks) == set(contrast.INKS)


@drawn(st.tuples(*[st.floats(0, 1)] * 3))
def test_an_ink_can_be_read_on_any_colour(colour: tuple[float, ...]) -> None:
    assert contrast.contrast(contrast.ink_on(colour), colour) > 4


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast.contrast("black", "white") == pytest.approx(21)
    assert contrast.contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)
    assert (
        contrast.contrast("#d2b48c", "white") == contrast.contrast("white", "#d2b48c") == pytest.approx(1.96, abs=0.05)
    )
