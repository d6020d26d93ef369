"""A study of seconds, built once by the real Snakemake and recorded by the real DVC; each test works on a copy of it.

Every command runs in a folder of its own with the copy's code, a local remote and no network: the data set is a folder
of small random images, one class a little brighter than the other.
"""

import fcntl
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

PROJECT = Path(__file__).parents[2]
PARTS = (
    *("Snakefile", "dvc.yaml", "environment.yml", "pyproject.toml", "requirements.txt", ".dvcignore", ".gitignore"),
    *("src", "workflow", "profiles", "presets", "notes", ".dvc/config", ".dvc/.gitignore", ".dvc/plots"),
)
"""What a build needs of the project; neither results nor data nor environments."""

TUNED = {f"finetuning-squares-{start}-{size}" for start in ("uniform", "rbm") for size in ("1x6", "2x6", "1x3")}
PRETRAINED = {"greedy-squares-2x6-seed0", "greedy-squares-1x3-seed0", "likelihood-CD-1-seed0", "likelihood-PCD-2-seed0"}
TECHNIQUES = {"techniques-rbm", "techniques-shortcuts", "techniques-no-he"}
STACKS = {"separation-triangle-1", "separation-parity-1", "trainability-1", "up-down-squares-seed0"}
STACKS |= TUNED | PRETRAINED | TECHNIQUES
EXAMINED = {f"{what}-{network}-8" for what in ("responses", "lesions") for network in ("plain", "residual")}
EXAMINED |= {"paths-residual-8", "extension-plain-8", "features-residual-8"}
EXAMINED |= {"dbn-features-squares-2x6", "dbn-probes-squares-2x6"}
OTHERS = {"variants-pre-activation-8-seed0"}
"""Convolutional networks beside the plain and residual ones."""
NETWORKS = {"degradation-plain-8-seed0", "residual-residual-8-seed0", "control-plain-8-seed0"} | OTHERS
RUNS = NETWORKS | STACKS | EXAMINED
CELLS = {run.removesuffix("-seed0") for run in RUNS - TUNED - EXAMINED} | {name.rpartition("-")[0] for name in TUNED}
TRAINED = {f"train {cell}" for cell in CELLS} | {f"examine {run}" for run in EXAMINED}
"""The jobs that train and examine them, as `Study.planned` names them: a job takes all seeds of a network, or all depths."""
FIGURES_OF_STACKS = (
    *("separation", "trainability", "rbm_likelihood", "rbm_pictures", "up_down"),
    *("techniques", "techniques_by_year", "responses", "lesions", "paths", "extension"),
    *("features", "dbn_features", "dbn_probes"),
    *(f"pretraining_{what}" for what in ("depth", "curves", "spread", "distance", "gradients", "width")),
)
STACKED = {f"{kind} {name}" for kind in ("table", "figure") for name in FIGURES_OF_STACKS}
"""What is read off the stacks."""
RATE = "control.recipe.learning_rate"
"""The param that the tests change: one run of three uses it."""
OF_CONTROL = {"table longer_training", "figure longer_training", "metrics", "claims", "notes"}
"""What depends on that run, as `Study.planned` names it."""

TEXT = """# Small notes {#small}

The control ends at {{ metrics["control"]["plain"]["8"]["train_error"] | percent }}; [](#fig:longer_training).
{{ verdict("degradation") }}

The residual network ends at {{ metrics["residual"]["residual"]["8"]["train_error"] | percent }}.

Circuits for up to {{ params.parity.inputs }} inputs are counted; [](#fig:parity_size).

A small step goes less than {{ params.claims.no_effect }} of the way{% if confirmed("chain_no_effect") %}, always{% endif %}.

{{ judged("parity_dnf", "chain_no_effect") }}

No number stands here.

{{ figure("longer_training", "Longer training, %s steps." % params.control.recipe.steps) }}

{{ figure("parity_size", "Gates for up to %s inputs." % params.parity.inputs) }}

{{ figure("linear_chain", "Chains.") }}

{{ claims_table() }}

{{ origins() }}
"""
"""The text of the notes of the tiny study."""


def params(images: Path) -> dict:
    """A study of three networks of depth 8, three stacks of small ones, a few steps each, and small tables."""
    return {
        "device": "cpu",
        "numerics": "portable",
        "threads": 1,
        "datasets": {
            "squares": {"validation": 20, "folder": {"path": str(images), "size": 8, "grey": True}},
        },
        "recipe": {
            "dataset": "squares",
            "pool": 1,
            "pad": 0,
            "stem_stride": 2,
            "batch": 16,
            "steps": 10,
            "learning_rate": 0.03,
            "warmup": {"kind": "linear", "steps": 2},
            "decay": {"kind": "cosine"},
            "momentum": 0.9,
            "weight_decay": 0.0001,
            "evaluate_every": 10,
            "monitor": 200,
            "train_subset": 200,
        },
        "degradation": {"architectures": ["plain"], "depths": [8], "seeds": [0]},
        "residual": {"architectures": ["residual"], "depths": [8], "seeds": [0]},
        "control": {
            "architectures": ["plain"],
            "depths": [8],
            "seeds": [0],
            "recipe": {"steps": 20, "learning_rate": 0.03},
        },
        "claims": yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))["claims"]
        | {"shallow": 8, "deep": 14},
    } | yaml.safe_load((PROJECT / "tests" / "small.yaml").read_text(encoding="utf-8"))


def draw_images(folder: Path) -> None:
    """Write 300 training and 200 test images of 8 x 8 pixels in two classes that overlap."""
    source = random.Random(0)
    for split, count in (("train", 150), ("test", 100)):
        for name, least in (("dark", 0), ("light", 12)):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = bytes(source.randrange(least, least + 200) for _ in range(64))
                Image.frombytes("L", (8, 8), pixels).save(folder / split / name / f"{number:03}.png")


@dataclass(frozen=True)
class Study:
    """A copy of the project, and the commands that run in it."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """The copy's own code first, the environment's programs, and nothing of the user's settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "RESNET_NOTES_"))}
        who = {
            f"GIT_{role}_{what}": "tester@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        return (
            kept
            | who
            | {
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": "src",
                "PYTHONDONTWRITEBYTECODE": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "DVC_NO_ANALYTICS": "1",
                "COLUMNS": "200",
            }
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, fails: bool = False) -> str:
        """Return what a command prints on both streams; it must succeed, or must fail."""
        process = self.start(*command)
        output, _ = process.communicate(timeout=900)
        assert (process.returncode != 0) == fails, f"{' '.join(command)} gave {process.returncode}:\n{output}"
        return output

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        return self.run("snakemake", *arguments, fails=fails)

    def dvc(self, *arguments: str, fails: bool = False) -> str:
        return self.run("dvc", *arguments, fails=fails)

    def notes(self, *arguments: str, fails: bool = False) -> str:
        return self.run("python", "-m", "resnet_notes", *arguments, fails=fails)

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments)

    def commit(self, message: str) -> None:
        """Commit everything that git does not ignore."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def planned(self) -> set[str]:
        """The jobs that `snakemake -n` would run, as "train <cell>", "table <name>", "figure <name>", "metrics", ..."""
        said = {
            "Train": "train",
            "Examine": "examine",
            "Fetch and check the data set": "fetch",
            "Read table": "table",
            "Compute the table": "theory",
            "Draw the figure": "figure",
            "Read": "",
            "Set the": "",
        }
        pattern = re.compile(rf"^Job \d+: ({'|'.join(said)}) ([\w-]+)", re.MULTILINE)
        return {f"{said[verb]} {name}".strip() for verb, name in pattern.findall(self.snakemake("-n"))}

    def has_nothing_to_do(self) -> bool:
        """Whether both tools find everything made, and every file belongs to the params and the code."""
        self.notes("verify", "--complete")
        made = "Nothing to be done" in self.snakemake("-n")
        return made and "up to date" in self.dvc("status")

    def set(self, name: str, value: Any) -> None:
        """Write a value into params.yaml."""
        content = yaml.safe_load(self.read("params.yaml"))
        section = content
        *above, last = name.split(".")
        for key in above:
            section = section[key]
        section[last] = value
        self.write("params.yaml", yaml.safe_dump(content, sort_keys=False))

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, added: str) -> None:
        """Add lines at the end of a file."""
        self.write(path, self.read(path) + added)

    def train_error(self) -> float:
        """The control's mean training error as the metrics state it."""
        return json.loads(self.read("results/metrics.json"))["control"]["plain"]["8"]["train_error"]["mean"]

    def files(self, *places: str) -> dict[str, bytes]:
        """The bytes of every file below some folders."""
        paths = [path for place in places for path in sorted((self.folder / place).rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}

    def stamps(self, place: str = "results/runs") -> dict[str, int]:
        """The inode of every file below a folder: files are replaced, so what is made anew has another."""
        paths = [path for path in sorted((self.folder / place).rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.folder)): path.stat().st_ino for path in paths}

    def copy(self, to: Path) -> "Study":
        """Copy the folder with all that is ignored, too."""
        shutil.copytree(self.folder, to, symlinks=True)
        return Study(to)

    def clone(self, to: Path) -> "Study":
        """Clone what is committed."""
        self.run("git", "clone", "--quiet", str(self.folder), str(to))
        return Study(to)


def wait_for(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Poll until ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"no {what} in {seconds} s"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of a test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Let one of several workers make a folder's content, and the others wait for it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_suffix(".done")
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def images(shared: Path) -> Path:
    """The data set as a user's folder of images."""
    return once(shared / "images", draw_images)


@pytest.fixture
def project(images: Path, tmp_path: Path) -> Study:
    """The project as a fresh clone has it, with the tiny study's params and nothing made."""
    return new_project(tmp_path / "project", images, tmp_path / "remote")


def new_project(folder: Path, images: Path, remote: Path) -> Study:
    """Lay out the project under git and DVC, and commit."""
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(PROJECT / part, folder / part, ignore=ignored)
        else:
            shutil.copyfile(PROJECT / part, folder / part)
    study = Study(folder)
    study.write("params.yaml", yaml.safe_dump(params(images), sort_keys=False))
    study.write("notes/small.md", TEXT)
    study.git("init", "--quiet", "--initial-branch", "main")
    study.dvc("remote", "add", "--quiet", "--default", "store", str(remote))
    study.commit("The project")
    return study


@pytest.fixture(scope="session")
def recorded(shared: Path, images: Path) -> Study:
    """The study built by plain `snakemake`, recorded, committed and pushed; `build.txt` beside it is the output."""

    def make(folder: Path) -> None:
        study = new_project(folder, images, shared / "remote")
        (shared / "build.txt").write_text(study.snakemake(), encoding="utf-8")
        study.notes("record")
        study.commit("Results")
        study.dvc("push", "--quiet")

    return Study(once(shared / "recorded", make))


@pytest.fixture(scope="session")
def changed(shared: Path, recorded: Study) -> Study:
    """The same study with a commit on top: another learning rate of the control, built and recorded."""

    def make(folder: Path) -> None:
        study = recorded.copy(folder)
        study.set(RATE, 0.3)
        study.notes("record")
        study.commit("Another learning rate")
        study.dvc("push", "--quiet")

    return Study(once(shared / "changed", make))


@pytest.fixture
def study(recorded: Study, tmp_path: Path) -> Study:
    """A copy of the recorded study."""
    return recorded.copy(tmp_path / "study")


@pytest.fixture
def mounted() -> Iterator[Callable[..., None]]:
    """Mounts a file system for one test; the test is skipped where that is not allowed."""
    places: list[Path] = []

    def mount(place: Path, *arguments: str) -> None:
        done = subprocess.run(["mount", *arguments, str(place)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        if place not in places:
            places.append(place)

    yield mount
    for place in places:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
