"""Table of the figure `techniques`: training errors of fully connected networks by technique and depth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

IDENTITY = ["technique", "depth", "seed"]
TOLD = ["dataset", "width", "images", "steps", "given_up_at", "deepest_tried", "rbm_epochs", "rbm_k"]
"""What all rows of a technique have in common."""


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Every network at the learning rate that counts; columns as :func:`chosen` has them."""
    return chosen(runs)


def chosen(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Every network at the learning rate with the lower mean training loss of its technique and depth.

    Returns:
        Columns place (of the technique in params.yaml, from 0), `IDENTITY`, year, group (ladder, alone or left out),
        dataset, width, images, steps, given_up_at, deepest_tried (the largest depth of the study), rbm_epochs (those
        that each layer was pretrained before the steps, 0 where none was), rbm_k (Gibbs steps of the contrastive
        divergence), learning_rate, train_error and test_error (%; missing for a network that diverged).
    """
    parts = []
    for place, run in enumerate(runs):
        told = {name: run[name] for name in ("technique", "year", "width", "images", "steps", "given_up_at", "dataset")}
        told |= {"place": place, "group": group_of(run), "deepest_tried": max(run["depths"])}
        pretrained = run["initialisation"] == "rbm"
        told |= {f"rbm_{name}": run["rbm"][name] if pretrained else 0 for name in ("epochs", "k")}
        parts.append(best_rates(pd.read_csv(Path(run["folder"]) / "history.csv")).assign(**told))
    front = ["place", *IDENTITY, "year", "group", *TOLD]
    every = pd.concat(parts, ignore_index=True)[[*front, "learning_rate", "train_error", "test_error"]]
    return every.sort_values(["place", "depth", "seed"], kind="stable", ignore_index=True)


def group_of(run: dict[str, Any]) -> str:
    """Whether a technique is a rung of the ladder, stands alone on the first rung, or is left out of the last one."""
    if run["on_the_ladder"]:
        return "ladder"
    return "alone" if run.get("alone") else "left out"


def best_rates(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the learning rate with the lowest mean training loss at each depth; divergence is the worst."""
    loss = history["train_loss"].fillna(float("inf"))
    mean = loss.groupby([history["depth"], history["learning_rate"]]).transform("mean")
    best = history.assign(mean=mean).sort_values(["depth", "mean", "learning_rate"], kind="stable")
    rates = best.groupby("depth")["learning_rate"].first()
    return history[history["learning_rate"] == history["depth"].map(rates)]
