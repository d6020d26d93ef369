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
