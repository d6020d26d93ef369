"""Runs that a bare machine made, taken in under their keys."""

import csv
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from resnet_notes.elsewhere.worker import MADE, files_in, unpack
from resnet_notes.errors import BadInput
from resnet_notes.provenance.lock import waiting_for
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import Product, making, writing
from resnet_notes.replacing import replacing

COLUMNS = ("begun", "run", "key", "seconds", "outcome", "card", "cuda", "python", "platform")
"""What is kept of a run in a slice of time."""


@dataclass
class Taken:
    """What became of the runs in an archive, by their names."""

    finished: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """Finished here before, or further here."""
    refused: list[str] = field(default_factory=list)
    """A line for each, with the reason."""


def take(plan: Plan, archive: Path) -> Taken:
    """Take the runs of an archive in: finished ones are sealed, others put where the next start goes on from.

    The archive stays as it is. State in it takes the place of earlier state here. What it says of its slices of time
    is added to the file of :func:`slices_of`.

    Raises:
        BadInput: the archive is not there, is damaged, or holds what no worker writes; nothing is taken in.
    """
    if not archive.is_file():
        raise BadInput(f"{archive}: no such file; name the archive that worker.py wrote")
    plan.results.mkdir(parents=True, exist_ok=True)
    with writing(plan.results), TemporaryDirectory(prefix=".making-", dir=plan.results) as temporary:
        unpacked, taken = Path(temporary), Taken()
        machine = unpack(archive, unpacked)
        for folder in sorted(unpacked.glob("runs/*/*")):
            _take_run(plan, folder, machine["versions"], taken)
        _keep_slices(slices_of(plan), machine["slices"])
        return taken


def slices_of(plan: Plan) -> Path:
    """The table of what other machines spent on runs: a row for each run in each slice of time, beside the logs."""
    return Path("logs") / (f"presets/{plan.preset}" if plan.preset else "") / "elsewhere.csv"


def _take_run(plan: Plan, folder: Path, versions: dict, taken: Taken) -> None:
    """Take one run in, or say why not."""
    name, key = folder.parent.name, folder.name
    product = plan.products.get(("run", name))
    if product is None:
        taken.refused.append(f"run {name}: not in this study")
    elif product.key != key:
        taken.refused.append(f"run {name}: made under key {key}, but params and code now give {product.key}")
    elif product.is_finished():
        taken.there.append(name)
    elif fault := _fault(product, folder, versions):
        taken.refused.append(f"run {name}: {fault}")
    else:
        with waiting_for(key):
            if product.is_finished():  # by another process meanwhile
                taken.there.append(name)
            elif (folder / MADE).exists():
                _put_finished(product, folder)
                taken.finished.append(name)
            elif _last_change(product.folder) > _last_change(folder):
                taken.there.append(name)
            else:
                _put_state(product, folder)
                taken.begun.append(name)


def _fault(product: Product, folder: Path, versions: dict) -> str | None:
    """Say why the files of a run do not fit its key, if so."""
    made = folder / MADE
    if made.exists():
        for name in product.files:
            if not (folder / name).is_file():
                return f"{name} is missing in the archive"
        try:
            versions = dict(json.loads(made.read_text(encoding="utf-8"))["versions"])
        except (ValueError, KeyError, TypeError):
            return f"its {MADE} cannot be read"
    for library, asked in product.origin["versions"].items():
        if versions.get(library) != asked:
            return f"made with {library} {versions.get(library)}, but its key names {asked}"
    return None


def _last_change(folder: Path) -> float:
    """When the newest file of a folder was written; 0 where there is none."""
    return max((path.stat().st_mtime for path in files_in(folder)), default=0.0)


def _put_finished(product: Product, folder: Path) -> None:
    """Move the files of a finished run to its place, the seal last, and remove the state of an earlier start."""
    with making(product) as temporary:
        for name in product.files:
            os.replace(folder / name, temporary / name)
    for path in files_in(product.folder):
        if str(path) not in product.paths:
            path.unlink()


def _put_state(product: Product, folder: Path) -> None:
    """Move the state of an unfinished run to where its next start goes on from."""
    product.folder.mkdir(parents=True, exist_ok=True)
    for path in files_in(folder):
        os.replace(path, product.folder / path.name)


def _keep_slices(path: Path, slices: list[dict]) -> None:
    """Add rows to a table, each once, in the order in which the runs began."""
    rows = {tuple("" if row.get(name) is None else str(row[name]) for name in COLUMNS) for row in slices}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows |= {tuple(row) for row in csv.reader(file)} - {COLUMNS}
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *sorted(rows)])
