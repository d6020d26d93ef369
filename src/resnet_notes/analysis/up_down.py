"""Table of the figure `up_down`: errors of a deep belief network along its fine-tuning without backpropagation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import finals

IDENTITY = ["algorithm", "seed", "epoch"]
ERRORS = ["train_error", "validation_error", "test_error"]


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Errors (%) of the up-down algorithm, and the final ones of backpropagation from the same greedy stacks.

    Args:
        runs: Those of the experiments up_down, finetuning and widths.

    Returns:
        Columns `IDENTITY` (algorithm: up_down or backpropagation), gibbs_steps, `ERRORS`, dataset, images, layers (as
        784-128-128 without the pixels, the top after a +), sorted by `IDENTITY`.
    """
    parts = []
    for run in runs:
        if run["experiment"] == "up_down":
            history = pd.read_csv(Path(run["folder"]) / "history.csv")
            layers = f"{'-'.join(map(str, run['layers']))}+{run['top']}"
            told = {"algorithm": "up_down", "seed": run["seed"], "dataset": run["dataset"], "images": run["images"]}
            parts.append(history.assign(**told, layers=layers))
            below, dataset = run["layers"], run["dataset"]
    tuned = [
        run
        for run in runs
        if run["experiment"] in ("finetuning", "widths")
        and (run["layers"], run["dataset"], run["initialisation"]) == (below, dataset, "rbm")
    ]
    for run in tuned:
        last = finals([run])[["seed", "images", "dataset", "train_error", "test_error"]]
        layers = "-".join(map(str, run["layers"]))
        parts.append(last.assign(algorithm="backpropagation", epoch=run["epochs"], gibbs_steps=0, layers=layers))
    every = pd.concat(parts, ignore_index=True)
    every = every[[*IDENTITY, "gibbs_steps", *ERRORS, "dataset", "images", "layers"]]
    return every.sort_values(IDENTITY, kind="stable", ignore_index=True)
