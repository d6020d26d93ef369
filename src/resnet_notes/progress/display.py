"""What a person sees of a build: on a terminal a board of what runs, in a log a line per event.

Both stand before Snakemake's own handler of messages, which goes on to write all else: errors, failed jobs' logs.
"""

import json
import logging
import math
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.live import Live
from rich.text import Text
from snakemake_interface_logger_plugins.common import LogEvent

from resnet_notes.progress.build import Build
from resnet_notes.progress.jobs import Job

HANDLER = "DefaultStreamHandler"
"""What Snakemake calls the handler that writes to the terminal."""
NOISE = ("Select jobs to execute", "Execute ")
"""Messages of Snakemake that say nothing more than the display does."""
PROGRESS = "{log}.progress"
"""The file in which a job says how far it is, as `RESNET_NOTES_PROGRESS` in workflow/rules/common.smk names it."""


def show(logger: logging.Logger, jobs: Mapping[str, Job], slots: int) -> None:
    """Take over from Snakemake's display of its jobs; another display that the user has chosen stays alone.

    Args:
        logger: Snakemake's.
        jobs: what is about to run, by the rules' names.
        slots: how many jobs run at a time.
    """
    handler = next((handler for handler in logger.handlers if handler.name == HANDLER), None)
    if isinstance(handler, logging.StreamHandler):
        on_terminal = handler.stream.isatty() and os.environ.get("TERM") not in (None, "dumb")
        display = Board if on_terminal else Lines
        logger.removeHandler(handler)
        logger.addHandler(display(handler, Build(jobs, slots, time.monotonic())))


class Lines(logging.Handler):
    """A line for each job that begins or ends, in words that stay, and what Snakemake itself has to say.

    Args:
        handler: Snakemake's own, for its filter, its form and its stream.
        build: the state of the build.
    """

    def __init__(self, handler: logging.StreamHandler, build: Build) -> None:
        super().__init__()
        self.inner, self.build = handler, build
        self.state = threading.RLock()  # never held while something is written, which has a lock of its own
        self.titles: dict[str, str] = {}
        self.rules: dict[int, str] = {}
        self.files: dict[str, Path] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Take a message of Snakemake: follow the build by it, and write what is to be seen of it."""
        event, line = getattr(record, "event", None), None
        with self.state:
            if event == LogEvent.JOB_INFO:
                line = self._begun(record.__dict__)
            elif event == LogEvent.JOB_FINISHED:
                line = self._finished(record.__dict__)
            elif event == LogEvent.JOB_ERROR:
                line = self._failed(record.__dict__)
        if not self.inner.filter(record) or event == LogEvent.PROGRESS or record.getMessage().startswith(NOISE):
            return
        if line is None or event == LogEvent.JOB_ERROR:
            self.pass_on(record)
        if line:
            self.write(f"[{time.strftime('%H:%M:%S')}] {line}")

    def _begun(self, about: dict[str, Any]) -> str:
        rule = about["rule_name"]
        self.titles[rule] = about["rule_msg"] or rule
        self.rules[about["jobid"]] = rule
        if about["log"]:
            self.files[rule] = Path(PROGRESS.format(log=about["log"][0]))
            self.files[rule].unlink(missing_ok=True)  # of a job that was killed
        self.build.begin(rule, time.monotonic())
        return f"started: {self.titles[rule]}" if self.build.jobs[rule].seconds else ""

    def _finished(self, about: dict[str, Any]) -> str:
        rule, now = self.rules[about["job_id"]], time.monotonic()
        self.follow()
        seconds = self.build.finish(rule, now)
        spent = f", {duration(seconds)}" if self.build.jobs[rule].seconds else ""
        return f"finished: {self.titles[rule]}{spent}; {self.whole(now)}"

    def _failed(self, about: dict[str, Any]) -> str:
        rule, now = about["rule_name"], time.monotonic()
        self.build.fail(rule)
        return f"failed: {self.titles.get(rule, rule)}; {self.whole(now)}"

    def whole(self, now: float) -> str:
        """Return how far the build is, and about how long it still takes once that is known."""
        done, total = len(self.build.done), len(self.build.jobs)
        return f"{done} of {total} jobs ({math.floor(100 * done / total)} %){time_left(self.build.time_left(now))}"

    def follow(self) -> dict[str, str]:
        """Read how far the running jobs are; return what they say in words."""
        said = {}
        for rule in self.build.running:
            with suppress(OSError, KeyError, ValueError):
                told = json.loads(self.files[rule].read_text(encoding="utf-8"))
                part = told["step"] / max(told["steps"], 1)
                self.build.advance(rule, self.build.jobs[rule].fraction(told["name"], part))
                said[rule] = f"{told['name']} step {told['step']} of {told['steps']}"
        return said

    def pass_on(self, record: logging.LogRecord) -> None:
        """Leave a message to Snakemake's handler."""
        self.inner.handle(record)

    def write(self, line: str) -> None:
        """Write a line of the display's own."""
        self.inner.stream.write(f"{line}\n")
        self.inner.flush()


class Board(Lines):
    """Lines for a terminal: below them stands what runs now, how far it is, and how long is left."""

    def __init__(self, handler: logging.StreamHandler, build: Build) -> None:
        super().__init__(handler, build)
        self.console = Console(file=handler.stream, force_terminal=True, highlight=False)
        self.live = Live(console=self.console, get_renderable=self.render, refresh_per_second=2, transient=True)
        self.live.start()

    def _begun(self, about: dict[str, Any]) -> str:
        super()._begun(about)
        return ""  # the board has it

    def pass_on(self, record: logging.LogRecord) -> None:
        """Write a message above the board, in Snakemake's own form."""
        style = {logging.ERROR: "red", logging.WARNING: "yellow"}.get(record.levelno, "")
        if text := self.inner.format(record):
            self.console.print(Text(text, style), soft_wrap=True)

    def write(self, line: str) -> None:
        """Write a line above the board."""
        self.console.print(Text(line), soft_wrap=True)

    def render(self) -> Text:
        """Return the board: a line for the whole, and one for each running job, none wider than the terminal."""
        with self.state:
            now, said = time.monotonic(), self.follow()
            rows = [f"{self.whole(now)}, {duration(now - self.build.begun)} spent"]
            for rule, job in self.build.running.items():
                part = f"{math.floor(100 * job.fraction):3} %" if job.fraction else "     "
                left = time_left(self.build.time_left_of(rule, now))
                rows.append(row(f"  {part}  ", said.get(rule, self.titles[rule]), left, self.console.width - 1))
        return Text("\n".join(rows), no_wrap=True, overflow="ellipsis")

    def close(self) -> None:
        """Take the board away, and leave the terminal as it was."""
        self.live.stop()
        super().close()


def row(before: str, name: str, after: str, width: int) -> str:
    """Return a line of at most ``width`` cells: where it is too narrow, the name gives way, since the rest is short."""
    space = width - cell_len(before) - cell_len(after)
    if cell_len(name) > space >= 2:
        name = set_cell_size(name, space - 1) + "…"
    return set_cell_size(before + name + after, width).rstrip()


def time_left(seconds: float | None) -> str:
    """Return the words for an estimated time; none while it is not known, or when all is done."""
    return f", about {duration(seconds, rough=True)} left" if seconds else ""


def duration(seconds: float, rough: bool = False) -> str:
    """Return a time for people: seconds, minutes, or hours and minutes; rough ones in steps that promise no more."""
    shown = 10 * math.ceil(seconds / 10) if rough else round(seconds)
    if shown < 60:
        return f"{shown} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if rough and minutes >= 600:
        return f"{round(minutes / 60)} h"
    return f"{minutes // 60} h {minutes % 60:02} min"
