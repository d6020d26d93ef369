"""What a job costs, before anything is measured: the one model that orders the jobs and plans their time."""

import csv
from collections.abc import Iterable
from pathlib import Path

from resnet_notes.params.runs import Run

START = 4.0
"""Seconds that a job takes to start: Python, torch and the data."""
PER_STEP = {
    "training": 1.6e-3,
    "training.separation": 8e-5,
    "training.trainability": 1e-3,
    "training.likelihood": 4.5e-2,
    "training.greedy": 1e-2,
    "training.finetuning": 1.8e-4,
    "training.up_down": 0.1,
    "training.techniques": 1.5e-2,
    "inside": 2e-2,
    "inside.responses": 5e-4,
}
"""Seconds per step, layer and network by the module of a run, else by its phase, as measured on two cores."""
OTHERS = {"data": 8.0, "theory": 15.0, "table": 1.0, "figure": 2.0, "metrics": 3.0, "claims": 4.0, "notes": 5.0}
"""Seconds of what is not trained, by the kind of product."""
SKIPPED = "finished already"
"""What the log of a job says of a run that it found made."""


def seconds_of_run(run: Run) -> float:
    """Return what a training or an examination costs, roughly, in seconds: a step's cost grows with depth."""
    depth = run.settings.get("depth", run.settings.get("layers", 1))
    layers = (depth if isinstance(depth, int) else len(depth)) + 4
    per_step = PER_STEP.get(run.job, PER_STEP[run.job.partition(".")[0]])
    return per_step * run.settings["steps"] * layers * networks_of([run])


def networks_of(runs: Iterable[Run]) -> int:
    """Return how many networks a job trains: a run is one, a stack of small networks has one for each seed."""
    return sum(len(run.settings.get("seeds", [0])) for run in runs)


def seconds_of_last_time(benchmark: Path) -> float | None:
    """Return how long a job took in an earlier build; None where that is not known.

    Args:
        benchmark: Snakemake's table of the job, beside its log. A job that found some of its runs made tells nothing.
    """
    try:
        if SKIPPED in benchmark.with_suffix(".log").read_text(encoding="utf-8", errors="replace"):
            return None
        with benchmark.open(encoding="utf-8", newline="") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return None
