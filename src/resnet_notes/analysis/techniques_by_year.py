"""Table of the figure `techniques_by_year`: the deepest fully connected network that each technique trains."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.analysis.techniques import TOLD, chosen


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per rung of the ladder.

    Returns:
        Columns place, technique, year, those that `chosen` has of all networks of a technique, seeds, trained (the
        largest depth whose mean training error over seeds is at most given_up_at %, where none diverged; 0 when there
        is none), error (the mean there), seeds_trained (how many are at most at given_up_at % there) and last (whether
        that is the largest depth of the study).
    """
    rows = []
    for _, own in chosen(runs).groupby("place", sort=True):
        first = own.iloc[0]
        if first["group"] != "ladder":
            continue
        by_depth = {int(str(depth)): errors for depth, errors in own.groupby("depth")["train_error"]}
        means = {depth: t_interval(errors).mean for depth, errors in by_depth.items() if errors.notna().all()}
        trained = max((depth for depth, mean in means.items() if mean <= first["given_up_at"]), default=0)
        low = by_depth[trained] <= first["given_up_at"] if trained else pd.Series(dtype=bool)
        rows.append(
            first[["place", "technique", "year", *TOLD]].to_dict()
            | {"seeds": own["seed"].nunique(), "trained": trained, "error": means.get(trained)}
            | {"seeds_trained": int(low.sum()), "last": trained == first["deepest_tried"]}
        )
    return pd.DataFrame(rows)
