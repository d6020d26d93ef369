"""Locks between real processes: one holder at a time, and none left behind by a dead one."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resnet_notes.errors import BadInput
from resnet_notes.provenance.lock import begin_build, hold, waiting_for

HOLDER = """
import sys
from resnet_notes.provenance.lock import hold, waiting_for
if sys.argv[1] == "hold":
    lock = hold("build", "a build")
    print("held", flush=True)
    sys.stdin.read()
else:
    with waiting_for("build"):
        print("mine", flush=True)
"""


@contextmanager
def process(how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def line(started: subprocess.Popen[str]) -> str:
    assert started.stdout
    return started.stdout.readline().strip()


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_second_holder_is_refused_until_the_first_is_killed() -> None:
    with process("hold") as first:
        assert line(first) == "held"
        message = rf"^a build \(process {first.pid}\) is at work in this folder; wait until it has ended, or end it$"
        for _ in range(2):
            with pytest.raises(BadInput, match=message):
                hold("build", "me")
        with pytest.raises(BadInput, match=message):
            begin_build(Path("results"))
        first.kill()
        assert first.wait() == -signal.SIGKILL
        hold("build", "me").close()


def test_locks_of_other_names_and_folders_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hold("build", "me"):
        hold("other", "me").close()
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        hold("build", "me").close()


def test_released_when_closed_and_the_name_of_the_last_holder_counts() -> None:
    hold("build", "the first holder with a long name").close()
    with hold("build", "second"), pytest.raises(BadInput, match=r"^second \(process \d+\) is at work"):
        hold("build", "third")


def test_a_waiting_process_goes_on_when_the_holder_ends() -> None:
    lock = hold("build", "me")
    with process("wait") as waiting:
        assert line(waiting) == "another process is at work on build: waiting for it"
        assert waiting.poll() is None
        lock.close()
        assert line(waiting) == "mine"
        assert waiting.wait() == 0


def test_nobody_to_wait_for(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting_for("run"):
        pass
    with waiting_for("run"):
        pass
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def access(path: Path, mode: int) -> bool:
        asked.append(Path(path))
        return Path(path).name != "results"

    monkeypatch.setattr("os.access", access)
    (tmp_path / "results").mkdir()
    with pytest.raises(BadInput, match=r"results: cannot be written; make the folder writable and run again"):
        begin_build(tmp_path / "data", tmp_path / "results" / "presets" / "new")
    # of what is not there yet, the folder that will hold it
    assert asked == [tmp_path, tmp_path / "results"]
    assert not (tmp_path / ".cache").exists()
