"""Table of the figure `probes`: errors of linear classifiers on what each layer passes on."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth, dataset, seed, trained (1, 0), layer (0 the image), features, ridge, error in %."""
    return read(runs, "probes")
