"""A project with a tiny study and its data, and the folder that is packed from it."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
import yaml
from bare_machine import ROOT, SMALL, STUB, load_worker, make_plan
from safetensors.torch import save_file

from resnet_notes.params.study import overlay
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import finish


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with data and without results; it is only copied."""
    root = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (root / "notes").mkdir()
    shutil.copy(ROOT / "notes" / "published.csv", root / "notes")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (root / "params.yaml").write_text(yaml.safe_dump(overlay(params, SMALL)), encoding="utf-8")
    stored, generator = {}, torch.Generator().manual_seed(5)
    for split, count in (("train", 48), ("test", 20)):
        labels = torch.arange(count) % 3
        noise = torch.randint(0, 120, (count, 1, 8, 8), generator=generator)
        stored[f"{split}_images"] = (noise + 60 * labels[:, None, None, None]).to(torch.uint8)
        stored[f"{split}_labels"] = labels
    with pytest.MonkeyPatch.context() as there:
        there.chdir(root)
        data = make_plan(root)["data", "mnist"]
        data.folder.mkdir(parents=True)
        save_file(stored, data.folder / data.files[0])
        finish(data)
    return root


@pytest.fixture
def project(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project to change, which is the current folder."""
    shutil.copytree(original, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def plan(project: Path) -> Plan:
    return make_plan(project)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ModuleType]:
    """The worker in a folder of its own with a stub for a job, without runs; its signals are put back in the end."""
    here = tmp_path / "bare"
    for name in ("__init__", "errors", "replacing", "training/__init__", "training/numerics", "elsewhere/worker"):
        place = here / ("worker.py" if name.endswith("worker") else f"resnet_notes/{name}.py")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "src" / "resnet_notes" / f"{name}.py", place)
    (here / "resnet_notes" / "training" / "stub.py").write_text(STUB, encoding="utf-8")
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield load_worker(here)
    for number, handler in kept.items():
        signal.signal(number, handler)
