"""Numbers by seed, as a small table has them."""

import math

import pandas as pd

from resnet_notes.claims.by_seed import by_seed


def test_by_seed() -> None:
    table = pd.DataFrame({"depth": [8, 20, 8], "kind": ["a", "a", "b"], "seed": [0, 0, 1], "error": [1.0, 2.0, 3.0]})
    assert dict(by_seed(table, "error", depth=8)) == {0: 1.0, 1: 3.0}
    assert dict(by_seed(table, "error", depth=8, kind="b")) == {1: 3.0}
    assert by_seed(table, "error", depth=56, kind="b").empty and by_seed(table, "error", depth=math.nan).empty
