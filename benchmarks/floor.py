"""How near the jobs of the last build came to the floor: their multiply-adds at the rate of a large matrix product.

    python benchmarks/floor.py [--jobs "train_techniques_*" "examine_*"] [--processes 2]

One run of each job is made again in a temporary folder, its operations counted, and the count taken for each run of
the job; this takes longer than those runs did, since counting slows small operations. Products and convolutions count,
forwards and backwards; what else a job does, from batch normalisation to reading the data, does not, so that no
implementation reaches the floor. The seconds are those of the last build on this machine, whatever else it did then:
for a number worth quoting, build alone.
"""

import argparse
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatch
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from profile_step import rate

from resnet_notes.cli import make_plan
from resnet_notes.progress.costs import seconds_of_last_time
from resnet_notes.training.numerics import set_environment

ROOT = Path(__file__).parent.parent
LOGS = ROOT / "logs" / "train"


def main() -> None:
    """Print, for every experiment, its operations, its floor and the seconds that it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--jobs", default=["*"], nargs="+", metavar="RULE", help="rules as `snakemake --list-rules` has them; * is any"
    )
    parser.add_argument("--processes", type=int, default=2, help="runs that are counted at a time")
    given = parser.parse_args()
    os.chdir(ROOT)
    set_environment("native", 1)  # products go through torch then, where they can be counted
    plan = make_plan(None, None)
    jobs = [
        (runs, spent)
        for cell, runs in plan.cells().items()
        if any(fnmatch(plan.rule_of(plan["run", runs[0].name]), rule) for rule in given.jobs)
        if (spent := seconds_of_last_time(LOGS / f"{cell}.tsv")) is not None
    ]
    if not jobs:
        parser.error(f"--jobs {' '.join(given.jobs)}: no such job was built on this machine; run `snakemake` first")
    with ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        counts = pool.map(operations, [runs[0].name for runs, _ in jobs])
    rows = [
        {"experiment": runs[0].experiment, "jobs": 1, "operations": count * len(runs), "seconds": spent}
        for (runs, spent), count in zip(jobs, counts, strict=True)
    ]
    show(rows, rate())


def operations(name: str) -> int:
    """Make a run in a temporary folder; return its multiplications and additions in products and convolutions."""
    from torch.utils.flop_counter import FlopCounterMode

    plan = make_plan(None, None)
    run = plan.run(name)
    job, data = import_module(f"resnet_notes.{run.job}"), plan.data_of(run)
    start = [upstream.folder for upstream in plan.start_of(run)]
    work = job.examine if plan["run", name].phase == "inside" else job.train_run
    with tempfile.TemporaryDirectory() as folder, FlopCounterMode(display=False) as counter:
        work(run.settings, data and data.folder, Path(folder), lambda progress: None, *[start] * bool(start))
    print(f"{name}: {counter.get_total_flops() / 1e9:.0f} GFLOP", flush=True)
    return counter.get_total_flops()


def show(rows: list[dict], peak: float) -> None:
    """Print what the jobs of each experiment come to, and all.

    Args:
        rows: one a job: its experiment, operations and seconds.
        peak: operations a second of one core.
    """
    import pandas as pd

    table = pd.DataFrame(rows).groupby("experiment", sort=False).sum()
    print(f"peak {peak / 1e9:.0f} GFLOP/s a core; a job has one")
    print(f"{'experiment':20s} {'jobs':>5s} {'TFLOP':>8s} {'floor, s':>9s} {'took, s':>8s} {'floor / took':>13s}")
    table.loc["all"] = table.sum()
    for name, row in table.iterrows():
        floor = row["operations"] / peak
        print(
            f"{name:20s} {row['jobs']:5.0f} {row['operations'] / 1e12:8.2f} {floor:9.0f} {row['seconds']:8.0f}"
            f" {100 * floor / row['seconds']:11.0f} %"
        )


if __name__ == "__main__":
    main()
