"""Small run folders, one of them diverged."""

import json
from pathlib import Path
from typing import Any

import pytest

HEADER = "step,learning_rate,train_loss,train_error,test_error\n"


def write_run(root: Path, experiment: str, architecture: str, depth: int, seed: int, **given: Any) -> dict[str, Any]:
    """A run of two evaluations whose final training error is `error`; `diverged` is a step."""
    error, diverged, steps = given.get("error", 10.0), given.get("diverged"), given.get("steps", 20)
    folder = root / f"{experiment}-{architecture}-{depth}-{seed}"
    folder.mkdir(parents=True)
    rows = [f"{steps // 2},0.1,2.0,80.5,70.25\n", f"{steps},0.1,1.0,{error},{error + 1}\n"]
    (folder / "history.csv").write_text(HEADER + "".join(rows if diverged is None else []))
    metrics = {"train_error": error, "test_error": error + 1, "train_loss": 0.5} if diverged is None else {}
    empty = dict.fromkeys(["train_error", "test_error", "train_loss"])
    ending = {"diverged_at_step": diverged, "parameters": 9}
    (folder / "metrics.json").write_text(json.dumps(empty | metrics | ending))
    named = {"experiment": experiment, "architecture": architecture, "depth": depth, "seed": seed}
    return named | {"steps": steps, "dataset": "fashion-mnist", "folder": str(folder)}


@pytest.fixture
def runs(tmp_path: Path) -> list[dict[str, Any]]:
    """Plain 8 with two seeds, plain 20 with one of two diverged, residual 8, and a control of plain 8."""
    return [
        write_run(tmp_path, "residual", "residual", 8, 0, error=7.0),
        write_run(tmp_path, "degradation", "plain", 20, 1, diverged=7),
        write_run(tmp_path, "degradation", "plain", 20, 0, error=30.0),
        write_run(tmp_path, "degradation", "plain", 8, 1, error=12.0),
        write_run(tmp_path, "degradation", "plain", 8, 0, error=10.0),
        write_run(tmp_path, "control", "plain", 8, 0, error=5.0, steps=60),
    ]
