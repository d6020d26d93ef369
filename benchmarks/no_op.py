"""How long `snakemake`, `dvc status` and `dvc repro` take with 400 finished runs and nothing to do; 3 s are the aim.

    python benchmarks/no_op.py [--repeats 5]

Nothing is trained: in a temporary copy every product is filled with a few bytes and sealed as if a job had made it.
Then some jobs are forced to begin, and find their products finished: what is left is the pipeline's overhead a job.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from resnet_notes.cli import make_plan
from resnet_notes.provenance.product import finish

ROOT = Path(__file__).parent.parent
PARTS = (
    *(
        "Snakefile",
        "dvc.yaml",
        "params.yaml",
        "environment.yml",
        "pyproject.toml",
        "requirements.txt",
        ".dvcignore",
        ".gitignore",
    ),
    *("src", "workflow", "profiles", "presets", "notes", ".dvc/config", ".dvc/.gitignore"),
)
GRIDS = {
    "degradation": {"architectures": ["plain"], "depths": [8, 20, 32, 44, 56], "seeds": list(range(14))},
    "residual": {"architectures": ["residual"], "depths": [8, 20, 32, 44, 56], "seeds": list(range(14))},
    "control": {"architectures": ["plain", "residual"], "depths": [20], "seeds": list(range(5))},
}
FORCED = [
    f"train_{grid}_{depth}" for grid in ("degradation_plain", "residual_residual") for depth in (8, 20, 32, 44, 56)
]
"""Rules whose jobs are begun although they have nothing to do."""
LIMIT = 3.0
COMMANDS = {
    "snakemake": "Nothing to be done",
    "snakemake -n": "Nothing to be done",
    "dvc status": "up to date",
    "dvc repro": "up to date",
}
"""Each command and what it says when there is nothing to do."""


def main() -> None:
    """Print the median time of each command; exit with 1 where one is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory(prefix="no-op-") as folder:
        os.chdir(folder)
        lay_out()
        call("git init --quiet")
        call("dvc commit --force --quiet")
        medians = {command: median(command, repeats) for command in COMMANDS}
        spent = forced()
        os.chdir(ROOT)
    for command, seconds in medians.items():
        print(f"{command:13} {seconds:.2f} s")
    cores = len(os.sched_getaffinity(0))
    print(f"overhead of a job: {spent * cores / len(FORCED):.2f} s of a core, its start included")
    sys.exit(any(seconds > LIMIT for seconds in medians.values()))


def lay_out() -> None:
    """Copy the project into the current folder and fill every product of the study, with more seeds of its networks."""
    for part in PARTS:
        Path(part).parent.mkdir(exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / part, part)
    study = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    for experiment, grid in GRIDS.items():
        study[experiment] |= grid
    Path("params.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    plan = make_plan(None, None)
    print(f"{len(plan.runs)} runs, {len(plan.products)} products")
    for product in plan.products.values():
        product.folder.mkdir(parents=True, exist_ok=True)
        for name in product.files:
            content = "{}" if name.endswith(".json") else product.key
            (product.folder / name).write_text(content, encoding="utf-8")
        finish(product)


def median(command: str, repeats: int) -> float:
    """Return the median seconds of a command that must find nothing to do; a first call warms the caches."""
    times = []
    for _ in range(repeats + 1):
        begun = time.monotonic()
        output = call(command)
        times.append(time.monotonic() - begun)
        assert COMMANDS[command] in output, f"{command} found something to do:\n{output}"
    return statistics.median(times[1:])


def forced() -> float:
    """Return the seconds that Snakemake takes for the jobs `FORCED` beyond having nothing to do."""
    begun = time.monotonic()
    call("snakemake")
    nothing = time.monotonic() - begun
    begun = time.monotonic()
    call(f"snakemake --force {' '.join(FORCED)}")
    return time.monotonic() - begun - nothing


def call(command: str) -> str:
    """Run a command with this environment's programs and the copy's code; return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command.split(), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
