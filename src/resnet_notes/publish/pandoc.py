"""Pandoc, as it comes with its Python package, so that its version is locked."""

import re
import subprocess
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from resnet_notes.errors import BadInput

SHARED = (
    "--citeproc",
    "--metadata=link-citations:true",
    "--syntax-highlighting=none",
    "--wrap=none",
    "--fail-if-warnings",
)


def convert(markdown: str, to: str, notes: Path, arguments: Sequence[str]) -> str:
    """Return a text in another form, with figures and equations numbered, references resolved, and citations set.

    Args:
        markdown: the text.
        to: pandoc's name of the form.
        notes: the folder with the filters, and ``references.bib``.
        arguments: more arguments of pandoc.

    Raises:
        BadInput: a reference, citation or file that is not there, or mathematics that cannot be set; the message is
            pandoc's first.
    """
    program = files("pypandoc") / "files" / "pandoc"
    filters = notes.resolve() / "filters"
    command = [
        str(program), "--from=markdown", f"--to={to}", f"--data-dir={filters}",  # no templates and defaults of a user
        f"--lua-filter={filters / 'numbering.lua'}", *SHARED, f"--bibliography={notes.resolve() / 'references.bib'}",
        f"--lua-filter={filters / 'outside.lua'}", *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, input=markdown, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise BadInput(f"the notes cannot be made: {first_message(done.stderr)}")
    return done.stdout


def first_message(errors: str) -> str:
    """Return the first thing that pandoc says, on one line."""
    first = re.sub(r"^\[WARNING\] (Scripting warning at .*? line \d+ column \d+: )?", "", errors.split("\n[")[0])
    return " ".join(first.removesuffix("Failing because there were warnings.\n").split())
