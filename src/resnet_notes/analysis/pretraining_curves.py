"""Table of the figure `pretraining_curves`: training loss of deep sigmoid networks along the training."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import IDENTITY, histories


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Loss (nats) and error (%) of every network of the main width at every evaluation."""
    every = histories(runs)
    return every[[*IDENTITY, "images", "step", "train_loss", "train_error"]]
