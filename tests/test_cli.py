"""The command line: what it prints, and one line with exit code 1 for whatever the user can mend."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from resnet_notes import cli
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import finish

ROOT = Path(__file__).parents[1]
COMMANDS = sorted(get_command(cli.app).commands)  # type: ignore[attr-defined]
RUN = "degradation-plain-8-seed0"

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project without results, which is the current folder."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in (
        "params.yaml",
        "notes/published.csv",
        "notes/notes.md",
        *(f"presets/{name}.yaml" for name in ("smoke", "paper")),
    ):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def call(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs the command line in this process: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["resnet-notes", *arguments])
        try:
            cli.main()
            code: Any = 0
        except SystemExit as ended:
            code = ended.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command: str) -> None:
    done = CliRunner().invoke(cli.app, [command, "--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert done.exit_code == 0 and f"{command}" in done.output and "--help" in done.output


def test_help_names_every_command() -> None:
    done = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert done.exit_code == 0
    assert set(COMMANDS) <= set(re.findall(r"[\w-]+", done.output))
    assert {"fetch", "train", "theory", "table", "figure", "metrics", "claims", "build", "prune", "verify", "record", "list",
            "check", "schema"} <= set(COMMANDS)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["train", "nonsense"], "run 'nonsense': not in this study; `resnet-notes list` shows what is"),
        (["train", RUN, "nonsense"], "run 'nonsense': not in this study; `resnet-notes list` shows what is"),
        (["fetch", "imagenet"], "data 'imagenet': not in this study; `resnet-notes list` shows what is"),
        (["theory", "loss"], "theory 'loss': not in this study; `resnet-notes list` shows what is"),
        (["table", "loss"], "table 'loss': not in this study; `resnet-notes list` shows what is"),
        (["figure", "loss"], "figure 'loss': not in this study; `resnet-notes list` shows what is"),
        (["list", "--preset", "none"], "preset 'none': there is no presets/none.yaml; there are paper, smoke"),
        (["check", "--device", "tpu"], "params.yaml: device = 'tpu': input should be 'cpu', 'cuda' or 'auto'"),
        (
            ["prune", "everything"],
            "phase 'everything': there are data, pretraining, training, inside, theory, figures, notes and all",
        ),
        (
            ["build", "everything"],
            "phase 'everything': there are data, pretraining, training, inside, theory, figures, notes and all",
        ),
        (["train", RUN], "data fashion-mnist: not there; run `resnet-notes fetch fashion-mnist`"),
    ],
)
def test_a_line_and_exit_code_1(arguments: list[str], line: str, call: Call) -> None:
    assert call(*arguments) == (1, "", f"error: {line}\n")


@pytest.mark.parametrize(
    ("arguments", "product"),
    [
        (["train", RUN], f"run {RUN}"),
        (["fetch", "fashion-mnist"], "data fashion-mnist"),
        (["theory", "parity_size"], "theory parity_size"),
        (["table", "error_by_depth"], "table error_by_depth"),
        (["figure", "error_by_depth"], "figure error_by_depth"),
        (["metrics"], "metrics metrics"),
        (["claims"], "claims claims"),
    ],
)
def test_a_key_that_is_not_the_current_one_is_refused(arguments: list[str], product: str, call: Call) -> None:
    code, out, err = call(*arguments, "--key", "0123456789ab")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        rf"error: {product}: asked for under key 0123456789ab, but params and code now give [0-9a-f]{{12}}; "
        r"they changed after the build began: run it again\n",
        err,
    )
    assert not Path("results").exists() and not Path("data").exists()


def test_a_stack_that_draws_its_own_examples_needs_no_data(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "set_numerics", lambda study: None)  # numeric libraries are loaded here already
    code, out, _ = call("train", "separation-parity-1", "--preset", "smoke")
    assert code == 0 and "separation-parity-1: step 100 of 100, training error" in out
    assert call("train", "separation-parity-1", "--preset", "smoke")[1] == "separation-parity-1: finished already\n"
    line = "data fashion-mnist: not there; run `resnet-notes fetch fashion-mnist`"
    assert call("train", "trainability-5", "--preset", "smoke") == (1, "", f"error: {line}\n")


def test_a_theory_table_is_computed_and_sealed_and_its_figure_drawn(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "set_numerics", lambda study: None)
    line = "theory triangle_map: not there; run `resnet-notes theory triangle_map`"
    assert call("figure", "triangle_map") == (1, "", f"error: {line}\n")
    assert call("theory", "triangle_map") == (0, "", "") and call("figure", "triangle_map") == (0, "", "")
    plan = cli.make_plan(None, None)
    assert plan["theory", "triangle_map"].is_finished() and plan["figure", "triangle_map"].is_finished()


def test_cuda_without_one(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_notes.training.device.has_cuda", lambda: False)
    line = "device cuda: torch finds no CUDA device here; use device cpu or auto"
    assert call("train", "separation-parity-1", "--device", "cuda") == (1, "", f"error: {line}\n")


def test_the_number_of_keys_is_that_of_the_runs(call: Call) -> None:
    code, _, err = call("train", RUN, "degradation-plain-8-seed1", "--key", "0123456789ab")
    assert code == 1 and err == "error: 2 runs but 1 keys: give one --key for each run, or none\n"


def test_check(call: Call) -> None:
    assert call("check") == (0, "308 runs, 38 figures\n0 of 389 products are made\n", "")
    assert call("check", "--preset", "smoke")[1].startswith("118 runs, 38 figures\n")


def pretend(plan: Plan, *kinds: str) -> None:
    for product in plan.of_kind(*kinds):
        product.folder.mkdir(parents=True, exist_ok=True)
        for name in product.files:
            (product.folder / name).write_text("pretended")
        finish(product)


def test_list_shows_every_product_with_its_key_and_whether_it_is_there(call: Call) -> None:
    plan = cli.make_plan(None, None)
    pretend(plan, "data")
    code, out, err = call("list")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines == [
        ["made" if product.kind == "data" else "-", product.key, product.kind, product.name]
        for product in plan.products.values()
    ]
    assert len(lines) == 389


def test_list_of_a_preset_has_its_own_runs(call: Call) -> None:
    runs = [line.split()[3] for line in call("list", "--preset", "smoke")[1].splitlines() if " run " in line]
    assert len(runs) == 118 and runs[0] == RUN and runs[15] == "control-residual-20-seed1"
    assert runs[16:22] == [f"separation-{task}-{n}" for task in ("triangle", "parity") for n in (1, 3)] + [
        "trainability-5",
        "trainability-20",
    ]
    assert runs[22] == "likelihood-CD-1-seed0" and runs[28] == "greedy-mnist-4x32-seed0"
    assert (
        runs[-2:] == ["dbn-features-mnist-4x32", "dbn-probes-mnist-4x32"]
        and "extension-plain-8" in runs
        and "up-down-mnist-seed1" in runs
        and "techniques-no-he" in runs
        and "techniques-only-relu" in runs
    )


def test_a_run_that_is_not_there_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "set_numerics", lambda study: None)  # numeric libraries are loaded here already
    for arguments in (["table", "error_by_depth"], ["metrics"], ["claims"]):
        assert call(*arguments) == (1, "", f"error: run {RUN}: not there; run `resnet-notes train {RUN}`\n")
    pretend(cli.make_plan(None, None), "data")
    line = "run degradation-plain-20-seed0: not there; run `resnet-notes train degradation-plain-20-seed0`"
    assert call("examine", "lesions-plain-20") == (1, "", f"error: {line}\n")


def test_verify_and_prune(call: Call) -> None:
    code, _, err = call("verify")
    assert code == 1 and err.endswith("verify: 79 of the files do not belong here\n") and len(err.splitlines()) == 80
    plan = cli.make_plan(None, None)
    pretend(plan, "theory", "table", "figure", "metrics", "claims", "notes")
    code, out, err = call("verify")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "verify: 79 products belong to the params and the code in the tree"
    assert call("verify", "--complete")[0] == 1
    stray = Path("results/figures/old.svg")
    stray.write_text("")
    assert call("verify") == (
        1,
        "",
        f"error: {stray}: belongs to no params and code in the tree; build, or prune\n"
        "verify: 1 of the files do not belong here\n",
    )
    assert call("prune") == (0, f"removed {stray}\n", "")
    assert call("prune") == (0, "", "")


def test_schema(call: Call) -> None:
    assert call("schema", "schema.json") == (0, "", "")
    content = json.loads(Path("schema.json").read_text())
    assert content["additionalProperties"] is False
    assert set(content["required"]) >= {"device", "recipe", "claims"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "results/x: no space left on the disk; free some and run again"),
        (errno.EROFS, "results/x: cannot be written (Read-only file system)"),
        (errno.EACCES, "results/x: cannot be written (Permission denied)"),
    ],
)
def test_a_disk_that_cannot_be_written(number: int, words: str, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number), "results/x")

    monkeypatch.setattr(cli, "make_plan", fails)
    code, _, err = call("check")
    assert code == 1 and err.startswith(f"error: {words}") and err.count("\n") == 1


def test_what_the_user_cannot_mend_keeps_its_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "broken", "results/x")

    monkeypatch.setattr(cli, "make_plan", fails)
    with pytest.raises(OSError, match="broken"):
        call("check")


def test_outside_a_project(tmp_path: Path) -> None:
    """In a process of its own, as a person starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "resnet_notes", "list"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    expected = f"error: params.yaml: not found in {tmp_path.resolve()}; run this in the project's folder\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


def test_planning_loads_no_numeric_library(project: Path) -> None:
    script = (
        "import sys\nfrom resnet_notes.cli import make_plan\nmake_plan(None, None)\n"
        "print([name for name in ('torch', 'numpy', 'pandas', 'matplotlib', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
