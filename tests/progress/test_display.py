"""What is written of a build, from messages as Snakemake sends them."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from resnet_notes.progress.build import Build
from resnet_notes.progress.display import HANDLER, Board, Lines, duration, row, show, time_left
from resnet_notes.progress.jobs import Job
from resnet_notes.reporter import Reporter
from resnet_notes.training.loop import Progress

NAME = "train_control_plain_56"
TITLE = "Train control-plain-56, 2 networks"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def stage(stream: io.StringIO, tmp_path: Path) -> tuple[logging.Logger, Path]:
    """A logger as Snakemake sets it up, with a build of two jobs shown, the first of which is begun."""
    handler = logging.StreamHandler(stream)
    handler.name = HANDLER
    logger = logging.Logger("build")
    logger.addHandler(handler)
    shares = {"control-plain-56-seed0": 0.5, "control-plain-56-seed1": 0.5}
    jobs = {NAME: Job("run", 9.0, shares, frozenset()), "all": Job("", 0.0, {}, frozenset({NAME}))}
    show(logger, jobs, 2)
    log = tmp_path / "cell.log"
    logger.info("Select jobs to execute...")
    logger.info("", extra={"event": "job_info", "jobid": 3, "rule_name": NAME, "rule_msg": TITLE, "log": [str(log)]})
    return logger, log


def test_a_log_has_stable_words_and_no_control_characters(tmp_path: Path) -> None:
    stream = io.StringIO()
    logger, _ = stage(stream, tmp_path)
    logger.info("", extra={"event": "job_finished", "job_id": 3})
    logger.info(None, extra={"event": "progress", "done": 1, "total": 2})
    logger.error("Error in rule other:\n    log: other.log")
    logger.error("Error in rule all", extra={"event": "job_error", "rule_name": "all"})
    lines = [re.sub(r"^\[\d\d:\d\d:\d\d\] ", "", line) for line in stream.getvalue().splitlines()]
    assert lines == [
        f"started: {TITLE}",
        f"finished: {TITLE}, 0 s; 1 of 2 jobs (50 %)",
        "Error in rule other:",
        "    log: other.log",
        "Error in rule all",
        "failed: all; 1 of 2 jobs (50 %)",
    ]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", stream.getvalue())


@pytest.mark.parametrize("width", [45, 60, 100])
def test_a_terminal_shows_what_runs_and_is_left_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    logger, log = stage(stream, tmp_path)
    (board,) = logger.handlers
    assert isinstance(board, Board)
    told = {"name": "control-plain-56-seed1", "step": 100, "steps": 200}
    Path(f"{log}.progress").write_text(json.dumps(told))
    whole, job = board.render().plain.split("\n")
    assert whole.startswith("0 of 2 jobs (0 %), ")
    assert job.startswith("   75 %  control-plain") and job.endswith(", about 10 s left")
    assert len(job) < width
    assert ("step 100 of 200" in job) == (width == 100)
    logger.error("Error in rule other")
    logger.info("", extra={"event": "job_finished", "job_id": 3})
    board.close()
    assert "Error in rule other" in stream.getvalue() and f"finished: {TITLE}" in stream.getvalue()
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l"), "the cursor is there again"


def test_another_display_stays_alone() -> None:
    logger = logging.Logger("build")
    logger.addHandler(logging.NullHandler())
    show(logger, {}, 1)
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]


def test_a_dumb_terminal_has_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    logger, _ = stage(Terminal(), tmp_path)
    assert [type(handler) for handler in logger.handlers] == [Lines]


def test_quiet_is_quiet(tmp_path: Path) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: False)
    lines = Lines(handler, Build({NAME: Job("run", 9.0, {}, frozenset())}, 1, 0.0))
    about = {"event": "job_info", "jobid": 3, "rule_name": NAME, "rule_msg": TITLE, "log": []}
    lines.handle(logging.makeLogRecord(about))
    assert stream.getvalue() == "" and NAME in lines.build.running


def test_a_job_tells_the_build_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "logs" / "cell.log.progress"
    monkeypatch.setenv("RESNET_NOTES_PROGRESS", str(told))
    with Reporter("run", 9) as reporter:
        reporter(Progress(step=1))
        reporter(Progress(step=2))
        assert json.loads(told.read_text()) == {"name": "run", "step": 1, "steps": 9}, "once a second"
    assert list(told.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RESNET_NOTES_PROGRESS", str(tmp_path / "file" / "cell.log.progress"))
    with Reporter("run", 9) as reporter:
        reporter(Progress(step=1))


@pytest.mark.parametrize(
    ("seconds", "said", "roughly"),
    [
        (4.4, "4 s", "10 s"),
        (50.5, "50 s", "1 min"),
        (59.7, "1 min", "1 min"),
        (119, "2 min", "2 min"),
        (3599, "1 h 00 min", "1 h 00 min"),
        (5400, "1 h 30 min", "1 h 30 min"),
        (40000, "11 h 07 min", "11 h"),
    ],
)
def test_times_are_for_people(seconds: float, said: str, roughly: str) -> None:
    assert duration(seconds) == said
    assert time_left(seconds) == f", about {roughly} left"


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert time_left(None) == "" == time_left(0.0)


@given(st.text("abc-é網", max_size=60), st.integers(10, 120))
def test_no_row_is_wider_than_the_terminal(name: str, width: int) -> None:
    shown = row("   75 %  ", name, ", about 2 min left", width)
    assert cell_len(shown) <= width
    if cell_len(name) + 27 <= width:
        assert shown == f"   75 %  {name}, about 2 min left"
