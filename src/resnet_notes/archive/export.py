"""A commit and its results in one folder or one ZIP file, the same bytes from the same commit."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from resnet_notes.archive.citation import read_citation, zenodo
from resnet_notes.archive.commit import Commit, read_commit
from resnet_notes.archive.crate import METADATA, RESOLVED, Crate
from resnet_notes.errors import BadInput
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.verify import faults
from resnet_notes.replacing import replacing

DEPOSIT = ".zenodo.json"
FILE_MODE, EXECUTABLE_MODE = 0o100644, 0o100755


def export(plan: Plan, path: Path, runs: bool = False) -> int:
    """Write the commit, its results and the metadata of both.

    Args:
        plan: of the params and the code in the tree.
        path: a folder that is not there or empty, or a file that is not there and ends in ``.zip``.
        runs: with the folders of all runs, their checkpoints among them.

    Returns:
        How many files were written.

    Raises:
        BadInput: ``path`` is taken, the tree differs from its commit, or products are missing or stale.
    """
    packed = path.suffix == ".zip"
    if path.is_file() or (path.is_dir() and (packed or any(path.iterdir()))):
        raise BadInput(f"{path}: there already; give a folder that is not there or empty, or a new .zip")
    commit, citation = read_commit(plan.root), read_citation(plan.root)
    require_sound(plan, runs)
    exported = [p for p in plan.products.values() if p.kind not in ("data", "run") or (runs and p.kind == "run")]
    modes = {file: EXECUTABLE_MODE if executable else FILE_MODE for file, executable in commit.files.items()}
    modes |= {file: FILE_MODE for product in exported for file in product.paths if file not in modes}
    with TemporaryDirectory(prefix="resnet-notes-") as temporary:
        made = Path(temporary)
        study = yaml.safe_dump(plan.study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        (made / RESOLVED).write_text(study, encoding="utf-8")
        write_json(made / METADATA, Crate(plan, commit, citation, exported, made / RESOLVED).metadata())
        write_json(made / DEPOSIT, zenodo(citation, commit))
        sources = {file: plan.root / file for file in modes} | {file.name: file for file in made.iterdir()}
        modes |= {file.name: FILE_MODE for file in made.iterdir()}
        with replacing(path) if packed else filling(path) as place:
            (pack if packed else lay_out)(place, dict(sorted(sources.items())), modes, commit)
    return len(sources)


def require_sound(plan: Plan, runs: bool) -> None:
    """Refuse products that are missing, stale or changed."""
    found = faults(plan, complete=runs)
    if found:
        more = f" (and {len(found) - 1} more, says `resnet-notes verify`)" if len(found) > 1 else ""
        raise BadInput(f"{found[0]}{more}")


def write_json(path: Path, content: dict) -> None:
    """Write JSON that is the same for the same content."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def pack(place: Path, sources: dict[str, Path], modes: dict[str, int], commit: Commit) -> None:
    """Write a ZIP file.

    Nothing is compressed: what deflate makes of the same bytes differs between versions of zlib.
    """
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
        for name, source in sources.items():
            entry = zipfile.ZipInfo(name, commit.time.timetuple()[:6])
            entry.create_system = 3  # Unix, wherever it is written
            entry.external_attr = modes[name] << 16
            with source.open("rb") as file, archive.open(entry, "w", force_zip64=True) as copy:
                shutil.copyfileobj(file, copy)


def lay_out(place: Path, sources: dict[str, Path], modes: dict[str, int], commit: Commit) -> None:
    """Copy the files into a folder."""
    seconds = commit.time.timestamp()
    for name, source in sources.items():
        copy = place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(modes[name] & 0o777)
        os.utime(copy, (seconds, seconds))


@contextmanager
def filling(path: Path) -> Iterator[Path]:
    """Yield a folder that takes the place of ``path`` at the end; a failure leaves nothing."""
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=path.absolute().parent) as temporary:
        yield (made := Path(temporary) / "made")
        os.replace(made, path)
