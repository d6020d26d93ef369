"""A hash of the code that a job runs: its module and all that it imports from this package, comments left out."""

import hashlib
import io
import tokenize
from functools import cache
from pathlib import Path

import grimp

PACKAGE = "resnet_notes"
STRINGS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))  # f-strings have parts since 3.12


class Code:
    """The package as it lies under ``source``, read once.

    Args:
        source: the folder that holds the package's folder.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.graph = grimp.build_graph(PACKAGE, cache_dir=None)
        self.hash_of_file = cache(lambda path: hash_of_text(path.read_text(encoding="utf-8")))
        self.hash_of = cache(self._hash_of)
        """The hash of some modules and of everything they import from the package, however indirectly."""

    def _hash_of(self, *modules: str) -> str:
        lines = [f"{name} {self.hash_of_file(self.path(name))}" for name in sorted(self.closure(*modules))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def closure(self, *modules: str) -> set[str]:
        """Return some modules, what they import from the package, and the packages around them: they run as well."""
        found: set[str] = set()
        waiting = set(modules)
        while waiting:
            found |= waiting
            reached = set().union(*(self.graph.find_modules_directly_imported_by(name) for name in waiting))
            waiting = (reached | {name.rpartition(".")[0] for name in waiting if "." in name}) - found
        return found

    def path(self, module: str) -> Path:
        """Return the file of a module."""
        base = self.source.joinpath(*module.split("."))
        return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def hash_of_text(text: str) -> str:
    """Hash Python source with its comments and blank lines cut out, so that editing a comment changes nothing.

    Comments are cut by their positions and the remaining text is hashed, since tokens and syntax trees differ between
    Python versions. Lines within a string are left as they are.
    """
    lines = text.split("\n")
    in_string: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        (row, column), (last, _) = token.start, token.end
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column]
        elif token.type in STRINGS:
            in_string.update(range(row - 1, last - 1))
    kept = [
        line if number in in_string else line.rstrip()
        for number, line in enumerate(lines)
        if number in in_string or line.strip()
    ]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()
