"""Tables as files: the same rows always give the same bytes, and a reader never sees half a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

DIGITS = 4
"""Decimals of every number that is not whole: a hundredth of the error of one image in ten thousand."""

ORDER = ["experiment", "architecture", "depth", "seed", "when", "step"]
"""Columns that identify a row, from coarse to fine; rows are sorted by those that a table has."""


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTF-8, line feeds, `DIGITS` decimals, missing values empty, rows sorted by `ORDER`.

    Args:
        frame: Table whose index says nothing.
        path: The file; its folder is made when missing. An existing file is replaced in one step.
    """
    keys = [name for name in ORDER if name in frame.columns]
    ordered = frame.sort_values(keys, kind="stable") if keys else frame
    text = ordered.to_csv(index=False, float_format=f"%.{DIGITS}f", lineterminator="\n")
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` that takes its place at the end; a failure leaves nothing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
