"""The ten networks of He et al. 2015 at the paper's size, on a GPU, against the usual script and against the floor.

    python benchmarks/card.py [--device cuda] [--steps 200] [--rounds 3] [--depths 20 32 44 56 110]

Batches of 128 images of 32x32 pixels in three colours, padded by 4, cropped and flipped; random pixels, since time
does not depend on them. Rounds are interleaved; medians with their range, and what 64,000 steps of each network take.
The floor is the larger of two times: the multiply-adds of the convolutions, forwards and twice backwards, at the rate
of a large float32 product; and the bytes of the activations, written once and read twice, at the rate of a large copy.
With `--device cpu --steps 1` the same code runs without a card.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable

from resnet_notes.training.numerics import set_environment

BATCH, COUNT, SIDE, PAD, WHOLE = 128, 20_000, 32, 4, 64_000


def main() -> None:
    """Print a row per network, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--depths", type=int, nargs="+", default=[20, 32, 44, 56, 110])
    given = parser.parse_args()
    set_environment("native", 1)
    import torch

    from resnet_notes.errors import BadInput
    from resnet_notes.training.device import require
    from resnet_notes.training.numerics import set_determinism

    try:
        require(given.device)
    except BadInput as error:
        parser.error(str(error))
    set_determinism(1, given.device)
    device = torch.device(given.device)
    flops, bandwidth = rates(device)
    name = torch.cuda.get_device_name() if given.device == "cuda" else "CPU"
    print(f"{name}: {flops / 1e12:.2f} float32 TFLOP/s, {bandwidth / 1e9:.0f} GB/s")
    print(f"{'network':14} {'ours, ms a step':>22} {'usual / ours':>20} {'of the floor, %':>16} {'64k steps, min':>15}")
    minutes = 0.0
    for depth, residual in itertools.product(given.depths, (False, True)):
        contestants = [ours(depth, residual, device), theirs(depth, residual, device)]
        times: list[list[float]] = [[], []]
        for _ in range(given.rounds + 1):  # the first warms up
            for own, contestant in zip(times, contestants, strict=True):
                own.append(1000 * seconds(contestant, given.steps, device) / given.steps)
        own, usual = (taken[1:] for taken in times)
        operations, moved = work(depth, residual)
        floor = 1000 * max(operations / flops, moved / bandwidth)
        whole = statistics.median(own) * WHOLE / 60_000
        minutes += whole
        ratios = [theirs / mine for mine, theirs in zip(own, usual, strict=True)]
        label = f"{'residual' if residual else 'plain'}-{depth}"
        share = 100 * floor / statistics.median(own)
        print(f"{label:14} {spread(own):>22} {spread(ratios):>20} {share:>16.0f} {whole:>15.1f}", flush=True)
    print(f"64,000 steps of each, one after another: {minutes:.0f} minutes")


def ours(depth: int, residual: bool, device) -> Callable[[int], None]:
    """The project's network, batches and loop, as its job on this device has them."""
    import torch

    from resnet_notes.models.convnet import ConvNet, he_initialise
    from resnet_notes.training.batches import Batches, Standardiser
    from resnet_notes.training.graphed import capture_at_first_step
    from resnet_notes.training.loop import Progress, fit
    from resnet_notes.training.optimiser import SGD

    images, labels = pixels()
    network = ConvNet(depth, residual)
    he_initialise(network, torch.Generator().manual_seed(0))
    network = network.to(device).to(memory_format=torch.channels_last)
    capture_at_first_step(network)
    optimiser = SGD(network.parameters(), 0.9, 1e-4)
    stream = Batches(images, labels, Standardiser(images), BATCH, PAD, 0, device).from_step(0)

    def nothing(*_: object) -> dict:
        return {}

    def run(steps: int) -> None:
        taken = itertools.islice(stream, steps)
        fit(network, optimiser, taken, lambda _: 0.1, steps, steps, nothing, Progress(), nothing, nothing)

    return run


def theirs(depth: int, residual: bool, device) -> Callable[[int], None]:
    """The usual script's network, DataLoader and loop."""
    import usual
    from PIL import Image
    from torch.utils.data import Dataset
    from torchvision import transforms

    images, labels = pixels()
    pictures = images.permute(0, 2, 3, 1).numpy()
    mean = [0.5] * 3
    transform = transforms.Compose(
        [
            transforms.RandomCrop(SIDE, PAD),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(mean, mean),
        ]
    )

    class Pictures(Dataset):
        def __len__(self) -> int:
            return COUNT

        def __getitem__(self, index: int):
            return transform(Image.fromarray(pictures[index])), labels[index]

    network = usual.network(depth, residual, stem_stride=1, channels=3)
    stream = usual.losses(network, Pictures(), WHOLE, device=str(device), batch=BATCH)

    def run(steps: int) -> None:
        for _ in itertools.islice(stream, steps):
            pass

    return run


def pixels():
    """Return random images, uint8 [COUNT, 3, SIDE, SIDE], and labels."""
    import torch

    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (COUNT, 3, SIDE, SIDE), generator=generator, dtype=torch.uint8)
    return images, torch.arange(COUNT) % 10


def work(depth: int, residual: bool) -> tuple[float, float]:
    """Return the operations of a step, and the bytes that it moves at least: by hooks, on one image."""
    import torch
    from torch import nn

    from resnet_notes.models.convnet import ConvNet

    network, products, written = ConvNet(depth, residual), [], []

    def count(module: nn.Module, given: tuple, out: torch.Tensor) -> None:
        written.append(out.numel())
        if isinstance(module, nn.Conv2d):
            products.append(out.numel() * module.weight[0].numel())

    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(1, 3, SIDE, SIDE))
    return 3 * 2 * BATCH * sum(products), 3 * 4 * BATCH * sum(written)


def rates(device) -> tuple[float, float]:
    """Return the operations a second of a large float32 product, and the bytes a second of a large copy."""
    import torch

    size = 8192 if device.type == "cuda" else 1024
    a = torch.rand(size, size, device=device)
    b, out = torch.empty_like(a), torch.empty_like(a)

    def product(repeats: int) -> None:
        for _ in range(repeats):
            torch.mm(a, a, out=out)

    def copy(repeats: int) -> None:
        for _ in range(repeats):
            b.copy_(a)

    fastest = [min(seconds(job, 10, device) for _ in range(4)) / 10 for job in (product, copy)]
    return 2 * size**3 / fastest[0], 2 * a.numel() * a.element_size() / fastest[1]


def seconds(job: Callable[[int], None], repeats: int, device) -> float:
    """Return how long a job takes, until the device is done."""
    import torch

    begun = time.perf_counter()
    job(repeats)
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def spread(values: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    main()
