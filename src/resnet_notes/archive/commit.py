"""What git knows of the tree: the commit, its time and its files."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from resnet_notes.errors import BadInput

EXECUTABLE, SYMLINK = "100755", "120000"
"""The modes of git's index that are not those of a plain file."""


@dataclass(frozen=True)
class Commit:
    """A commit that the tree does not differ from.

    Attributes:
        id: forty hexadecimal digits (sixty-four in a repository of SHA-256).
        time: when it was committed, in UTC.
        files: the path of every file, as seen from the project's folder, and whether it can be executed; sorted.
    """

    id: str
    time: datetime
    files: dict[str, bool]


def read_commit(root: Path) -> Commit:
    """Return the commit that is checked out.

    Args:
        root: the project's folder, the top of a repository or a folder in it.

    Raises:
        BadInput: there is no repository or no commit, or a file differs from the commit or is not in it.
    """
    name, seconds = _git(root, "log", "-1", "--format=%H %ct").split()
    changed = _git(root, "status", "--porcelain", "-z", "--", ".").split("\0")[:-1]
    if changed:
        more = f" (and {len(changed) - 1} more, says `git status`)" if len(changed) > 1 else ""
        raise BadInput(f"{changed[0][3:]}: differs from the commit, or is not in it{more}; commit first")
    files = {}
    for entry in _git(root, "ls-files", "--stage", "-z").split("\0")[:-1]:
        stage, path = entry.split("\t", 1)
        mode = stage.split()[0]
        if mode == SYMLINK:
            raise BadInput(f"{path}: a symbolic link, which an archive cannot hold everywhere; put a file in its place")
        files[path] = mode == EXECUTABLE
    return Commit(name, datetime.fromtimestamp(int(seconds), UTC), dict(sorted(files.items())))


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8")
    except FileNotFoundError:
        raise BadInput("git: not installed, and an export holds a commit; install it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()[0].removeprefix("fatal: ")
        raise BadInput(f"{root}: git knows no commit here ({said}); an export holds a commit: make one")
    return done.stdout
