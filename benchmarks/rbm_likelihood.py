"""Likelihood of RBMs with 20 hidden units on all of MNIST beside published ones: CD-1 and PCD-1, five seeds.

    python benchmarks/rbm_likelihood.py          # minutes on one core; --seeds and --epochs make it shorter

60,000 training images with pixels drawn once to be 0 or 1; log Z is exact; the likelihood is that of all 10,000 test
images. Burda, Grosse and Salakhutdinov 2015, Table 1: -164.50 nats for CD-1, -150.11 for PCD. The rates are those of
`params.yaml`, chosen there on validation images; nothing is chosen here. Finished seeds are kept in a CSV file, from
which an interrupted run goes on.
"""

import argparse
import csv
import statistics
import time
from pathlib import Path

from resnet_notes.training.numerics import set_environment

DATA = Path("data/mnist")
PUBLISHED = {"CD": -164.50, "PCD": -150.11}
RATES = {"CD": (0.05, False), "PCD": (0.01, True)}
"""Learning rate, and whether it falls linearly to zero."""

HIDDEN, BATCH = 20, 100
COLUMNS = ("method", "seed", "epochs", "test_log_likelihood", "seconds")


def main() -> None:
    """Train what the file lacks, then say what it holds."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--numerics", choices=["native", "portable"], default="portable")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--epochs", type=int, default=50)
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/rbm_likelihood.csv"))
    given = arguments.parse_args()
    set_environment(given.numerics, 1)
    rows = read(given.out)
    for seed in range(given.seeds):
        for method in PUBLISHED:
            if not any((row["method"], row["seed"], row["epochs"]) == (method, seed, given.epochs) for row in rows):
                rows.append(train(method, seed, given.epochs))
                write(given.out, rows)
                print("  ".join(f"{name} {rows[-1][name]}" for name in COLUMNS), flush=True)
    tell([row for row in rows if row["epochs"] == given.epochs and row["seed"] < given.seeds])


def train(method: str, seed: int, epochs: int) -> dict:
    """Return a row of the file."""
    import math

    import torch

    from resnet_notes.models.log_partition import exact_log_likelihood
    from resnet_notes.training.rbm import BernoulliRBM

    torch.set_num_threads(1)
    x, test = binarised("train"), binarised("test")
    begun = time.perf_counter()
    rate, decay = RATES[method]
    trained = BernoulliRBM(
        HIDDEN, seed, method=method, epochs=epochs, batch=BATCH, chains=BATCH, learning_rate=rate, decay=decay,
        sampled_visible=True,
    ).fit(x)  # fmt: skip
    likelihood = math.fsum(exact_log_likelihood(trained.rbm, test)) / len(test)
    spent = round(time.perf_counter() - begun, 1)
    return dict(zip(COLUMNS, (method, seed, epochs, round(likelihood, 3), spent), strict=True))


def binarised(part: str):
    """Return the images of a part, float32 [N, 784] of 0 and 1, the same for all seeds."""
    import torch
    from safetensors import safe_open

    from resnet_notes.training.seeds import stream

    with safe_open(DATA / "images.safetensors", framework="pt") as stored:
        grey = stored.get_tensor(f"{part}_images").flatten(1).float() / 255
    return (torch.rand(grey.shape, generator=stream(0, "binarised", part)) < grey).float()


def tell(rows: list[dict]) -> None:
    """Print means with 95 % intervals, and the paired difference."""
    import pandas as pd

    from resnet_notes.analysis.statistics import paired_difference, t_interval

    table = pd.DataFrame(rows)
    by_seed = {str(method): own.set_index("seed")["test_log_likelihood"] for method, own in table.groupby("method")}
    for method, values in by_seed.items():
        mean, low, high, n = t_interval(values)
        median = statistics.median(table.loc[table["method"] == method, "seconds"])
        print(f"{method}-1: {mean:.2f} nats ({low:.2f} to {high:.2f}, {n} seeds), published {PUBLISHED[method]:.2f}; "
              f"{median:.0f} s a seed")  # fmt: skip
    mean, low, high, n = t_interval(paired_difference(by_seed["PCD"], by_seed["CD"]))
    print(f"PCD-1 less CD-1: {mean:+.2f} nats ({low:+.2f} to {high:+.2f}, {n} seeds)")


def read(path: Path) -> list[dict]:
    """Return the rows of the file, none when it is not there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {"method": row["method"], "seed": int(row["seed"]), "epochs": int(row["epochs"]),
             "test_log_likelihood": float(row["test_log_likelihood"]), "seconds": float(row["seconds"])}
            for row in csv.DictReader(file)
        ]  # fmt: skip


def write(path: Path, rows: list[dict]) -> None:
    """Write the rows, in one step."""
    from resnet_notes.replacing import replacing

    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
