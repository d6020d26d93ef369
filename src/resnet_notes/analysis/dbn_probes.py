"""Table of the figure `dbn_probes`: errors of linear classifiers on what each layer of a greedy stack passes on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Columns layers (how many the stack has), dataset, images (training images that fit the probes) and those of the
    examination: seed, trained (1, 0), layer (0 the image), features, ridge, error in %.
    """
    (run,) = (run for run in runs if run["experiment"] == "dbn_probes")
    rows = pd.read_csv(Path(run["folder"]) / "dbn_probes.csv")
    told = {"layers": len(run["layers"]), "dataset": run["dataset"], "images": run["images"]}
    return rows.assign(**told)[[*told, *rows.columns]]
