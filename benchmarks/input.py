"""Samples a second of the input alone: a gather from one uint8 tensor against a DataLoader of PIL pictures.

    python benchmarks/input.py [--rounds 5]

Native numerics. Once images like the study's (28x28 grey, halved, no augmentation), and once like CIFAR-10's (32x32 in
three colours, padded by 4, cropped and flipped), both of random pixels. One thread on our side; the DataLoader has its
two workers. Rounds are interleaved; medians with their range.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator

from resnet_notes.training.numerics import set_environment

BATCH, COUNT = 128, 20_000
BATCHES = {"ours": 600, "DataLoader": 60}


def main() -> None:
    """Print a row for each kind of images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    set_environment("native", 1)
    print(f"{'images':10} {'ours, samples/s':>26} {'DataLoader, samples/s':>26} {'ratio':>22}")
    for kind, channels, side, pad in (("grey 28", 1, 28, 0), ("colour 32", 3, 32, 4)):
        contestants = {"ours": ours(channels, side, pad), "DataLoader": usual(channels, side, pad)}
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for batches in contestants.values():
            next(batches)
        for _ in range(given.rounds):
            for name, batches in contestants.items():
                rates[name].append(BATCHES[name] * BATCH / seconds(lambda: take(batches, BATCHES[name])))  # noqa: B023
        ratios = [own / other for own, other in zip(*rates.values(), strict=True)]
        print(f"{kind:10} {spread(rates['ours'], 0):>26} {spread(rates['DataLoader'], 0):>26} {spread(ratios, 1):>22}")


def pixels(channels: int, side: int):
    """Return random images, uint8 [COUNT, channels, side, side], and labels."""
    import torch

    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (COUNT, channels, side, side), generator=generator, dtype=torch.uint8)
    return images, torch.arange(COUNT) % 10


def ours(channels: int, side: int, pad: int) -> Iterator:
    """The project's mini-batches."""
    import torch

    from resnet_notes.data.tensors import average_pool
    from resnet_notes.training.batches import Batches, Standardiser

    torch.set_num_threads(1)
    images, labels = pixels(channels, side)
    images = images if pad else average_pool(images, 2)
    return Batches(images, labels, Standardiser(images), BATCH, pad, 0, torch.device("cpu")).from_step(0)


def usual(channels: int, side: int, pad: int) -> Iterator:
    """Mini-batches in the usual way."""
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    images, labels = pixels(channels, side)
    mean = [0.5] * channels
    augment = [transforms.RandomCrop(side, pad), transforms.RandomHorizontalFlip()] if pad else [transforms.Resize(14)]
    transform = transforms.Compose([*augment, transforms.ToTensor(), transforms.Normalize(mean, mean)])
    pictures = images.permute(0, 2, 3, 1).squeeze(-1).numpy()

    class Pictures(Dataset):
        def __len__(self) -> int:
            return COUNT

        def __getitem__(self, index: int):
            return transform(Image.fromarray(pictures[index])), labels[index]

    loader = DataLoader(Pictures(), BATCH, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True)
    return itertools.chain.from_iterable(itertools.repeat(loader))


def take(batches: Iterator, count: int) -> None:
    """Draw some mini-batches."""
    for _ in itertools.islice(batches, count):
        pass


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(values: list[float], digits: int) -> str:
    """Median and range."""
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


if __name__ == "__main__":
    main()
