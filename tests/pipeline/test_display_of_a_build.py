"""What a build shows, by the real Snakemake: in a pipe, and on a pseudo-terminal."""

import os
import pty
import re
from pathlib import Path

import pytest
from conftest import RATE, Study

pytestmark = pytest.mark.pipeline


def test_a_log_says_what_began_and_ended(recorded: Study, shared: Path) -> None:
    """Each job has its two lines, the last one all jobs, and nothing moves the cursor."""
    output = (shared / "build.txt").read_text(encoding="utf-8")
    started = re.findall(r"^\[[\d:]+\] started: (.+)$", output, re.MULTILINE)
    finished = re.findall(r"^\[[\d:]+\] finished: (.+), \d.*; (\d+) of (\d+) jobs \(\d+ %\)", output, re.MULTILINE)
    assert sorted(started) == sorted(title for title, _, _ in finished)
    assert "Train control-plain-8, 1 network" in started
    assert re.search(r"finished: Everything is made; (\d+) of \1 jobs \(100 %\)$", output, re.MULTILINE)
    assert re.search(r", about \d+ (s|min) left$", output, re.MULTILINE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", output)


def test_a_terminal_has_a_board_that_leaves_nothing_behind(study: Study) -> None:
    """While a job runs its name and the whole are seen; at the end the cursor is there, and one line of the job."""
    study.set(RATE, 0.3)
    output = on_terminal(study, "snakemake", "training")
    board, line = "0 of 2 jobs (0 %)", "finished: Train control-plain-8, 1 network"
    assert board in output and line in output
    assert output.index(board) < output.index(line)
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")
    assert "1 of 2 jobs" not in output[output.rindex("\x1b[?25h") :]
    assert not list((study.folder / "logs").rglob("*.progress*"))


def on_terminal(study: Study, *command: str) -> str:
    """Return what a command writes to its terminal; it must succeed."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(study.folder)
        os.execvpe(command[0], command, study.environment() | {"TERM": "xterm"})
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # what Linux says at the end
        pass
    output = b"".join(parts).decode()
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, output
    return output
