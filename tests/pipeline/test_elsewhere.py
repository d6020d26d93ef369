"""Runs that were made elsewhere, as Snakemake sees them."""

import sys
from pathlib import Path

import pytest
from conftest import NETWORKS, Study

from resnet_notes.cli import make_plan
from resnet_notes.provenance.product import finish

pytestmark = pytest.mark.pipeline


def test_runs_that_are_taken_in_are_not_made_again(project: Study, tmp_path: Path) -> None:
    project.notes("fetch", "squares")
    project.notes("pack", str(tmp_path / "bare"), "degradation", "residual", "control", "variants")
    project.run(sys.executable, str(tmp_path / "bare" / "worker.py"), "--at-once", "2", "--archive", "state.tar")
    before = project.planned()
    assert "taken in" in project.notes("take", "state.tar")
    assert before - project.planned() == {f"train {name.removesuffix('-seed0')}" for name in NETWORKS}
    project.snakemake("results/tables/longer_training.csv")
    assert not [line for line in project.notes("verify", fails=True).splitlines() if "results/runs" in line]


def test_a_study_for_a_gpu_goes_on_without_one_once_its_runs_are_there(
    project: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.chdir(project.folder)
    project.set("device", "cuda")
    line = "error: device cuda: torch finds no CUDA device here; use device cpu or auto\n"
    assert line in project.snakemake("training", fails=True)
    project.set("made_with", {"torch": "2.11.0", "numpy": "2.4.6", "safetensors": "0.8.0"})
    assert "made_with in the params names torch 2.11.0" in project.snakemake("training", fails=True)
    for product in make_plan(None, None).of_kind("data", "run"):
        product.folder.mkdir(parents=True)
        for name in product.files:
            (product.folder / name).write_text("as if taken in")
        finish(product)
    assert "Nothing to be done" in project.snakemake("data", "pretraining", "training", "inside")
    project.snakemake("results/theory/triangle_map.csv")
