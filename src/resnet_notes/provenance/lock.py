"""One build in a folder at a time, by locks that the kernel releases when their holder dies, however it dies.

Snakemake's own lock survives a killed build and must be removed by hand, so the profiles switch it off for this one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from resnet_notes.errors import BadInput

LOCKS = Path(".cache/locks")


def hold(name: str, holder: str) -> IO[str]:
    """Take the lock ``name`` and keep it until the returned file is closed or this process ends.

    Raises:
        BadInput: another process holds it; the message says which.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    file = (LOCKS / name).open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        other = file.read().strip() or "another process"
        file.close()
        raise BadInput(f"{other} is at work in this folder; wait until it has ended, or end it") from None
    file.truncate(0)
    file.write(f"{holder} (process {os.getpid()})")
    file.flush()
    return file


@contextmanager
def waiting_for(name: str) -> Iterator[None]:
    """Hold the lock ``name``, waiting for whoever has it: a job that outlived its build, say."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / name).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another process is at work on {name}: waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def begin_build(*folders: Path) -> IO[str]:
    """Take the build's lock, and make sure that its folders can be written before anything runs.

    Raises:
        BadInput: another build is at work, or a folder cannot be written.
    """
    for folder in folders:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not os.access(existing, os.W_OK):
            raise BadInput(f"{existing}: cannot be written; make the folder writable and run again")
    return hold("build", "another build")
