"""What a bare machine needs to make some runs, written to a folder."""

import json
import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from resnet_notes.elsewhere.worker import MADE, files_in
from resnet_notes.errors import BadInput
from resnet_notes.params.runs import Run
from resnet_notes.progress.costs import seconds_of_run
from resnet_notes.provenance.code import PACKAGE
from resnet_notes.provenance.lock import waiting_for
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import Product

WORKER = f"{PACKAGE}.elsewhere.worker"


def pack(plan: Plan, folder: Path, names: list[str]) -> list[str]:
    """Write sources, list of runs, data, and what earlier slices left to a folder; ``worker.py`` there makes the runs.

    Args:
        plan: of the study.
        folder: new or empty; it is there when all of it is written.
        names: of runs, or beginnings or patterns of names (``*``, ``?``); all runs when empty. Runs that are finished
            are left out, and runs that start from unfinished ones bring those along.

    Returns:
        The names of the runs to make, those first that take longest with all that wait for them.

    Raises:
        BadInput: the folder holds something, a name fits no run, no run is left to make, or a data set is not there.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise BadInput(f"{folder}: is there and not empty; name a new folder or an empty one")
    runs = in_order(plan, with_starts(plan, chosen(plan, names)))
    if not runs:
        raise BadInput(f"{' '.join(names) or 'runs'}: all finished; there is nothing to pack")
    sets = {data.name: data for run in runs if (data := plan.data_of(run))}
    for data in sets.values():
        if not data.is_finished():
            preset = f" --preset {plan.preset}" if plan.preset else ""
            raise BadInput(f"data {data.name}: not there; run `resnet-notes fetch {data.name}{preset}`")
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".pack-", dir=folder.absolute().parent) as temporary:
        packed = Path(temporary) / "packed"
        _write_sources(plan, runs, packed)
        for name, data in sets.items():
            _copy(data.folder, packed / "data" / name, data.files)
        for product in {plan["run", name] for run in runs for name in (run.name, *run.starts_from)}:
            _write_given(product, packed / "given" / product.name / product.key)
        listed = [_entry(plan, run) for run in runs]
        (packed / "runs.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
        os.replace(packed, folder)
    return [run.name for run in runs]


def chosen(plan: Plan, names: list[str]) -> list[Run]:
    """Return the unfinished runs that some names, beginnings or patterns fit; all of them when there are none."""
    found: dict[str, Run] = {}
    for name in names or [""]:
        exact = [run for run in plan.runs if run.name == name]
        fitting = exact or [run for run in plan.runs if run.name.startswith(name) or fnmatchcase(run.name, name)]
        if not fitting:
            raise BadInput(f"run {name!r}: fits none of this study; `resnet-notes list` shows what is")
        found |= {run.name: run for run in fitting if _is_left(plan, run)}
    return list(found.values())


def with_starts(plan: Plan, runs: list[Run]) -> list[Run]:
    """Return runs with all unfinished ones that they start from, however indirectly."""
    found, waiting = {}, list(runs)
    while waiting:
        run = waiting.pop()
        found[run.name] = run
        waiting += [plan.run(name) for name in run.starts_from if name not in found and _is_left(plan, plan.run(name))]
    return list(found.values())


def in_order(plan: Plan, runs: list[Run]) -> list[Run]:
    """Return runs, those first that take longest with all that wait for them, and so each before those."""
    order = {run.name: number for number, run in enumerate(plan.runs)}

    def cost(run: Run) -> float:
        return seconds_of_run(run) + sum(cost(other) for other in runs if run.name in other.starts_from)

    return sorted(runs, key=lambda run: (-cost(run), order[run.name]))


def _is_left(plan: Plan, run: Run) -> bool:
    return not plan["run", run.name].is_finished()


def _entry(plan: Plan, run: Run) -> dict:
    """A run as the worker reads it."""
    product, data = plan["run", run.name], plan.data_of(run)
    return {
        "name": run.name,
        "key": product.key,
        "job": run.job,
        "settings": run.settings,
        "data": data and f"data/{data.name}",
        "numerics": plan.study.numerics,
        "threads": plan.study.threads,
        "versions": product.origin["versions"],
        "starts_from": [{"name": start.name, "key": start.key} for start in plan.start_of(run)],
        "files": list(product.files),
    }


def _write_sources(plan: Plan, runs: list[Run], folder: Path) -> None:
    """Copy the worker, and the modules that it and the jobs of some runs import."""
    for module in sorted(plan.code.closure(WORKER, *(f"{PACKAGE}.{run.job}" for run in runs)) - {WORKER}):
        path = plan.code.path(module)
        _copy(path.parent, folder / path.parent.relative_to(plan.code.source), (path.name,))
    shutil.copyfile(plan.code.path(WORKER), folder / "worker.py")


def _write_given(product: Product, folder: Path) -> None:
    """Copy what there is of a run: all of it, marked as made, or the state that an earlier start left."""
    if not product.folder.is_dir():
        return
    with waiting_for(product.key):
        if product.is_finished():
            _copy(product.folder, folder, product.files)
            (folder / MADE).write_text(json.dumps({"versions": product.origin["versions"]}), encoding="utf-8")
        else:
            _copy(product.folder, folder, tuple(path.name for path in files_in(product.folder)))


def _copy(source: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Copy some files with their times, by which `take` tells later state from earlier."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy2(source / name, folder / name)
