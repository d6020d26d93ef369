"""Table of the figure `rbm_likelihood`: the log-likelihood of RBMs along their training."""

from pathlib import Path
from typing import Any

import pandas as pd

IDENTITY = ["method", "k", "seed", "epoch"]
SETTING = ["dataset", "images", "hidden"]


def table(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Every evaluation of every run.

    Args:
        runs: The runs of the experiment likelihood, one per method and seed.

    Returns:
        Columns method, k, seed, dataset, images, hidden and those of the runs' `history.csv`, sorted by `IDENTITY`;
        log-likelihoods are means over the images in nats.

    Raises:
        FileNotFoundError: A run without `history.csv`.
    """
    names = [*IDENTITY[:-1], *SETTING]
    parts = []
    for run in runs:
        history = pd.read_csv(Path(run["folder"]) / "history.csv")
        parts.append(history.assign(**{name: run[name] for name in names})[[*names, *history.columns]])
    return pd.concat(parts, ignore_index=True).sort_values(IDENTITY, kind="stable", ignore_index=True)
