"""What a training costs against depth, the number of runs and the size of the data set: it should be a line.

    python benchmarks/scaling.py [--rounds 5]

Native numerics, one thread, residual networks at the size of the study. Milliseconds of a step at depths 8 to 110,
seconds of a job of one to four short runs, and of loading and standardising a growing data set; the line is fitted by
least squares, and its R squared says how straight the cost is.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from resnet_notes.training.numerics import set_environment

ROOT = Path(__file__).parent.parent
DEPTHS = (8, 20, 32, 44, 56, 80, 110)
RUNS = (1, 2, 3, 4)
IMAGES = (10_000, 20_000, 40_000, 60_000)
STEPS = 20


def main() -> None:
    """Print a table and a line for each of the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    set_environment("native", 1)
    tell("depth", "ms a step", DEPTHS, steps(given.rounds))
    tell("runs of a job", "s", RUNS, jobs(given.rounds))
    tell("images", "s to load", IMAGES, loads(given.rounds))


def tell(what: str, unit: str, sizes: tuple[int, ...], rounds: list[list[float]]) -> None:
    """Print medians with their range, and the line through the medians."""
    from scipy.stats import linregress

    columns = list(zip(*rounds, strict=True))
    medians = [statistics.median(column) for column in columns]
    for size, median, column in zip(sizes, medians, columns, strict=True):
        print(f"{what} {size:>6}: {median:.2f} ({min(column):.2f}-{max(column):.2f}) {unit}")
    line = linregress(sizes, medians)
    print(
        f"{what}: {line.intercept:.3g} + {line.slope:.3g} x {what} {unit}, R squared {line.rvalue**2:.4f}\n", flush=True
    )


def steps(rounds: int) -> list[list[float]]:
    """Milliseconds of a training step at each depth, a row per round."""
    import torch
    from torch.nn import functional as F

    from resnet_notes.models.convnet import ConvNet, he_initialise
    from resnet_notes.training.optimiser import SGD

    torch.set_num_threads(1)
    x = torch.rand(64, 1, 14, 14).contiguous(memory_format=torch.channels_last)
    y = torch.arange(64) % 10

    def prepared(depth: int):
        network = ConvNet(depth, True, 1, 10, 2).to(memory_format=torch.channels_last)
        he_initialise(network, torch.Generator().manual_seed(0))
        return network, SGD(network.parameters(), 0.9, 1e-4)

    def timed(network, optimiser) -> float:
        begun = time.perf_counter()
        for _ in range(STEPS):
            loss = F.cross_entropy(network(x), y)
            optimiser.step(torch.autograd.grad(loss, optimiser.parameters), 0.01)
        return 1000 * (time.perf_counter() - begun) / STEPS

    contestants = [prepared(depth) for depth in DEPTHS]
    for contestant in contestants:
        timed(*contestant)
    return [[timed(*contestant) for contestant in contestants] for _ in range(rounds)]


def jobs(rounds: int) -> list[list[float]]:
    """Seconds of a job of so many runs of ten steps, start-up included, a row per round."""
    with tempfile.TemporaryDirectory(prefix="scaling-") as name:
        folder = Path(name)
        for part in ("src", "params.yaml", "notes"):
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
            copy(ROOT / part, folder / part)
        (folder / "data").symlink_to(ROOT / "data")
        preset = yaml.safe_load((ROOT / "tests/bare.yaml").read_text(encoding="utf-8"))
        preset |= {"numerics": "native", "recipe": {"steps": 10, "evaluate_every": 10, "warmup": {"steps": 1}}}
        preset |= {"residual": {"depths": [8], "seeds": list(range(max(RUNS)))}}
        (folder / "presets").mkdir()
        (folder / "presets/short.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
        return [[job(folder, runs) for runs in RUNS] for _ in range(rounds)]


def job(folder: Path, runs: int) -> float:
    """Seconds of one job."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    names = [f"residual-residual-8-seed{seed}" for seed in range(runs)]
    command = [sys.executable, "-m", "resnet_notes", "train", *names, "--preset", "short"]
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={"PYTHONPATH": "src"})
    return time.perf_counter() - begun


def loads(rounds: int) -> list[list[float]]:
    """Seconds to load, pool and standardise so many images of 28x28 pixels, a row per round."""
    import torch
    from safetensors.torch import save_file

    from resnet_notes.data.tensors import load
    from resnet_notes.training.batches import Standardiser

    with tempfile.TemporaryDirectory(prefix="scaling-") as name:
        folders = [Path(name) / str(count) for count in IMAGES]
        for folder, count in zip(folders, IMAGES, strict=True):
            folder.mkdir()
            images = torch.randint(256, (count, 1, 28, 28), dtype=torch.uint8)
            stored = {"train_images": images, "train_labels": torch.arange(count) % 10}
            stored |= {"test_images": images[:100].clone(), "test_labels": torch.arange(100) % 10}
            save_file(stored, folder / "images.safetensors")

        def timed(folder: Path) -> float:
            begun = time.perf_counter()
            Standardiser(load(folder, 5000, 2).train.images)
            return time.perf_counter() - begun

        return [[timed(folder) for folder in folders] for _ in range(rounds + 1)][1:]


if __name__ == "__main__":
    main()
