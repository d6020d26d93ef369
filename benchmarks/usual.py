"""The training script that a reader would otherwise write: the peer of the benchmarks, and a second implementation.

A DataLoader with two workers makes every image anew with PIL; the network is NCHW, eager and float32, with torch's own
layers, optimiser and default threads; the loss is fetched at every step.

    python benchmarks/usual.py --depth 20 --residual --steps 600
"""

import argparse
import itertools
import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler
from torchvision import transforms

WORKERS = 2
BATCH, LEARNING_RATE, MOMENTUM, WEIGHT_DECAY, WARMUP = 64, 0.03, 0.9, 1e-4, 30


class Block(nn.Module):
    """A basic block with an option-A shortcut, or none."""

    def __init__(self, inputs: int, outputs: int, stride: int, residual: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.stride, self.added, self.residual = stride, outputs - inputs, residual

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, inputs, H, W] to [B, outputs, H / stride, W / stride]."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if self.residual:
            shortcut = x[:, :, :: self.stride, :: self.stride]
            out = out + nn.functional.pad(shortcut, (0, 0, 0, 0, 0, self.added))
        return self.relu(out)


def network(depth: int, residual: bool, stem_stride: int = 2, channels: int = 1) -> nn.Sequential:
    """Return He et al.'s network of 6n+2 layers with torch's own initialisation."""
    n = (depth - 2) // 6
    layers = [nn.Conv2d(channels, 16, 3, stride=stem_stride, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(True)]
    for inputs, outputs in ((16, 16), (16, 32), (32, 64)):
        layers.append(Block(inputs, outputs, 1 if inputs == outputs else 2, residual))
        layers += [Block(outputs, outputs, 1, residual) for _ in range(n - 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Images(Dataset):
    """Images as PIL pictures, as torchvision's data sets give them.

    Args:
        pixels: uint8 [N, H, W].
        labels: int64 [N].
        mean: of every pixel of the halved image, [1, H/2, W/2], from 0 to 1.
        deviation: of all pixels.
    """

    def __init__(self, pixels: Tensor, labels: Tensor, mean: Tensor, deviation: float) -> None:
        self.pixels, self.labels, self.mean = pixels.numpy(), labels, mean
        self.to_tensor = transforms.ToTensor()
        self.deviation = deviation

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = Image.fromarray(self.pixels[index]).reduce(2)
        return (self.to_tensor(image).to(self.mean.dtype) - self.mean) / self.deviation, self.labels[index]


def images_of(folder: Path, validation: int, split: str = "train", dtype: torch.dtype = torch.float32) -> Images:
    """Return a split of a stored data set, in the project's order, standardised as the project does."""
    from resnet_notes.data.tensors import load
    from resnet_notes.training.batches import Standardiser

    whole = getattr(load(folder, validation), split)
    standardise = Standardiser(load(folder, validation, 2).train.images)
    mean = standardise.mean.to(dtype) / 255
    return Images(whole.images[:, 0], whole.labels, mean, 1 / (255 * standardise.scale))


def factor(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step: a linear warm-up, then half a cosine."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (steps - WARMUP)))


def forever(loader: Iterable) -> Iterator:
    """Repeat a loader."""
    while True:
        yield from loader


def losses(
    network: nn.Module,
    images: Dataset,
    planned: int,
    sampler: Sampler | None = None,
    workers: int = WORKERS,
    device: str = "cpu",
    batch: int = BATCH,
) -> Iterator[float]:
    """Train in place, and yield the loss of every step; the rate falls over ``planned`` steps."""
    loader = DataLoader(
        images, batch, shuffle=sampler is None, sampler=sampler, drop_last=True, num_workers=workers,
        persistent_workers=workers > 0,
    )  # fmt: skip
    network.to(device).train()
    optimiser = torch.optim.SGD(network.parameters(), LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: factor(step, planned))
    criterion = nn.CrossEntropyLoss()
    for x, y in forever(loader):
        x, y = x.to(device), y.to(device)
        optimiser.zero_grad()
        loss = criterion(network(x), y)
        loss.backward()
        optimiser.step()
        schedule.step()
        yield loss.item()


def error(network: nn.Module, images: Images, workers: int = WORKERS, device: str = "cpu") -> float:
    """Return the error in %."""
    network.eval()
    wrong = 0
    with torch.no_grad():
        for x, y in DataLoader(images, 250, num_workers=workers):
            wrong += (network(x.to(device)).argmax(dim=1) != y.to(device)).sum().item()
    return 100 * wrong / len(images)


def main() -> None:
    """Train one network and print its test error and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--residual", action="store_true")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--data", type=Path, default=Path("data/fashion-mnist"))
    given = parser.parse_args()
    begun = time.perf_counter()
    made = network(given.depth, given.residual)
    for _ in itertools.islice(losses(made, images_of(given.data, 5000), given.steps, device=given.device), given.steps):
        pass
    found = error(made, images_of(given.data, 5000, "test"), device=given.device)
    print(f"test error {found:.2f} %, {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
