"""The worker with a job that needs no torch: slices of time, signals, what goes on, its archive, and what it refuses."""

import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bare_machine import begin, call, entry, key_of, load_worker

from resnet_notes.errors import BadInput

ABOUT = {"card": None, "cuda": None, "python": "3", "platform": "a test"}
HISTORY = "\n".join(f"{step} 0" for step in range(20))


def here(worker: ModuleType) -> Path:
    return worker.HERE


def give(worker: ModuleType, *runs: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the list of runs."""
    (here(worker) / "runs.json").write_text(json.dumps(runs), encoding="utf-8")
    return list(runs)


def text(worker: ModuleType, name: str, file: str = "history.csv") -> str:
    return (here(worker) / "runs" / name / key_of(name) / file).read_text(encoding="utf-8")


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.01)


def start(worker: ModuleType, *arguments: str) -> "subprocess.Popen[str]":
    """Start the whole worker, with a torch that loads at once and finds no card."""
    fake = here(worker).parent / "fake"
    (fake / "torch").mkdir(parents=True, exist_ok=True)
    (fake / "torch" / "__init__.py").write_text(
        "class cuda:\n    is_available = staticmethod(lambda: False)\nclass version:\n    cuda = None\n"
    )
    return begin(here(worker), "worker.py", *arguments, PYTHONPATH=str(fake))


def run(worker: ModuleType, *arguments: str) -> tuple[int, str]:
    process = start(worker, *arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def test_runs_are_made_each_after_those_it_starts_from(worker: ModuleType) -> None:
    give(worker, entry("top", ("first", "second")), entry("first"), entry("second", seed=1))
    code, output = run(worker, "--at-once", "2")
    assert code == 0 and output.splitlines()[-1] == "3 of 3 runs are finished; state.tar holds what there is of all"
    assert text(worker, "top") == HISTORY + HISTORY.replace(" 0", " 1") + HISTORY
    rows = {row["run"]: row for row in json.loads((here(worker) / "slices.json").read_text())}
    assert {row["outcome"] for row in rows.values()} == {"finished"} and set(rows) == {"top", "first", "second"}
    assert rows["top"]["key"] == key_of("top") and rows["top"]["seconds"] > 0 and rows["top"]["card"] is None
    code, output = run(worker)
    assert code == 0 and output.count("\n") == 1, "nothing is made twice"


def test_several_at_once_but_no_more(worker: ModuleType) -> None:
    runs = give(worker, *(entry(f"run-{number}", seconds=0.1) for number in range(4)))
    made = worker.make_runs(runs, 2, worker.Slice(60))
    assert [row["outcome"] for row in made] == ["finished"] * 4
    begun = sorted(here(worker).glob("runs/*/*/made.json"), key=lambda path: path.stat().st_mtime)
    assert {path.parts[-3] for path in begun[:2]} == {"run-0", "run-1"}


def test_slices_of_any_length_end_with_the_same_files(worker: ModuleType) -> None:
    runs = give(worker, entry("first", steps=40, seconds=0.03), entry("top", ("first",)))
    outcomes = []
    for seconds in [0.05, 0.4, 0.6, *[1.0] * 30]:
        begun = time.monotonic()
        outcomes += [row["outcome"] for row in worker.make_runs(runs, 2, worker.Slice(seconds))]
        assert time.monotonic() - begun < seconds + 2
        worker.write_archive(here(worker) / "state.tar", runs, {"versions": {}, "slices": []})
    assert outcomes[-1] == "finished" and outcomes.count("finished") == 2 and outcomes.count("stopped") > 1
    history = "\n".join(f"{step} 0" for step in range(40))
    assert text(worker, "first") == history and text(worker, "top") == history + HISTORY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_slice_and_the_archive_is_written(number: signal.Signals, worker: ModuleType) -> None:
    give(worker, entry("slow", steps=60, seconds=0.05), entry("next"))
    process = start(worker)
    wait_for(here(worker) / "runs" / "slow" / key_of("slow") / "state.txt")
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert "in the next slice of time it goes on from what it left\n0 of 2 runs are finished" in output
    fresh = here(worker).parent / "fresh"
    here(worker).rename(fresh)
    with tarfile.open(fresh / "state.tar") as tar:
        assert sorted(tar.getnames()) == ["machine.json", f"runs/slow/{key_of('slow')}/state.txt"]
    for name in ("runs", "slices.json"):  # as on another machine, with the archive alone
        (fresh / name).rename(fresh.parent / name)
    again = load_worker(fresh)
    code, output = run(again)
    assert code == 0 and "2 of 2 runs are finished" in output
    assert text(again, "slow") == "\n".join(f"{step} 0" for step in range(60))
    told = [(row["run"], row["outcome"]) for row in json.loads((fresh / "slices.json").read_text())]
    assert told == [("slow", "stopped"), ("slow", "finished"), ("next", "finished")]


def test_a_worker_that_is_killed_takes_its_runs_along_and_goes_on(worker: ModuleType) -> None:
    give(worker, entry("slow", steps=60, seconds=0.05))
    state = here(worker) / "runs" / "slow" / key_of("slow") / "state.txt"
    process = start(worker)
    wait_for(state)
    process.kill()
    process.communicate(timeout=30)  # the pipe ends with the last process that writes to it
    assert 0 < len(state.read_text().splitlines()) < 60 and not (here(worker) / "state.tar").exists()
    code, output = run(worker)
    assert code == 0 and "1 of 1 runs are finished" in output
    assert text(worker, "slow") == "\n".join(f"{step} 0" for step in range(60))


def test_a_run_that_does_not_end_in_time_is_killed(worker: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    runs = give(worker, entry("deaf", steps=1, seconds=60, saves=False))
    (row,) = worker.make_runs(runs, 1, worker.Slice(2.0))
    assert row["outcome"] == "stopped" and row["seconds"] < 10
    assert "in the next slice of time it left nothing to go on from and begins anew\n" in capfd.readouterr().out


def test_one_failure_leaves_the_others_alone_and_is_the_exit_code(worker: ModuleType) -> None:
    give(worker, entry("bad", fault="images = 7: the split has 5"), entry("top", ("bad",)), entry("good"))
    code, output = run(worker)
    assert code == 1 and "error: bad: images = 7: the split has 5\nbad: failed with exit code 1\n" in output
    assert "Traceback" not in output and "good: finished" in output and "1 of 3 runs are finished" in output


def test_a_run_that_leaves_too_little_fails(worker: ModuleType) -> None:
    give(worker, entry("bad") | {"files": ["history.csv", "metrics.json"]})
    code, output = run(worker)
    assert code == 1 and "RuntimeError: the job left no metrics.json" in output and "bad: failed" in output


def test_what_was_given_is_gone_on_from(worker: ModuleType) -> None:
    give(worker, entry("top", ("first",)), entry("slow"))
    for name, file, content in (
        ("first", "history.csv", "given"),
        ("first", "made.json", "{}"),
        ("slow", "state.txt", "0 8"),
    ):
        path = here(worker) / "given" / name / key_of(name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert run(worker)[0] == 0
    assert text(worker, "top") == "given" + HISTORY and text(worker, "slow") == HISTORY.replace("0 0", "0 8", 1)
    with tarfile.open(here(worker) / "state.tar") as tar:
        assert not [name for name in tar.getnames() if "first" in name], "what was given is not given back"


def test_what_lies_here_comes_before_the_archive_and_that_before_what_was_given(worker: ModuleType) -> None:
    runs = give(worker, entry("one"), entry("two"), entry("three"))
    archive = here(worker) / "state.tar"

    def leave(where: str, *names: str) -> None:
        for name in names:
            path = here(worker) / where / name / key_of(name) / "state.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(where)

    leave("runs", "one", "two")
    worker.write_archive(archive, runs, {"versions": {}, "slices": []})
    (here(worker) / "runs").rename(here(worker) / "away")
    leave("runs", "one")
    leave("given", "one", "two", "three")
    half = here(worker) / "runs" / "two" / key_of("two")
    half.mkdir(parents=True)
    (half / ".state.77.txt").write_text("a write that was interrupted")
    (here(worker) / "away" / "two" / key_of("two") / "state.txt").write_text("not this one")
    worker.go_on(runs, archive)
    assert [text(worker, name, "state.txt") for name in ("one", "two", "three")] == ["runs", "runs", "given"]
    assert not list(half.glob(".*")) and not list(here(worker).glob(".unpacked-*"))


def test_the_archive_keeps_contents_and_times(worker: ModuleType, tmp_path: Path) -> None:
    runs = give(worker, entry("one"))
    folder = here(worker) / "runs" / "one" / key_of("one")
    folder.mkdir(parents=True)
    (folder / "state.txt").write_text("half")
    (folder / ".state.77.txt").write_text("a write that was interrupted")
    os.utime(folder / "state.txt", (1000, 1000))
    worker.write_archive(tmp_path / "state.tar", runs, {"versions": {"numpy": "1"}, "slices": [{"run": "one"}]})
    (tmp_path / "there").mkdir()
    machine = worker.unpack(tmp_path / "state.tar", tmp_path / "there")
    assert machine["versions"] == {"numpy": "1"} and machine["slices"] == [{"run": "one"}]
    (state,) = (tmp_path / "there").glob("runs/*/*/*")
    assert (state.read_text(), state.stat().st_mtime) == ("half", 1000)


def test_a_damaged_archive_is_refused_and_nothing_is_lost(worker: ModuleType) -> None:
    give(worker, entry("one"))
    assert run(worker)[0] == 0
    archive = here(worker) / "state.tar"
    whole = archive.read_bytes()
    archive.write_bytes(whole[:700])
    code, output = run(worker)
    assert (
        code == 1
        and output.startswith(f"error: {archive}: damaged, or not from worker.py (")
        and output.count("\n") == 1
    )
    assert archive.read_bytes() == whole[:700] and text(worker, "one") == HISTORY


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"versions": {"numpy": "0.1"}}, "not the versions of the keys: numpy {numpy} for 0.1; pack again with made_with: {{numpy: {numpy}}} in the params"),
        ({"versions": {"numpie": "1"}}, "numpie: not installed here"),
        ({"settings": {"device": "cuda", "steps": 1}}, "device cuda: torch finds no CUDA device here"),
    ],
)  # fmt: skip
def test_a_machine_that_does_not_fit_is_refused(change: dict[str, Any], line: str, worker: ModuleType) -> None:
    give(worker, entry("one") | change)
    expected = line.format(numpy=worker.version("numpy"))
    assert run(worker) == (1, f"error: {expected}\n")
    assert not (here(worker) / "runs").exists() and not (here(worker) / "state.tar").exists()


def test_a_torch_that_does_not_load(worker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DESCRIBE", "raise ImportError('libcudart.so is missing')")
    with pytest.raises(BadInput, match="^torch cannot be loaded: ImportError: libcudart.so is missing$"):
        worker.describe([])


def test_a_folder_without_runs_and_options_that_make_no_sense(worker: ModuleType) -> None:
    line = f"error: {here(worker)}/runs.json: not there; `resnet-notes pack` writes it and this file into one folder\n"
    assert call(here(worker), "worker.py") == (1, line)
    for wrong in (["--seconds", "0"], ["--seconds", "nan"], ["--at-once", "0"], ["--archive", "/none/state.tar"]):
        code, output = call(here(worker), "worker.py", *wrong)
        assert code == 2 and "worker.py: error: --" in output and "Traceback" not in output
