"""A hash of the code that a job runs: its module and all that it imports from this package, comments left out."""

import hashlib
import io
import tokenize
from functools import cache
from pathlib import Path

import grimp

PACKAGE = "resnet_notes"


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
        """The hash of a module and of everything it imports from the package, however indirectly."""

    def _hash_of(self, module: str) -> str:
        lines = [f"{name} {self.hash_of_file(self.path(name))}" for name in sorted(self.closure(module))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def closure(self, module: str) -> set[str]:
        """Return a module, what it imports from the package, and the packages around them: they run as well."""
        modules = {module} | self.graph.find_upstream_modules(module)
        return modules | {name.rsplit(".", up)[0] for name in modules for up in range(1, name.count(".") + 1)}

    def path(self, module: str) -> Path:
        """Return the file of a module."""
        base = self.source.joinpath(*module.split("."))
        return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def hash_of_text(text: str) -> str:
    """Hash Python source with its comments and blank lines cut out, so that editing a comment changes nothing.

    Comments are cut by their positions and the remaining text is hashed, since tokens and syntax trees differ between
    Python versions.
    """
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kept = [line.rstrip() for line in lines if line.strip()]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()
