"""A smoke build killed with `kill -9` again and again at random moments ends with the bits of an undisturbed one.

    python benchmarks/kill.py [--kills 20] [--seed 0]

Builds `preset=smoke` twice in copies of the working tree: once undisturbed, once killed. Every second time the whole
process group dies, the other times Snakemake alone, so that its jobs outlive it for a moment.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".snakemake", ".cache", "cache", "results", "logs", "__pycache__")


def main() -> None:
    """Compare an undisturbed build with one that is killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        calm, disturbed = Path(folder, "calm"), Path(folder, "disturbed")
        for tree in (calm, disturbed):
            shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        begun = time.monotonic()
        assert start(calm).wait() == 0, "the undisturbed build failed"
        length = time.monotonic() - begun
        print(f"undisturbed: {length:.0f} s", flush=True)
        kill = 0
        while kill < options.kills:
            delay = chance.uniform(2, length / 3)
            process = start(disturbed)
            try:
                process.wait(delay)
                print("the build had ended: begin again, so that every kill meets one at work", flush=True)
                shutil.rmtree(disturbed / "results")
                continue
            except subprocess.TimeoutExpired:
                kill += 1
                if kill % 2:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                process.wait()
            made = len(list((disturbed / "results").rglob("run.json")))
            print(f"kill {kill}: after {delay:.1f} s, {made} runs finished", flush=True)
        # jobs that outlived the last kill may still hold the build's files for a step
        assert any(start(disturbed).wait() == 0 for _ in range(3)), "the build fails after the last kill"
        differing = compare(hashes(calm), hashes(disturbed))
    print("same bits" if not differing else "DIFFERENT: " + ", ".join(differing))
    sys.exit(bool(differing))


def start(tree: Path) -> subprocess.Popen:
    """Begin a build in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "--config", "preset=smoke"]
    with (tree / "build.log").open("a") as log:
        return subprocess.Popen(command, cwd=tree, stdout=log, stderr=log, start_new_session=True)


def hashes(tree: Path) -> dict[str, str]:
    """SHA-256 of every result."""
    files = (path for path in sorted((tree / "results").rglob("*")) if path.is_file())
    return {str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def compare(a: dict[str, str], b: dict[str, str]) -> list[str]:
    """Names of files that differ, or that one side lacks."""
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


if __name__ == "__main__":
    main()
