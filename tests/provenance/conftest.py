"""A project of its own for each test: the tree's code, the default params with small grids, and no results."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from resnet_notes.params.study import Study, load_study, overlay
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import Product, finish

ROOT = Path(__file__).parents[2]
BARE = yaml.safe_load((ROOT / "tests" / "bare.yaml").read_text(encoding="utf-8"))
SMALL = BARE | {
    "degradation": {"depths": [8, 20], "seeds": [0, 1]},
    "residual": {"depths": [8, 20], "seeds": [0, 1]},
    "control": {"depths": [8], "seeds": [0]},
    "claims": {"shallow": 8, "deep": 20},
}

MakePlan = Callable[..., Plan]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, which is the current one."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (root / "notes").mkdir()
    shutil.copy(ROOT / "notes" / "published.csv", root / "notes")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (root / "params.yaml").write_text(yaml.safe_dump(overlay(params, SMALL)), encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def make_plan(project: Path) -> MakePlan:
    """Plans the project as it lies there, with changes laid over its params."""

    def make(changes: dict[str, Any] | None = None, preset: str | None = None) -> Plan:
        params = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))
        return Plan(project, Study.model_validate(overlay(params, changes or {})), preset)

    assert load_study(project)
    return make


def pretend(product: Product) -> None:
    """Make a product of files that hold its name only, sealed as the real ones are."""
    product.folder.mkdir(parents=True, exist_ok=True)
    for name in product.files:
        (product.folder / name).write_text(f"{product.kind} {product.name} {name}\n")
    finish(product)


@pytest.fixture(name="pretend")
def pretend_fixture() -> Callable[[Product], None]:
    return pretend


@pytest.fixture
def made(make_plan: MakePlan) -> Plan:
    """A plan whose every product is there."""
    plan = make_plan()
    for product in plan.products.values():
        pretend(product)
    return plan
