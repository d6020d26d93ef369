"""Table of the figure `pretraining_spread`: final test errors of deep sigmoid networks, seed by seed."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import IDENTITY, finals


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Final test error (%), one row per network."""
    return finals(runs)[[*IDENTITY, "images", "test_error"]]
