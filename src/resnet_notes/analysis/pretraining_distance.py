"""Table of the figure `pretraining_distance`: how far weights travel, and how long it takes them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import IDENTITY, histories


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """How far and how fast every network came.

    Args:
        runs: Stacks of the experiment finetuning, which say the training loss in nats that is to be reached.

    Returns:
        Columns `IDENTITY`, images, steps; start_norm, the Euclidean norm of all weights at the start; distance, that of
        their change over the training, missing for a network that diverged; target (nats); steps_to_target, the steps
        of the first evaluation at which the training loss is no larger, missing when there is none.
    """
    target = runs[0]["target_loss"]
    every = histories(runs).set_index([*IDENTITY, "images", "steps"])
    first, last = every[every["step"] == 0], every[every["step"] == every.index.get_level_values("steps")]
    reached = every[every["train_loss"] <= target].groupby(level=list(range(every.index.nlevels)))["step"].min()
    rows = pd.DataFrame({"start_norm": first["norm"], "distance": last["distance"]})
    return rows.assign(target=target, steps_to_target=reached.astype("Int64")).reset_index()
