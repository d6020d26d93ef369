"""Numbers of others, as `notes/published.csv` has them."""

from pathlib import Path

import pandas as pd

PUBLISHED = Path("notes/published.csv")
"""Relative to the project's root."""

HIDDEN = 20
"""Hidden units of the RBMs that likelihoods are read of; so few that the likelihood is exact."""


def likelihoods(path: Path = PUBLISHED) -> dict[tuple[str, int], float]:
    """Mean test log-likelihoods in nats of RBMs with `HIDDEN` units on MNIST (Burda et al. 2015, Table 1).

    Args:
        path: CSV with the columns dataset, model, quantity and value, where a model is named as `RBM CD1 20 hidden` or,
            of one step with persistent chains, `RBM PCD 20 hidden`.

    Returns:
        By learning rule (CD or PCD) and number of its Gibbs steps.

    Raises:
        FileNotFoundError: No such file.
    """
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[(rows["dataset"] == "mnist") & rows["quantity"].str.startswith("test log-likelihood nats")]
    named = rows["model"].str.extract(rf"^RBM (P?CD)(\d*) {HIDDEN} hidden$")
    return {
        (method, int(k or 1)): float(value)
        for method, k, value in zip(named[0], named[1], rows["value"], strict=True)
        if isinstance(method, str)
    }
