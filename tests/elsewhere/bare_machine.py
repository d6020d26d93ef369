"""What the tests of this folder share: the tiny study, a job without torch, and ways to run the worker."""

import importlib.util
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from resnet_notes.params.study import Study, overlay
from resnet_notes.provenance.plan import Plan

ROOT = Path(__file__).parents[2]
SMALL = yaml.safe_load((ROOT / "tests" / "bare.yaml").read_text(encoding="utf-8")) | {
    "datasets": {"mnist": {"validation": 8}},
    "recipe": {
        "dataset": "mnist",
        "pool": 1,
        "pad": 1,
        "stem_stride": 2,
        "batch": 8,
        "steps": 12,
        "warmup": {"kind": "linear", "steps": 3},
        "evaluate_every": 4,
        "monitor": 15,
        "train_subset": 30,
    },
    "degradation": {
        "architectures": ["plain"],
        "depths": [8],
        "seeds": [0, 1],
        "recipe": {"steps": 160, "evaluate_every": 20},
    },
    "residual": {"architectures": ["residual"], "depths": [8], "seeds": [0]},
    "control": {"depths": [], "seeds": []},
    "responses": {"architectures": ["residual"], "depths": [8], "images": 20},
    "claims": {"shallow": 8, "deep": 20},
}
RESIDUAL, PLAIN, OTHER, EXAMINED = (
    "residual-residual-8-seed0",
    "degradation-plain-8-seed0",
    "degradation-plain-8-seed1",
    "responses-residual-8",
)
"""The runs of the study: 12 steps, 160 steps twice, and an examination of the first."""
STUB = '''"""A job that needs no torch: a line a step, and each of them is state."""

import time

from resnet_notes.errors import BadInput


class Progress:
    history, step = [], 0


def train_run(settings, data, folder, on_step, start=()):
    state = folder / "state.txt"
    done = state.read_text().splitlines() if state.exists() else []
    if settings.get("fault"):
        raise BadInput(settings["fault"])
    for step in range(len(done), settings["steps"]):
        time.sleep(settings["seconds"])
        done.append(f"{step} {settings['seed']}")
        if settings.get("saves", True):
            state.with_name(".half").write_text("\\n".join(done))
            state.with_name(".half").replace(state)
        on_step(Progress())
    (folder / "history.csv").write_text("".join((one / "history.csv").read_text() for one in start) + "\\n".join(done))
    state.unlink(missing_ok=True)
'''
"""Stands in for a training; its settings say how long a step takes, and whether state is kept."""


def make_plan(root: Path, changes: dict[str, Any] | None = None, preset: str | None = None) -> Plan:
    """Plan the project with changes laid over its params."""
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    return Plan(root, Study.model_validate(overlay(params, changes or {})), preset)


def begin(folder: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a Python program in a folder, as a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def call(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run a Python program in a folder; return its exit code and what it prints on both streams."""
    process = begin(folder, *arguments, **environment)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def load_worker(folder: Path) -> ModuleType:
    """Load the worker of a folder as a module."""
    spec = importlib.util.spec_from_file_location("worker", folder / "worker.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(name: str, starts_from: tuple[str, ...] = (), **settings: Any) -> dict[str, Any]:
    """An entry of a list of runs of the stub: a name, and the settings that differ from twenty fast steps."""
    return {
        "name": name,
        "key": key_of(name),
        "job": "training.stub",
        "settings": {"steps": 20, "seconds": 0.01, "seed": 0} | settings,
        "data": None,
        "numerics": "native",
        "threads": 1,
        "versions": {"numpy": version("numpy")},
        "starts_from": [{"name": other, "key": key_of(other)} for other in starts_from],
        "files": ["history.csv"],
    }


def key_of(name: str) -> str:
    """Twelve digits for a name."""
    return f"{sum(map(ord, name)):012x}"
