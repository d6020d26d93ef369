"""Tables as files: the same rows always give the same bytes, and a reader never sees half a file."""

from pathlib import Path

import pandas as pd

from resnet_notes.replacing import replacing

DIGITS = 4
"""Decimals of every number that is not whole: a hundredth of the error of one image in ten thousand."""

SIGNIFICANT = "%.6g"
"""Format of numbers that span many powers of ten: six significant digits."""

ORDER = ["experiment", "architecture", "depth", "seed", "when", "step"]
"""Columns that identify a row, from coarse to fine; rows are sorted by those that a table has."""


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sorted by `ORDER`."""
    keys = [name for name in ORDER if name in frame.columns]
    return frame.sort_values(keys, kind="stable") if keys else frame


def write_table(frame: pd.DataFrame, path: Path, number: str = f"%.{DIGITS}f") -> None:
    """Write a table as CSV: UTF-8, line feeds, missing values empty.

    Args:
        frame: Table whose index says nothing.
        path: The file; its folder is made when missing. An existing file is replaced in one step.
        number: Format of every number that is not whole.
    """
    text = frame.to_csv(index=False, float_format=number, lineterminator="\n")
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
