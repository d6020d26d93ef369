"""The grid of plain and residual networks, built by Snakemake, against the usual script training it one after another.

    python benchmarks/grid.py [--seeds 3] [--depths 8 20 32 44 56]

Native numerics, the recipe of params.yaml. For each seed the project builds the grid in a temporary copy of the tree,
start-up and evaluation included; then `benchmarks/usual.py` trains the same networks with torch's default threads and
evaluates each once. Nothing else should run on the machine. Times and ratios are a row per seed.
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

ROOT = Path(__file__).parent.parent
PARTS = ("Snakefile", "params.yaml", "environment.yml", "pyproject.toml", "src", "workflow", "profiles", "notes")


def main() -> None:
    """Print a row per seed, and the median ratio with its range."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--depths", type=int, nargs="+", default=[8, 20, 32, 44, 56])
    given = parser.parse_args()
    ratios = []
    for seed in range(given.seeds):
        own, usual = ours(seed, given.depths), theirs(given.depths)
        ratios.append(usual / own)
        print(f"seed {seed}: ours {own:.0f} s, the usual script {usual:.0f} s, ratio {ratios[-1]:.2f}", flush=True)
    print(f"usual / ours: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def ours(seed: int, depths: list[int]) -> float:
    """Return the seconds that Snakemake takes for the grid of one seed."""
    with tempfile.TemporaryDirectory(prefix="grid-") as folder:
        lay_out(Path(folder), seed, depths)
        rules = [
            f"train_{experiment}_{depth}"
            for experiment in ("degradation_plain", "residual_residual")
            for depth in depths
        ]
        return seconds([sys.executable, "-m", "snakemake", "--config", "preset=grid", "--", *rules], Path(folder))


def lay_out(folder: Path, seed: int, depths: list[int]) -> None:
    """Copy the tree without its results; a preset asks for the grid of one seed, in native numerics."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / part, folder / part)
    shutil.copytree(ROOT / "data", folder / "data", copy_function=os.link)
    # everything but the two grids is left out
    preset = yaml.safe_load((ROOT / "tests/bare.yaml").read_text(encoding="utf-8")) | {"numerics": "native"}
    preset |= {experiment: {"depths": depths, "seeds": [seed]} for experiment in ("degradation", "residual")}
    (folder / "presets").mkdir()
    (folder / "presets/grid.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")


def theirs(depths: list[int]) -> float:
    """Return the seconds that the usual script takes for the same networks, each started as its user would."""
    script, data = ROOT / "benchmarks/usual.py", ROOT / "data/fashion-mnist"
    commands = [
        [sys.executable, str(script), f"--depth={depth}", f"--data={data}", *kind]
        for kind in ([], ["--residual"])
        for depth in depths
    ]
    return sum(seconds(command, ROOT) for command in commands)


def seconds(command: list[str], folder: Path) -> float:
    """Return how long a command takes; what it prints is shown only if it fails."""
    own = {"PYTHONPATH": str(folder / "src")}
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=free | own, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"{' '.join(command)} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return spent


if __name__ == "__main__":
    main()
