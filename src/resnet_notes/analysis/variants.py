"""Table of the figure `variants`: final errors of residual networks and of what the field has made of them since."""

from collections.abc import Sequence

import pandas as pd

from resnet_notes.analysis.runs import BUDGET, IDENTITY, Run, final_errors
from resnet_notes.analysis.statistics import Interval, paired_difference, t_interval

ORIGINAL = "residual"


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """Final errors of the residual networks and of their variants, sorted.

    Returns:
        Columns `runs.IDENTITY`, `runs.BUDGET`, and `runs.OUTCOME`.
    """
    return final_errors(runs, [*IDENTITY, *BUDGET])


def differences(table: pd.DataFrame, error: str) -> dict[tuple[str, int], Interval]:
    """Error of each other architecture less that of the residual network of its depth, in points, paired by seed."""
    found = {}
    for depth, own in table.groupby("depth"):
        errors = {str(name): rows.set_index("seed")[error] for name, rows in own.groupby("architecture")}
        if ORIGINAL in errors:
            found |= {
                (name, int(depth)): t_interval(paired_difference(given, errors[ORIGINAL]))  # type: ignore[arg-type]
                for name, given in errors.items()
                if name != ORIGINAL
            }
    return found
