"""The workflow as Snakemake's own tools see it."""

import os
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


def test_bad_params_end_a_build_with_one_line(study: Study) -> None:
    """Bad params end a build with a line that names the param, before anything runs."""
    study.set("recipe.batch", 0)
    output = study.snakemake(fails=True)
    lines = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "recipe.batch" in lines[0], output
    assert "Traceback" not in output
