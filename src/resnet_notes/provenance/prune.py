"""Removing what no current key names, so that what is recorded depends on params, code and data, never on history."""

import shutil
from pathlib import Path

from resnet_notes.provenance.plan import PLACES, Plan


def strangers(plan: Plan, phase: str | None = None) -> list[Path]:
    """Return the files and run folders of a study that none of its products owns, for one phase or for all.

    Data sets are never strangers: their content is fixed, and other studies may use them.
    """
    found = []
    for runs, place in PLACES.items():
        if phase in (None, runs):
            found += _stray_runs(plan, runs, place)
    if phase in (None, "theory"):
        found += _strays(plan, "theory", "theory")
    if phase in (None, "notes"):
        found += _strays(plan, "notes", "notes")
    if phase in (None, "figures"):
        found += [*_strays(plan, "figures", "figures"), *_strays(plan, "figures", "tables")]
        owned = _owned(plan, "figures")
        found += [path for path in sorted(plan.results.glob("*.seal")) if path not in owned]
        found += [*sorted(plan.results.glob(".making-*")), *sorted(plan.results.glob(".*.seal.*"))]
    return found


def prune(plan: Plan, phase: str | None = None) -> list[Path]:
    """Remove the strangers of a phase, or of all; return what was removed."""
    removed = strangers(plan, phase)
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return removed


def _strays(plan: Plan, phase: str, folder: str) -> list[Path]:
    """The files of a folder that no product of its phase owns."""
    owned = _owned(plan, phase)
    return [path for path in sorted((plan.results / folder).glob("*")) if path not in owned]


def _owned(plan: Plan, phase: str) -> set[Path]:
    return {Path(path) for product in plan.of_phase(phase) for path in product.paths}


def _stray_runs(plan: Plan, phase: str, place: str) -> list[Path]:
    """A run's folder under another key, a run of no experiment, or what an interrupted write left in a run."""
    folders = {product.folder: product for product in plan.of_phase(phase)}
    names = {folder.parent for folder in folders}
    found = []
    for run in sorted((plan.results / place).glob("*")):
        if run not in names:
            found.append(run)
            continue
        for folder in sorted(run.iterdir()):
            product = folders.get(folder)
            if product is None:
                found.append(folder)
            elif product.is_finished():
                found += [path for path in sorted(folder.iterdir()) if str(path) not in product.paths]
    return found
