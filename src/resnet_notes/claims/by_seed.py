"""Numbers by seed, as several claims need them."""

from typing import Any

import pandas as pd


def by_seed(table: pd.DataFrame, column: str, **where: Any) -> pd.Series:
    """Return a column by seed.

    Args:
        table: tidy, with the column seed.
        column: the one that is returned.
        where: a value for each of some other columns, which together leave one row a seed; where no row has them, as
            no such network is there, the series is empty.
    """
    chosen = table[list(where)].eq(list(where.values())).all(axis="columns")
    return table[chosen].set_index("seed")[column]


def largest_step(values: pd.DataFrame) -> pd.Series:
    """Return, for each seed, the largest change from one column to the next: below 0 where values fall throughout.

    Args:
        values: a row for each seed, a column for each depth or layer, in their order.

    Returns:
        NaN where a value is missing; empty where there are fewer than two columns, and so no step.
    """
    steps = values.diff(axis="columns").iloc[:, 1:]
    return steps.max(axis="columns", skipna=False) if len(steps.columns) else pd.Series(dtype=float)
