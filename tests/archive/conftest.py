"""A commit of a small study whose products are pretended, and the archive of it."""

import copy
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from resnet_notes.archive.export import export
from resnet_notes.params.study import load_study, overlay
from resnet_notes.provenance.code import Code
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import finish

ROOT = Path(__file__).parents[2]
COPIED = (
    *("README.md", "LICENSE", "CITATION.cff", "Snakefile", "requirements.txt", "dvc.lock", ".gitignore"),
    *("notes/published.csv", "presets/smoke.yaml", "pyproject.toml"),
)
SMALL = {
    "degradation": {"depths": [8], "seeds": [0, 1]},
    "residual": {"depths": [8], "seeds": [0]},
    "control": {"depths": [8], "seeds": [0]},
    "claims": {"shallow": 8, "deep": 20},
    "notes": {"text": "small.md"},
}

Git = Callable[..., str]


@pytest.fixture(scope="session")
def git() -> Iterator[Git]:
    """Runs git with none of the user's settings, always at one time."""
    given = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        given |= {f"GIT_{role}_NAME": "Tester", f"GIT_{role}_EMAIL": "tester@example.org"}
        given[f"GIT_{role}_DATE"] = "2026-05-04T03:02:01+02:00"

    def run(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout

    with pytest.MonkeyPatch.context() as settings:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            settings.delenv(name)
        for name, value in given.items():
            settings.setenv(name, value)
        yield run


@dataclass(frozen=True)
class Exported:
    """A project and the archive of its commit: a folder, and the same as ``<folder>.zip``."""

    project: Path
    plan: Plan
    crate: Path


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, git: Git) -> Exported:
    """A commit of the study with its results; runs and data lie beside it, ignored. It is only read."""
    root = tmp_path_factory.mktemp("export") / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in COPIED:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "notes" / "small.md").write_text("# Small\n")
    bare = yaml.safe_load((ROOT / "tests" / "bare.yaml").read_text(encoding="utf-8"))
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (root / "params.yaml").write_text(yaml.safe_dump(overlay(params, bare | SMALL)), encoding="utf-8")
    with pytest.MonkeyPatch.context() as there:
        there.chdir(root)
        plan = Plan(root, load_study(root))
        for product in plan.products.values():
            product.folder.mkdir(parents=True, exist_ok=True)
            for name in product.files:
                (product.folder / name).write_text(f"{product.kind} {product.name} {name}\n")
            finish(product)
        git("init", "--quiet", "--initial-branch", "main")
        git("add", "--all")
        git("commit", "--quiet", "--message", "Results")
        export(plan, root.parent / "crate")
        export(plan, root.parent / "crate.zip")
    return Exported(root, plan, root.parent / "crate")


@pytest.fixture
def crate(exported: Exported, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commit, exported into a folder; the project is the current one, and is only read."""
    monkeypatch.chdir(exported.project)
    return exported.crate


@pytest.fixture
def project(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project to change, which is the current folder."""
    shutil.copytree(exported.project, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def plan(exported: Exported, project: Path) -> Plan:
    """The plan of the copy, whose params and code have not changed yet."""
    moved = copy.copy(exported.plan)
    moved.root = project
    moved.code = Code(project / "src")
    return moved
