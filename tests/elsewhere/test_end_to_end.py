"""Packed, made with torch, NumPy and safetensors alone, stopped and killed, taken in: the bits of the ordinary command."""

import re
import shutil
import signal
from pathlib import Path

import pytest
from bare_machine import EXAMINED, PLAIN, RESIDUAL, begin, call, make_plan

from resnet_notes.elsewhere.pack import pack
from resnet_notes.elsewhere.take import take
from resnet_notes.provenance.plan import RUN_FILES, Plan
from resnet_notes.provenance.verify import faults

ALONE = """
import sys

class Bare:
    ABSENT = {absent}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.ABSENT:
            raise ModuleNotFoundError(f"{{name}} is not on the bare machine", name=name)

sys.meta_path.insert(0, Bare())
"""
OURS = (
    *("PIL", "dvc", "grimp", "matplotlib", "pandas", "pydantic", "pypandoc", "rich", "rocrate", "scipy", "seaborn"),
    *("snakemake", "torchvision", "tqdm", "typer", "typst", "yaml"),
)
"""What the project needs beside torch, NumPy, safetensors and what these need."""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment for processes that find no library of the project's but those three."""
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "sitecustomize.py").write_text(ALONE.format(absent=set(OURS)))
    return {"PYTHONPATH": str(tmp_path / "alone")}


def kill_at(folder: Path, line: str, number: signal.Signals, environment: dict[str, str]) -> None:
    """Start the worker, and send it a signal once it prints a line."""
    process = begin(folder, "worker.py", "--at-once", "2", **environment)
    assert process.stdout is not None
    for said in process.stdout:
        if re.search(line, said):
            process.send_signal(number)
            break
    process.communicate(timeout=120)  # its runs end at their next step
    assert process.returncode == (0 if number == signal.SIGTERM else -signal.SIGKILL)


def on_another_machine(folder: Path) -> None:
    """Keep what was packed and the archive only."""
    for path in folder.iterdir():
        if path.name in ("runs", "slices.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_stopped_and_killed_runs_have_the_bits_of_the_ordinary_command(
    project: Path, plan: Plan, bare: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "bare"
    runs = pack(plan, folder, [PLAIN, EXAMINED])
    assert set(runs) == {PLAIN, RESIDUAL, EXAMINED}
    kill_at(folder, f"{PLAIN}: step 40 ", signal.SIGTERM, bare)
    on_another_machine(folder)
    kill_at(folder, f"{PLAIN}: step 80 ", signal.SIGKILL, bare)
    code, output = call(folder, "worker.py", "--at-once", "2", **bare)
    assert code == 0 and "3 of 3 runs are finished" in output, output
    first = re.search(rf"{PLAIN}: step (\d+) ", output)
    assert first is None or int(first[1]) > 40, "it went on from where it was"

    taken = take(plan, folder / "state.tar")
    assert set(taken.finished) == set(runs) and not taken.refused
    assert not [line for line in faults(plan) if line.startswith("run ") or "results/runs" in line]

    here = tmp_path / "ordinary"
    shutil.copytree(project, here, ignore=shutil.ignore_patterns("results"))
    for command, names in (("train", [PLAIN, RESIDUAL]), ("examine", [EXAMINED])):
        code, output = call(here, "-m", "resnet_notes", command, *names, PYTHONPATH="src")
        assert code == 0, output
    for name in runs:
        for path in plan["run", name].paths:
            assert Path(path).read_bytes() == (here / path).read_bytes(), path


def test_every_job_needs_torch_numpy_and_safetensors_only(plan: Plan, bare: dict[str, str], tmp_path: Path) -> None:
    pack(plan, tmp_path / "bare", [RESIDUAL])
    modules = plan.code.closure("resnet_notes.elsewhere.worker", *(f"resnet_notes.{job}" for job in RUN_FILES))
    for path in (plan.code.path(module) for module in modules):
        copy = tmp_path / "bare" / path.relative_to(plan.code.source)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    script = (
        f"import sys\nfrom importlib import import_module\nfor name in {sorted(modules)}: import_module(name)\n"
        "files = {module.__file__ for name, module in sys.modules.items() if name.startswith('resnet_notes')}\n"
        "import os\nassert all(file.startswith(os.getcwd()) for file in files), files\n"
    )
    assert call(tmp_path / "bare", "-c", script, **bare) == (0, "")
    assert "pydantic is not on the bare machine" in call(tmp_path / "bare", "-c", "import pydantic", **bare)[1]
    packages = {name.split(".")[1] for name in modules if name.count(".")}
    assert packages == {"data", "models", "training", "inside", "elsewhere", "errors", "replacing"}


def test_a_gpu_that_is_not_there_is_asked_for_once(
    project: Path, bare: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(project, {"device": "cuda"})
    pack(plan, tmp_path / "bare", [])
    assert call(tmp_path / "bare", "worker.py", CUDA_VISIBLE_DEVICES="", **bare) == (
        1,
        "error: device cuda: torch finds no CUDA device here\n",
    )


def test_the_commands_say_what_they_did(project: Path, plan: Plan, bare: dict[str, str], tmp_path: Path) -> None:
    def command(*arguments: str) -> tuple[int, str]:
        return call(project, "-m", "resnet_notes", *arguments, PYTHONPATH="src")

    folder = tmp_path / "bare"
    assert command("pack", str(folder), RESIDUAL) == (
        0,
        f"{folder}: 1 runs; there, `python worker.py --help` says how to make them\n",
    )
    assert command("pack", str(folder)) == (
        1,
        f"error: {folder}: is there and not empty; name a new folder or an empty one\n",
    )
    assert call(folder, "worker.py", **bare)[0] == 0
    left = "3 of 4 runs are left to make; logs/elsewhere.csv says what these took\n"
    assert command("take", str(folder / "state.tar")) == (0, f"{RESIDUAL}: taken in\n{left}")
    assert command("take", str(folder / "state.tar")) == (0, f"{RESIDUAL}: as far here already\n{left}")
    assert plan["run", RESIDUAL].is_finished()
    with (project / "params.yaml").open("a") as file:
        file.write("made_with: {torch: '2.11.0', numpy: '2.4.6', safetensors: '0.8.0'}\n")
    key = make_plan(project)["run", RESIDUAL].key
    assert command("take", str(folder / "state.tar")) == (
        1,
        f"4 of 4 runs are left to make; logs/elsewhere.csv says what these took\n"
        f"error: run {RESIDUAL}: made under key {plan['run', RESIDUAL].key}, but params and code now give {key}\n"
        "take: 1 runs are not taken in\n",
    )
    code, output = command("train", RESIDUAL)
    assert code == 1 and output.startswith(f"error: run {RESIDUAL}: made_with in the params names torch 2.11.0, but ")
