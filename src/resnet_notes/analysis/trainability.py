"""Table of the figure `trainability`: error after a short training over weight variance and depth; the prediction."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from resnet_notes.theory.mean_field import depth_scale

COLUMNS = ["quantity", "weight_variance", "layers", "seed", "value", "dataset", "width", "steps", "bias_variance"]
PLACE = ["weight_variance", "layers", "seed"]
POINTS = 61
"""Weight variances at which the predicted depth scale is computed, over the range of the networks."""


def table(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Final errors of every network, and the depth scale that mean-field theory predicts.

    Args:
        runs: The stacks of the experiment trainability, one per depth.

    Returns:
        Columns `COLUMNS`, one row per network and quantity: `train_error` on a fixed subset of the training set and
        `test_error` on a fixed subset of the test set, in %. Below them a row per weight variance with the quantity
        `depth_scale`: the number of layers over which the correlation of two inputs approaches its fixed point by a
        factor e (Schoenholz et al. 2017, equation 9); it has neither layers nor seed.
    """
    networks = final_errors(runs).melt([*PLACE, *COLUMNS[5:]], ["train_error", "test_error"], "quantity", "value")
    shared = {name: runs[0][name] for name in COLUMNS[5:]}
    scales = _depth_scales(runs[0]["weight_variances"], shared["bias_variance"])
    return pd.concat([networks, scales.assign(**shared)], ignore_index=True)[COLUMNS].astype(
        {"layers": "Int64", "seed": "Int64"}
    )


def final_errors(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per network at the end of training, with its errors in % (missing where it diverged)."""
    return pd.concat([_final(run) for run in runs], ignore_index=True)


def _final(run: dict[str, Any]) -> pd.DataFrame:
    history = pd.read_csv(Path(run["folder"]) / "history.csv")
    last = history[history["step"] == run["steps"]].drop(columns="step")
    return last.assign(layers=run["layers"], **{name: run[name] for name in COLUMNS[5:]})


def _depth_scales(weight_variances: list[float], bias_variance: float) -> pd.DataFrame:
    grid = np.linspace(min(weight_variances), max(weight_variances), POINTS)
    scales = [depth_scale(float(variance), bias_variance) for variance in grid]
    return pd.DataFrame({"quantity": "depth_scale", "weight_variance": grid, "value": scales})
