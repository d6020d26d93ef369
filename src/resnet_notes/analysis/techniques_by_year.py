"""Table of the figure `techniques_by_year`: the deepest fully connected network that each technique trains."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.analysis.techniques import chosen


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per rung of the ladder.

    Returns:
        Columns place, technique, year, dataset, width, images, steps, given_up_at, seeds, trained (the largest depth
        whose mean training error over seeds is at most given_up_at %, 0 when there is none), error (the mean there) and
        last (whether that is the largest depth of the study).
    """
    rows = []
    for _, own in chosen(runs).groupby("place", sort=True):
        if not own["ladder"].iloc[0]:
            continue
        errors = own.assign(train_error=own["train_error"].fillna(100.0)).groupby("depth")["train_error"]
        means = {int(str(depth)): t_interval(values).mean for depth, values in errors}
        given_up_at = own["given_up_at"].iloc[0]
        trained = max((depth for depth, mean in means.items() if mean <= given_up_at), default=0)
        told = ["place", "technique", "year", "dataset", "width", "images", "steps", "given_up_at"]
        rows.append(
            own.iloc[0][told].to_dict()
            | {"seeds": own["seed"].nunique(), "trained": trained, "error": means.get(trained)}
            | {"last": trained == own["deepest_tried"].iloc[0]}
        )
    return pd.DataFrame(rows)
