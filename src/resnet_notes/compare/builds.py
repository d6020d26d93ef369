"""Builds that can be compared: the results in a folder, or in a commit as git holds it."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from resnet_notes.compare.comparison import Build
from resnet_notes.errors import BadInput

NOTES = ("notes.html", "notes/notes.html")
"""Where the notes lie among the results, and where they lay in older commits."""


def read_build(name: str, root: Path, results: Path) -> Build:
    """Return the results in a folder or in a commit.

    Args:
        name: the path of a folder with results, or else what git knows a commit by.
        root: the folder of the project, which the path starts from.
        results: where a commit has its results, as seen from ``root``.

    Raises:
        BadInput: there is no such folder or commit, or no notes in it.
    """
    folder = root / name
    if folder.is_dir():
        files = [path.relative_to(folder).as_posix() for path in (*folder.glob("*.html"), *folder.glob("notes/*"))]
        return _build(name, files, _reader(folder))
    try:
        commit = (
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise BadInput(f"{name}: neither a folder with results nor a commit of this repository") from None
    place = results.as_posix()
    places = [f"{place}/{part}" for part in (NOTES[0], "notes/")]
    files = _git(root, "ls-tree", "-r", "--name-only", "-z", commit, *places).decode().split("\0")
    label = _git(root, "show", "--no-patch", "--format=%s", commit).decode(errors="replace").strip()
    return _build(
        f"{commit[:12]} {label}",
        [PurePosixPath(file).relative_to(place).as_posix() for file in files if file],
        lambda path: _git(root, "show", f"{commit}:./{place}/{path}"),
    )


def _reader(folder: Path) -> Callable[[str], bytes]:
    return lambda path: (folder / path).read_bytes()


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True).stdout


def _build(label: str, files: list[str], read: Callable[[str], bytes]) -> Build:
    """Return a build by the names of its notes' files, and a function that reads a file of the results."""
    page = next((file for file in NOTES if file in files), None)
    if page is None:
        raise BadInput(f"{label}: there are no notes in it; {NOTES[0]} is missing")

    def read_json(path: str) -> Mapping[str, Any]:
        try:
            return json.loads(read(path))
        except (FileNotFoundError, subprocess.CalledProcessError):
            raise BadInput(f"{label}: there is no {path} beside its notes") from None
        except ValueError:
            raise BadInput(f"{label}: {path} is not JSON; build it again") from None

    seals = sorted(file for file in files if file.endswith(".seal"))
    params = read_json(seals[0])["origin"]["params"] if seals else {}
    return Build(label, read(page).decode(), read_json("metrics.json"), read_json("claims.json"), params)
