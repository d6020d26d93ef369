"""Every benchmark of this machine, one after another, into the table that is committed: results.md.

    python benchmarks/everything.py [--only rbm.py grid.py] [--output benchmarks/results.md]

Takes an hour on two cores, and wants the machine for itself. With `--only`, the sections of the others stay as they
were. The study's two data sets must lie in `data/`.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "step_time.py --blocks 7": "A training step and an epoch against three peers",
    "grid.py --seeds 3": "The grid of plain and residual networks against the usual script",
    "rbm.py": "Restricted Boltzmann machines against scikit-learn and the bare products",
    "rbm_likelihood.py": "Exact likelihoods after 50 epochs on all of MNIST beside published ones",
    "input.py": "The input alone, in samples a second",
    "scaling.py": "Cost against depth, runs and size of the data: is it a line?",
    "profile_step.py": "Where the time of a step goes, and how far from the floor, native",
    "profile_step.py --numerics portable": "The same, portable",
    "no_op.py": "A build with nothing to do, and the overhead of a job",
}
"""Command lines and what they tell."""
HEAD = (
    "# Speed\n\nWritten by `python benchmarks/everything.py`. Medians with their spread; ratios are of the same run.\n"
)


def main() -> None:
    """Run the benchmarks and write the table after each, so that none is lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="SCRIPT", help="scripts to run")
    parser.add_argument("--output", type=Path, default=HERE / "results.md")
    given = parser.parse_args()
    scripts = {command.split()[0] for command in BENCHMARKS}
    if given.only and set(given.only) - scripts:
        parser.error(f"{' '.join(sorted(set(given.only) - scripts))}: choose from {' '.join(sorted(scripts))}")
    sections = sections_of(given.output)
    failed = []
    for command, title in BENCHMARKS.items():
        if given.only and command.split()[0] not in given.only:
            continue
        print(f"\n{command}", flush=True)
        begun = time.monotonic()
        output, code = run(command)
        failed += [command] * bool(code)
        about = f"`python benchmarks/{command}`, {time.monotonic() - begun:.0f} s, {date.today()}, {machine()}"
        sections[title] = f"{about}\n\n```text\n{output.strip()}\n```\n"
        kept = "".join(f"\n## {name}\n\n{sections[name]}" for name in BENCHMARKS.values() if name in sections)
        given.output.write_text(HEAD + kept, encoding="utf-8")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def sections_of(path: Path) -> dict[str, str]:
    """Return the sections of an earlier table by their titles."""
    if not path.exists():
        return {}
    _, *parts = re.split(r"^## (.*)\n\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text.rstrip() + "\n" for title, text in zip(parts[::2], parts[1::2], strict=True)}


def run(command: str) -> tuple[str, int]:
    """Run a benchmark; return what it prints, which is shown as it comes, and its exit code."""
    script, *options = command.split()
    process = subprocess.Popen(
        [sys.executable, "-u", str(HERE / script), *options], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )
    assert process.stdout
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    return "".join(lines), process.wait()


def machine() -> str:
    """Describe this machine and the versions that decide its speed."""
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", described)
    flags = set((re.search(r"flags\s*: (.*)", described) or [""])[0].split())
    vectors = "AMX" if "amx_tile" in flags else "AVX-512" if "avx512f" in flags else "AVX2"
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "scikit-learn"))
    return (
        f"{cores} cores of {model[1] if model else platform.machine()} ({vectors}), {memory:.0f} GiB, "
        f"Python {platform.python_version()}, {libraries}"
    )


if __name__ == "__main__":
    main()
