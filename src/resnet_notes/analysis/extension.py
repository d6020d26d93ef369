"""Table of the figure `extension`: training errors of deep networks, trained and built from shallower ones."""

from collections.abc import Sequence
from math import log10
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read
from resnet_notes.analysis.runs import final_errors


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row for each network and each way to it.

    Args:
        runs: Those of the experiments extension and degradation.

    Returns:
        Columns way (trained, or built from a shallower one), depth, shallow (the depth that it was built from; its own
        where it was trained), seed, dataset, steps (of the training), train_error (%) and log10_difference, the decimal
        logarithm of the logits' largest difference over the largest logit (missing where it was trained, or is none).
    """
    built = read(runs, "extension")
    trained = final_errors([run for run in runs if run["experiment"] == "degradation"])
    trained = trained[trained["architecture"] == "plain"]
    rows = [
        trained.assign(way="trained", shallow=trained["depth"]),
        built.assign(way="built", depth=built["deep"], train_error=built["extended_error"]),
    ]
    every = pd.concat(rows, ignore_index=True)
    every["steps"] = trained["steps"].iloc[0]
    apart = every["logit_difference"]
    every["log10_difference"] = apart.where(apart > 0).map(log10, na_action="ignore")
    columns = ["way", "depth", "shallow", "seed", "dataset", "steps", "train_error", "log10_difference"]
    return every[columns].sort_values(columns[:4], kind="stable", ignore_index=True)
