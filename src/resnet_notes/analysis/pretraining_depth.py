"""Table of the figure `pretraining_depth`: final errors of deep sigmoid networks by initialisation."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import finals


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Final errors (%), one row per network; columns as in `analysis.finetuning.finals`."""
    return finals(runs)
