"""The workflow as Snakemake's own tools see it."""

import json
import os
import zipfile
from pathlib import Path

import pytest
from conftest import Study

pytestmark = pytest.mark.pipeline


def test_plain_snakemake_uses_all_cores(recorded: Study, shared: Path) -> None:
    """The default profile is found without naming it."""
    output = (shared / "build.txt").read_text(encoding="utf-8")
    assert f"Provided cores: {len(os.sched_getaffinity(0))}" in output


def test_the_workflow_is_formatted_and_lints(study: Study) -> None:
    """`snakefmt --check` and `snakemake --lint` find nothing."""
    study.run("snakefmt", "--check", "Snakefile", "workflow")
    assert "good condition" in study.snakemake("--lint")


def test_the_report_has_what_was_made(study: Study) -> None:
    """The notes, the numbers, every figure with its caption in the section that shows it, and the rules' commands and times."""
    output = study.snakemake("--report", "report.zip")
    assert "Missing metadata" not in output
    with zipfile.ZipFile(study.folder / "report.zip") as archive:
        page = archive.read("report/report.html").decode()
        kept = {archive.read(name) for name in archive.namelist() if "/data/raw/" in name}
    drawn = [path for path in study.files("results/figures") if path.endswith(".svg")]
    files = ["results/notes.html", "results/metrics.json", "results/claims.json", *drawn]
    assert kept == {(study.folder / path).read_bytes() for path in files}
    results, categories, rules = (
        json.JSONDecoder().raw_decode(page.partition(f'id="{name}">')[2].partition(" = ")[2])[0]
        for name in ("results", "categories", "rules")
    )
    assert all(results[path]["caption"] for path in files)
    assert "results/figures/parity_size.svg" in categories["Figures"]["1 Small notes"]
    assert all("resnet_notes" in rules[results[path]["job_properties"]["rule"]]["code"] for path in files)


def test_bad_params_end_a_build_with_one_line(study: Study) -> None:
    """Bad params end a build with a line that names the param, before anything runs."""
    study.set("recipe.batch", 0)
    output = study.snakemake(fails=True)
    lines = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "recipe.batch" in lines[0], output
    assert "Traceback" not in output
