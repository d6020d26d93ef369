"""Numbers by seed, held against plain loops."""

import math
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.claims.by_seed import by_seed, largest_step

ERRORS = st.floats(0, 100)


@given(st.lists(st.lists(ERRORS, min_size=4, max_size=4), min_size=1, max_size=5))
def test_largest_step(rows: list[list[float]]) -> None:
    found = largest_step(pd.DataFrame(rows, columns=[1, 3, 9, 20]))
    assert list(found) == [max(b - a for a, b in pairwise(row)) for row in rows]
    assert all((value < 0) == (row == sorted(set(row), reverse=True)) for value, row in zip(found, rows, strict=True))


def test_a_missing_value_makes_the_largest_step_missing() -> None:
    found = largest_step(pd.DataFrame([[3.0, math.nan, 1.0], [3.0, 2.0, 1.5]]))
    assert math.isnan(found[0]) and found[1] == -0.5


@pytest.mark.parametrize("columns", [[], [1]])
def test_without_a_step_there_is_no_value(columns: list[int]) -> None:
    assert largest_step(pd.DataFrame(1.0, index=range(3), columns=columns)).empty


def test_by_seed() -> None:
    table = pd.DataFrame({"depth": [8, 20, 8], "kind": ["a", "a", "b"], "seed": [0, 0, 1], "error": [1.0, 2.0, 3.0]})
    assert dict(by_seed(table, "error", depth=8)) == {0: 1.0, 1: 3.0}
    assert dict(by_seed(table, "error", depth=8, kind="b")) == {1: 3.0}
    assert by_seed(table, "error", depth=56, kind="b").empty and by_seed(table, "error", depth=math.nan).empty
