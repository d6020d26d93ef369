"""Killed builds, two builds at once, full and read-only disks: nothing is lost, and nothing counts as finished."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import RATE, Study, wait_for

from resnet_notes.provenance.product import Product, making

pytestmark = pytest.mark.pipeline

FIRST, SECOND = "control-plain-8-seed0", "control-plain-8-seed1"
STEPS, EVERY = 800, 20


def lengthen(study: Study) -> None:
    """Ask for two runs of seconds in one job, each saving its state often."""
    study.set("control.recipe.steps", STEPS)
    study.set("control.recipe.evaluate_every", EVERY)
    study.set("control.seeds", [0, 1])


def begin(study: Study, run: str) -> subprocess.Popen[str]:
    """Start a build and return it once a run has saved a state."""
    folder = study.folder / "results" / "runs" / run
    process = study.start("snakemake", "training")
    wait_for(lambda: process.poll() is not None or list(folder.glob("*/state.safetensors")), "saved state")
    assert process.poll() is None, f"it ended too early:\n{process.communicate()[0]}"
    return process


@pytest.fixture(scope="module")
def undisturbed(recorded: Study, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A build that nobody kills; a second one is begun in its middle."""
    study = recorded.copy(tmp_path_factory.mktemp("undisturbed") / "study")
    lengthen(study)
    first = begin(study, FIRST)
    second = study.start("snakemake", "training")
    second_output, _ = second.communicate(timeout=300)
    output, _ = first.communicate(timeout=300)
    study.notes("prune", "training")
    return SimpleNamespace(
        study=study, code=first.returncode, output=output, second=second_output, refused=second.returncode != 0
    )


def test_a_second_build_is_refused(undisturbed: SimpleNamespace) -> None:
    """Of two builds in one folder the second ends with a line, and the first is unharmed."""
    assert undisturbed.refused, undisturbed.second
    lines = [line for line in undisturbed.second.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "another build" in lines[0], undisturbed.second
    assert "Traceback" not in undisturbed.second
    assert undisturbed.code == 0, undisturbed.output
    assert "Nothing to be done" in undisturbed.study.snakemake("-n", "training")


@pytest.mark.parametrize("victim", ["all of it", "snakemake alone"])
def test_a_killed_build_goes_on_where_it_stopped(study: Study, undisturbed: SimpleNamespace, victim: str) -> None:
    """Without unlocking, what was finished stays, the rest goes on from its saved state, and the bits are the same."""
    lengthen(study)
    process = begin(study, SECOND)
    if victim == "all of it":
        os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(study.folder / ".snakemake")
    else:
        process.kill()
    process.communicate()
    assert not list((study.folder / "results" / "runs" / SECOND).glob("*/run.json")), "it was not in the middle"
    before = study.stamps()
    assert {name for name in study.planned() if name.startswith("train ")} == {"train control-plain-8"}
    study.snakemake("training")
    after = study.stamps()
    kept = {name: stamp for name, stamp in before.items() if f"/{SECOND}/" not in name}
    assert {name: after[name] for name in kept} == kept
    log = study.read("logs/train/control-plain-8.log")
    assert f"{FIRST}: finished already" in log
    lines = [line for line in log.splitlines() if line.startswith(f"{SECOND}: step ")]
    steps = [int(line.split(" step ")[1].split()[0]) for line in lines]
    assert steps[0] > EVERY, "it must not begin again at step 0"
    assert steps[-1] == STEPS
    study.notes("prune", "training")
    assert study.files("results/runs") == undisturbed.study.files("results/runs")


def test_a_full_disk_is_named_and_costs_nothing(study: Study, mounted: Callable[..., None]) -> None:
    """The build fails with a line that names the file; what was made is intact, and space is all it needs to go on."""
    runs = study.folder / "results" / "runs"
    kept = study.files("results")
    shutil.copytree(runs, study.folder / "kept")
    used = sum(path.stat().st_size // 4096 + 2 for path in runs.rglob("*")) * 4
    mounted(runs, "-t", "tmpfs", "-o", f"size={used + 150}k", "tmpfs")
    shutil.copytree(study.folder / "kept", runs, dirs_exist_ok=True)
    study.set(RATE, 0.3)
    output = study.snakemake(fails=True)
    assert "Traceback" not in output
    lines = {line.strip() for line in output.splitlines() if "error: " in line and "no space left" in line}
    assert len(lines) == 1 and FIRST in lines.pop(), output
    assert not list((runs / FIRST).glob("*/.*")), "half-written files must go"
    assert {name: content for name, content in study.files("results").items() if name in kept} == kept
    assert "train control-plain-8" in study.planned()
    mounted(runs, "-o", "remount,size=50m")
    study.snakemake()
    study.notes("prune")
    study.notes("verify", "--complete")


def test_a_read_only_folder_is_named_and_costs_nothing(study: Study, mounted: Callable[..., None]) -> None:
    """The build ends before any job with a line that names the folder; made writable again, it runs."""
    results = study.folder / "results"
    before = study.stamps("results")
    study.set(RATE, 0.3)
    if os.geteuid() == 0:
        mounted(results, "--bind", str(results))
        mounted(results, "-o", "remount,ro,bind")
    else:
        results.chmod(0o555)
    output = study.snakemake("training", fails=True)
    lines = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "results: cannot be written" in lines[0], output
    assert "Traceback" not in output
    # where files of fixed names would be replaced, Snakemake itself speaks first
    output = study.snakemake(fails=True)
    assert "Write-protected output files" in output and "Traceback" not in output
    assert study.stamps("results") == before
    output = study.notes("train", FIRST, fails=True)
    assert output.startswith("error: results/runs") and output.count("\n") == 1, output
    if os.geteuid() == 0:
        mounted(results, "-o", "remount,rw,bind")
    else:
        results.chmod(0o755)
    study.snakemake("training")


def test_a_product_broken_off_at_any_write_has_no_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files under fixed names: whichever replacement fails, no seal says that they belong together."""

    def product(key: str) -> Product:
        return Product(
            "figure", "curves", "figures", tmp_path, ("curves.svg", "curves.png"), f"curves.{key}.seal", key, {}
        )

    def make(key: str) -> None:
        with making(product(key)) as folder:
            for name in product(key).files:
                (folder / name).write_text(key)

    make("old")
    assert product("old").is_finished()
    replace = os.replace
    for failing in range(3):
        make("old")
        count = 0

        def breaking(source: str, target: str, failing: int = failing) -> None:
            nonlocal count
            if count == failing:
                raise OSError("the disk is gone")
            count += 1
            replace(source, target)

        monkeypatch.setattr(os, "replace", breaking)
        with pytest.raises(OSError):
            make("new")
        monkeypatch.setattr(os, "replace", replace)
        assert not product("old").is_finished()
        assert not product("new").is_finished()
        assert not list(tmp_path.glob(".making-*"))
    make("new")
    assert product("new").is_finished()
    assert not product("old").is_finished()
