"""Table of the figure `rbm_pictures`: what restricted Boltzmann machines and deep belief networks look like."""

from collections.abc import Iterable, Sequence
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

FILTERS = 20
"""Units of the first layer that are shown, the first ones."""

NOTHING = 128
"""Grey of a weight of zero."""


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Pictures of the network of the least seed, on the data set and with the layers of the up-down network.

    Args:
        runs: Those of the experiments greedy and up_down.

    Returns:
        Columns part (filters, images, reconstructions, chain, greedy, up_down), at (the layer of a reconstruction, the
        Gibbs step of a chain, else 0), place (from 0), side (pixels of a picture's side, 0 if it is not square),
        dataset, seed and pixels: a byte per pixel in hexadecimal, row by row. A filter's weights are scaled by its
        largest one, zero is `NOTHING`.
    """
    dreamer = min((run for run in runs if run["experiment"] == "up_down"), key=lambda run: run["seed"])
    below, seed, dataset = dreamer["layers"], dreamer["seed"], dreamer["dataset"]
    stack = next(
        run
        for run in runs
        if run["experiment"] == "greedy"
        and (run["layers"][: len(below)], run["seed"], run["dataset"]) == (below, seed, dataset)
    )
    weights = load_file(Path(stack["folder"]) / "dbn.safetensors")["weights.0"].T[:FILTERS]
    pictures = load_file(Path(stack["folder"]) / "pictures.safetensors")
    dreams = load_file(Path(dreamer["folder"]) / "dreams.safetensors")
    depths = len(pictures["reconstructions"])
    shown = sorted({1, (depths + 1) // 2, depths})
    blocks = [
        ("filters", 0, as_bytes(weights)),
        ("images", 0, pictures["images"]),
        *(("reconstructions", depth, pictures["reconstructions"][depth - 1]) for depth in shown),
        *(("chain", step, pictures[f"chain.{step}"]) for step in chain_steps(pictures)),
        *((name, 0, dreams[name]) for name in ("greedy", "up_down")),
    ]
    rows = [
        {"part": part, "at": at, "place": place, "side": side_of(len(pixels)), "dataset": dataset, "seed": seed,
         "pixels": pixels.tobytes().hex()}
        for part, at, block in blocks
        for place, pixels in enumerate(block)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def chain_steps(pictures: Iterable[str]) -> list[int]:
    """The Gibbs steps after which chains were looked at, from the names of a greedy run's pictures."""
    return sorted(int(name.removeprefix("chain.")) for name in pictures if name.startswith("chain."))


def as_bytes(weights: np.ndarray) -> np.ndarray:
    """Weights [N, pixels] as bytes, each row scaled by its largest magnitude."""
    scaled = weights / np.maximum(np.abs(weights).max(axis=1, keepdims=True), np.finfo(weights.dtype).tiny)
    return np.round(NOTHING + 127 * scaled).astype(np.uint8)


def side_of(pixels: int) -> int:
    """The side of a square picture; 0 when there is none."""
    side = isqrt(pixels)
    return side if side * side == pixels else 0
