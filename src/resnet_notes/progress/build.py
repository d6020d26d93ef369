"""How far a build is and about how long it still takes: planned seconds, scaled by what its own jobs measured."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from resnet_notes.progress.costs import START
from resnet_notes.progress.jobs import Job

PRIOR = 30.0
"""Planned seconds of a kind that must be measured before its own speed counts as much as that of all jobs together."""
KNOWN = 0.02
"""The part of the planned seconds that must be measured before anything is said of the time left."""


@dataclass
class Running:
    """A job at work: when it began, in seconds of a steady clock, and how much of it is done, once it says so."""

    begun: float
    fraction: float = 0.0


@dataclass
class Build:
    """What is waiting, running and done.

    Args:
        jobs: all jobs by name.
        slots: how many of them run at a time.
        begun: when the build began, in seconds of a steady clock, as all other times here.
    """

    jobs: Mapping[str, Job]
    slots: int
    begun: float
    running: dict[str, Running] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    """Seconds that finished jobs took."""
    failed: set[str] = field(default_factory=set)

    def begin(self, name: str, now: float) -> None:
        """A job has begun."""
        self.running[name] = Running(now)

    def finish(self, name: str, now: float) -> float:
        """A job has ended well; return the seconds that it took."""
        self.done[name] = now - self.running.pop(name).begun if name in self.running else 0.0
        return self.done[name]

    def fail(self, name: str) -> None:
        """A job has failed: what waits for it will not run."""
        self.running.pop(name, None)
        self.failed.add(name)

    def advance(self, name: str, fraction: float) -> None:
        """A job says how much of it is done; it never goes back."""
        job = self.running[name]
        job.fraction = max(job.fraction, min(fraction, 1.0))

    def time_left(self, now: float) -> float | None:
        """Return about how many seconds the build still takes; None as long as too little is measured."""
        measured = self._measured(now)
        if sum(planned for _, planned, _ in measured) < KNOWN * sum(job.seconds for job in self.jobs.values()):
            return None
        return self._simulated({name: self._rest(name, now, measured) for name in self._unfinished()})

    def time_left_of(self, name: str, now: float) -> float | None:
        """Return about how many seconds a running job still takes; None as long as too little is known."""
        kinds = {self.jobs[other].kind for other in self.done}
        if self.running[name].fraction < KNOWN and self.jobs[name].kind not in kinds:
            return None
        return self._rest(name, now, self._measured(now)) or None

    def _unfinished(self) -> list[str]:
        return [name for name in self.jobs if name not in self.done and name not in self.failed]

    def _measured(self, now: float) -> list[tuple[str, float, float]]:
        """Kind, planned and measured seconds of all that is done, of the part that is done in running jobs as well."""
        done = [(self.jobs[name].kind, self.jobs[name].seconds, seconds) for name, seconds in self.done.items()]
        parts = [
            (self.jobs[name].kind, _planned_part(self.jobs[name].seconds, job.fraction), now - job.begun)
            for name, job in self.running.items()
            if job.fraction > 0.0
        ]
        return done + parts

    def _scale(self, kind: str, measured: list[tuple[str, float, float]]) -> float:
        """Measured seconds per planned second: those of its kind, and those of all jobs while its kind has few."""
        planned, spent = sum(row[1] for row in measured), sum(row[2] for row in measured)
        overall = spent / planned if planned > 0.0 else 1.0
        own = [row for row in measured if row[0] == kind]
        return (sum(row[2] for row in own) + overall * PRIOR) / (sum(row[1] for row in own) + PRIOR)

    def _rest(self, name: str, now: float, measured: list[tuple[str, float, float]]) -> float:
        """Seconds that a job still takes; the further it is, the more its own pace counts."""
        planned = self.jobs[name].seconds * self._scale(self.jobs[name].kind, measured)
        if name not in self.running:
            return planned
        spent, fraction = now - self.running[name].begun, self.running[name].fraction
        by_plan = max(planned - spent, 0.0)
        if fraction == 0.0:
            return by_plan
        return (1 - fraction) * by_plan + fraction * spent * (1 - fraction) / fraction

    def _simulated(self, rest: Mapping[str, float]) -> float:
        """Seconds until all is done, when the slots take what is ready by its priority, as Snakemake does."""
        order = TopologicalSorter({name: job.needs for name, job in self.jobs.items()})
        order.prepare()
        clock, ready = 0.0, []
        ends = sorted((rest[name], name) for name in self.running)
        while True:
            for name in _ready(order, self.done):
                if name not in self.running and name not in self.failed:
                    heappush(ready, (-self.jobs[name].priority, name))
            while ready and len(ends) < self.slots:
                _, name = heappop(ready)
                heappush(ends, (clock + rest[name], name))
            if not ends:
                return clock
            clock, name = heappop(ends)
            order.done(name)


def _planned_part(seconds: float, fraction: float) -> float:
    """Return the planned seconds of what a job has done: before it says how far it is, it has started."""
    start = min(START, seconds)
    return start + (seconds - start) * fraction


def _ready(order: TopologicalSorter[str], done: Collection[str]) -> list[str]:
    """Return the jobs whose turn has come, past those that are done already."""
    ready: list[str] = []
    while new := order.get_ready():
        ready += [name for name in new if name not in done]
        order.done(*(name for name in new if name in done))
    return ready
