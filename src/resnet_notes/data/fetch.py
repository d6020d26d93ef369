"""Fetching a data set: sources in order, contents checked, one uniform form, a seal at the end."""

import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from resnet_notes.data.archives import gunzip, is_truncated
from resnet_notes.data.catalogue import DATASETS, Dataset, Folder, Mirror, Source, data_key, expected_content
from resnet_notes.data.failure import SourceFailed
from resnet_notes.data.folder_hash import file_sha256
from resnet_notes.data.forms import READERS, Tensors
from resnet_notes.data.image_folder import read_image_folder
from resnet_notes.data.sources import deliver
from resnet_notes.data.store import is_finished, store
from resnet_notes.errors import BadInput

LOCAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
MIRROR = "RESNET_NOTES_MIRROR"  # environment variable: a folder with `<data set>/<files>`, tried before all else


def fetch(name: str, target: Path, key: str, folder: Mapping[str, Any] | None = None, reader: str = "") -> None:
    """Puts the data set `name` into the folder `target` as `images.safetensors` and `<key>.seal`.

    `key` is `data_key(name, folder, reader)` as the caller knows it. `folder` is a user's image folder ({"path": str,
    "size": int, "grey": bool}), None for a data set of the catalogue. A data set that is already there whole is left
    as it is. Raises BadInput where the key is another one, every source fails (each with its reason), or the
    folder cannot be used; what was in `target` before then still is.
    """
    content = expected_content(name, folder)
    if (current := data_key(name, folder, reader)) != key:
        raise BadInput(f"{name}: its key is {current} now, not {key}: the data or its settings changed, run again")
    target.mkdir(parents=True, exist_ok=True)
    with _locked(target), _workspace(target) as work:
        if is_finished(target, key):
            return
        (target / f"{key}.seal").unlink(missing_ok=True)  # it seals bytes that are no longer there
        tensors = from_sources(DATASETS[name], work) if folder is None else read_image_folder(Folder.of(folder))
        store(tensors, target, work, key=key, dataset=name, content=content)


def from_sources(dataset: Dataset, work: Path) -> Tensors:
    """The data set's tensors from the first source that delivers; raises BadInput with every source's reason."""
    reasons: list[str] = []
    for number, source in enumerate(_sources(dataset)):
        _tell(f"{dataset.name}: trying {source}")
        attempt = work / str(number)
        try:
            return _attempt(source, dataset, attempt)
        except Exception as error:
            raise_if_local(error)
            reason = str(error) if isinstance(error, SourceFailed) else f"{type(error).__name__}: {error}"
            reasons.append(f"  {source}: {' '.join(reason.split())}")
            _tell(f"{dataset.name}: failed,{reasons[-1][1:]}")
        finally:
            shutil.rmtree(attempt, ignore_errors=True)
    raise BadInput(
        "\n".join([f"cannot get the data set {dataset.name}: each of its sources failed", *reasons])
        + f"\nCheck the network, or set {MIRROR} to a folder that holds {dataset.name}/ with "
        + ", ".join(dataset.content)
    )


def raise_if_local(error: BaseException | None) -> None:
    """Raises what another source cannot mend: a disk that is full or may not be written."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in LOCAL:
            raise error
        error = error.__cause__


def _attempt(source: Source, dataset: Dataset, work: Path) -> Tensors:
    """The data set's tensors from one source, read only after the checks."""
    (work / "delivered").mkdir(parents=True)
    (work / "checked").mkdir()
    delivered = deliver(source, dataset, work / "delivered")
    for file, sha256 in dataset.content.items():
        _check(delivered / file, work / "checked" / file, sha256)
    return READERS[dataset.form](work / "checked")


def _check(delivered: Path, checked: Path, sha256: str) -> None:
    """Copies a delivered file, uncompressing it if it has `.gz`, and raises SourceFailed for wrong content."""
    packed = delivered.with_name(delivered.name + ".gz")
    if delivered.is_file():
        shutil.copyfile(delivered, checked)
    elif packed.is_file():
        gunzip(packed, checked)
    else:
        raise SourceFailed(f"it has no file {delivered.name}, plain or .gz")
    if (found := file_sha256(checked)) == sha256:
        return
    if checked.suffix == ".gz" and is_truncated(checked):
        raise SourceFailed(f"truncated archive {checked.name}")
    raise SourceFailed(f"wrong content: {checked.name} has SHA-256 {found[:12]}..., expected {sha256[:12]}...")


def _sources(dataset: Dataset) -> tuple[Source, ...]:
    """The data set's sources in order, the user's mirror first if there is one."""
    mirror = os.environ.get(MIRROR)
    return (Mirror(mirror), *dataset.sources) if mirror else dataset.sources


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Lets one process at a time fetch into `target`; a second one waits, then finds the work done."""
    handle = os.open(target, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot lock: then there is no such protection
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # this frees the lock, and so does the end of a killed process


@contextmanager
def _workspace(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, removed at the end whatever happens.

    Its name is fixed, so that what a killed process left is removed at the next start; the lock makes that safe.
    """
    work = target.absolute().with_name(f".{target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tell(line: str) -> None:
    """A line for the log or the terminal."""
    print(line, file=sys.stderr, flush=True)
