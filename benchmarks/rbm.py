"""Speed of contrastive divergence against scikit-learn's BernoulliRBM and against its bare matrix products.

    python benchmarks/rbm.py            # native numerics, one thread; portable: --numerics portable

An RBM of 784 visible and 500 hidden units, float32, mini-batches of 100, 60,000 MNIST images (as many random ones where
`data/mnist` is not there). Rounds are interleaved, an epoch each; medians and the range of the ratios within a round.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from resnet_notes.training.numerics import set_environment

DATA = Path("data/mnist")
HIDDEN, BATCH, COUNT = 500, 100, 60_000


def main() -> None:
    """Time an epoch of each, round by round."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--numerics", choices=["native", "portable"], default="native")
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    set_environment(given.numerics, 1)
    epochs = contestants()
    rounds = []
    for _ in range(given.rounds):
        rounds.append({name: seconds(epoch) for name, epoch in epochs.items()})
        print("  ".join(f"{name} {spent:.2f} s" for name, spent in rounds[-1].items()), flush=True)
    for name in epochs:
        print(f"{name}: median {statistics.median(row[name] for row in rounds):.2f} s an epoch")
    for ours in ("CD-1", "PCD-1"):
        tell(f"scikit-learn over {ours}", [row["scikit-learn"] / row[ours] for row in rounds])
        tell(f"{ours} over the products", [row[ours] / row["products"] for row in rounds])


def contestants() -> dict[str, Callable[[], object]]:
    """Return what trains for an epoch, by name."""
    import torch
    from sklearn.neural_network import BernoulliRBM as Theirs

    from resnet_notes.models.products import product_into
    from resnet_notes.training.rbm import BernoulliRBM

    torch.set_num_threads(1)
    x = images()

    def ours(method: str) -> Callable[[], object]:
        return lambda: BernoulliRBM(HIDDEN, method=method, epochs=1, batch=BATCH, sampled_visible=True).fit(x)

    def theirs() -> object:
        return Theirs(HIDDEN, learning_rate=0.05, batch_size=BATCH, n_iter=1, random_state=0).fit(x.numpy())

    weights = torch.zeros(x.shape[1], HIDDEN)
    v, h = torch.rand(2 * BATCH, x.shape[1]), torch.rand(2 * BATCH, HIDDEN)
    gradient, seen, hidden = torch.empty_like(weights), torch.empty_like(v[:BATCH]), torch.empty_like(h[:BATCH])

    def products() -> None:
        for _ in range(COUNT // BATCH):
            product_into(v[:BATCH], weights, hidden)
            product_into(h[:BATCH], weights.T, seen)
            product_into(v[BATCH:], weights, hidden)
            product_into(v.T, h, gradient)

    return {"products": products, "CD-1": ours("CD"), "PCD-1": ours("PCD"), "scikit-learn": theirs}


def images():
    """Return 60,000 images, float32 [60000, 784]."""
    import torch
    from safetensors import safe_open

    if not (DATA / "images.safetensors").exists():
        print("data/mnist is not there: random images of its shape")
        return torch.rand(COUNT, 784, generator=torch.Generator().manual_seed(0))
    with safe_open(DATA / "images.safetensors", framework="pt") as stored:
        return stored.get_tensor("train_images").flatten(1).float() / 255


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def tell(what: str, ratios: list[float]) -> None:
    """Print a ratio's median and range."""
    print(f"{what}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
