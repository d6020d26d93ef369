"""Time of a training step and of an epoch, and of the loop against three peers in the same run.

Peers: a bare PyTorch loop (torch.optim.SGD, backward) over the same network and tensors; the same bare loop fed by a
DataLoader of PIL images; and the usual script, usual.py, with the two workers of its DataLoader and a thread for every
core. The others have one thread. Blocks of steps are interleaved; medians with quartiles.

    python benchmarks/step_time.py [--numerics portable] [--depths 8 20 56] [--blocks 15]
"""

import argparse
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from resnet_notes.training.numerics import set_environment

STEPS = {8: 40, 20: 20, 32: 12, 44: 10, 56: 8, 110: 4}
PEERS = ("bare loop", "PIL DataLoader", "usual script")
RECIPE = {"batch": 64, "pad": 0, "seed": 0, "stem_stride": 2, "momentum": 0.9, "weight_decay": 1e-4}


def main() -> None:
    """Print a row per network: milliseconds a step, and the ratios to the peers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numerics", default="native", choices=["native", "portable"])
    parser.add_argument("--depths", type=int, nargs="+", default=[8, 20, 32, 44, 56, 110])
    parser.add_argument("--blocks", type=int, default=15)
    parser.add_argument("--data", type=Path, default=Path("data/fashion-mnist"))
    options = parser.parse_args()
    set_environment(options.numerics, 1)
    import torch

    torch.set_num_threads(1)
    print(f"{options.numerics} numerics, {options.blocks} interleaved blocks; ratios are the peer's time over ours")
    print(f"{'network':14} {'ours, ms a step':>24} {'s an epoch':>10}" + "".join(f" {peer:>20}" for peer in PEERS))
    for depth, residual in itertools.product(options.depths, (False, True)):
        row(depth, residual, options)
        sys.stdout.flush()


def row(depth: int, residual: bool, options: argparse.Namespace) -> None:
    """Time one network."""
    from resnet_notes.data.tensors import load

    splits = load(options.data, 5000, 2)
    steps = STEPS.get(depth, 10)
    contenders = [
        ours(splits, depth, residual),
        bare(splits, depth, residual),
        pil(options.data, depth, residual),
        usual_script(options.data, depth, residual),
    ]
    for contender in contenders:
        contender(3)
    times: list[list[float]] = [[] for _ in contenders]
    for _ in range(options.blocks):
        for taken, contender in zip(times, contenders, strict=True):
            begun = time.perf_counter()
            contender(steps)
            taken.append(1000 * (time.perf_counter() - begun) / steps)
    ratios = [[peer / own for peer, own in zip(taken, times[0], strict=True)] for taken in times[1:]]
    name = f"{'residual' if residual else 'plain'}-{depth}"
    epoch = statistics.median(times[0]) / 1000 * (len(splits.train) // RECIPE["batch"])
    print(f"{name:14} {spread(times[0]):>24} {epoch:>10.1f}" + "".join(f" {spread(ratio):>20}" for ratio in ratios))


def spread(values: list[float]) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def network_of(splits, depth: int, residual: bool):
    """Return the project's network, laid out as the project trains it."""
    import torch

    from resnet_notes.training.run import build_network

    settings = RECIPE | {"depth": depth, "architecture": "residual" if residual else "plain"}
    return build_network(settings, splits).to(memory_format=torch.channels_last)


def ours(splits, depth: int, residual: bool) -> Callable[[int], None]:
    """The project's loop and batches."""
    import torch

    from resnet_notes.training.batches import Standardiser
    from resnet_notes.training.loop import Progress, fit
    from resnet_notes.training.optimiser import SGD
    from resnet_notes.training.run import make_batches

    network = network_of(splits, depth, residual)
    optimiser = SGD(network.parameters(), RECIPE["momentum"], RECIPE["weight_decay"])
    batches = make_batches(RECIPE, splits, Standardiser(splits.train.images), torch.device("cpu"))
    stream = batches.from_step(0)

    def nothing(*_: object) -> dict:
        return {}

    def run(steps: int) -> None:
        taken = itertools.islice(stream, steps)
        fit(network, optimiser, taken, lambda _: 0.03, steps, steps, nothing, Progress(), nothing, nothing)

    return run


def bare(splits, depth: int, residual: bool) -> Callable[[int], None]:
    """A loop as tutorials write it, over tensors in memory that are standardised once."""
    import torch

    from resnet_notes.training.batches import Standardiser

    images = Standardiser(splits.train.images)(splits.train.images)
    labels = splits.train.labels

    def batches():
        while True:
            for chosen in torch.randperm(len(labels)).split(RECIPE["batch"]):
                if len(chosen) == RECIPE["batch"]:
                    yield images[chosen].contiguous(memory_format=torch.channels_last), labels[chosen]

    return bare_loop(network_of(splits, depth, residual), batches())


def pil(data: Path, depth: int, residual: bool) -> Callable[[int], None]:
    """The same loop, fed by a DataLoader that makes every image anew with PIL, in the usual way."""
    import torch
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    from resnet_notes.data.tensors import load

    splits = load(data, 5000, 1)
    pixels, labels = splits.train.images[:, 0], splits.train.labels
    transform = transforms.Compose([transforms.Resize(14), transforms.ToTensor(), transforms.Normalize(0.286, 0.353)])

    class Images(Dataset):
        def __len__(self) -> int:
            return len(labels)

        def __getitem__(self, index: int):
            # as torchvision.datasets.FashionMNIST does
            image, target = pixels[index], int(labels[index])
            return transform(Image.fromarray(image.numpy(), mode="L")), target

    loader = DataLoader(Images(), batch_size=RECIPE["batch"], shuffle=True, drop_last=True)
    endless = itertools.chain.from_iterable(itertools.repeat(loader))
    laid_out = ((x.contiguous(memory_format=torch.channels_last), y) for x, y in endless)
    return bare_loop(network_of(splits, depth, residual), laid_out)


def usual_script(data: Path, depth: int, residual: bool) -> Callable[[int], None]:
    """The training script that a reader would otherwise write, with torch's default number of threads."""
    import torch
    import usual

    stream = usual.losses(usual.network(depth, residual), usual.images_of(data, 5000), planned=10_000)

    def run(steps: int) -> None:
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        for _ in itertools.islice(stream, steps):
            pass
        torch.set_num_threads(1)

    return run


def bare_loop(network, batches) -> Callable[[int], None]:
    """The loop of the PyTorch tutorials."""
    import torch
    from torch import nn

    optimiser = torch.optim.SGD(network.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)
    criterion = nn.CrossEntropyLoss()
    network.train()

    def run(steps: int) -> None:
        for x, y in itertools.islice(batches, steps):
            optimiser.zero_grad()
            loss = criterion(network(x), y)
            loss.backward()
            optimiser.step()

    return run


if __name__ == "__main__":
    main()
