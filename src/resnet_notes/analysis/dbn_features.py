"""Table of the figure `dbn_features`: what the units of a deep belief network respond to."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.features import pictures


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns layers (how many the stack has) and those of `analysis.features.pictures`."""
    (run,) = (run for run in runs if run["experiment"] == "dbn_features")
    found = pictures(run)
    found.insert(0, "layers", len(run["layers"]))
    return found
