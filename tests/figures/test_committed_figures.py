"""The figures in git are what the code draws from the tables in git: anyone can redraw them without a run."""

from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import yaml

from resnet_notes.figures import style
from resnet_notes.provenance.plan import FIGURES, THEORY

RESULTS = Path(__file__).parents[2] / "results"


@pytest.mark.parametrize("name", [*FIGURES, *THEORY])
def test_a_committed_figure_is_drawn_from_its_committed_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RESULTS.parent)
    table = RESULTS / ("theory" if name in THEORY else "tables") / f"{name}.csv"
    drawn = style.save(import_module(f"resnet_notes.figures.{name}").draw(pd.read_csv(table)), tmp_path, name)
    for path in drawn:
        assert path.read_bytes() == (RESULTS / "figures" / path.name).read_bytes(), path.name


def test_every_figure_has_a_caption_and_is_among_the_plots_of_dvc() -> None:
    root = RESULTS.parent
    plots = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    assert {plot for plot in plots if isinstance(plot, str)} == {
        f"results/figures/{name}.png" for name in [*FIGURES, *THEORY]
    }
    for name in [*FIGURES, *THEORY]:
        caption = (root / "workflow" / "report" / f"{name}.rst").read_text(encoding="utf-8")
        assert f"``{name}.csv``" in caption
