"""Table of the figure `responses`: standard deviations of the responses of each layer of trained networks."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.examinations import read


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns architecture, depth, dataset, seed, layer (from 1), response."""
    return read(runs, "responses")


def means(responses: pd.DataFrame) -> pd.DataFrame:
    """Mean response over the layers of each network: columns architecture, depth, seed, response."""
    return responses.groupby(["architecture", "depth", "seed"], sort=True)["response"].mean().reset_index()
