"""What training reads: the stored tensors of a data set, split by a fixed rule.

Part of every training job, so it imports torch and safetensors only.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from resnet_notes.errors import BadInput


@dataclass(frozen=True)
class Images:
    """N labelled images: `images` uint8 [N, C, H, W], 0 to 255; `labels` int64 [N], from 0."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Splits:
    """The three parts of a data set, each in a fixed random order: its first k images are a random subset."""

    train: Images
    validation: Images
    test: Images


def load(folder: Path, validation: int, pool: int = 1) -> Splits:
    """The data set stored in `folder`, its images averaged over `pool` x `pool` pixels (default 1: as they are).

    The training images are put into the order of `torch.randperm` with a CPU generator of seed 0: the last
    `validation` of them are the validation split, those before it the train split. The test images are put into
    the order of a permutation drawn by the same rule, since a stored set may be sorted by class. The order depends
    on nothing but the number of images: it is the same on every machine and for every run.

    Raises BadInput where the data set is missing or damaged, `validation` is negative or leaves nothing to train
    on, or the images' sides are no multiples of `pool`.
    """
    stored = _read(folder / "images.safetensors")
    count = len(stored["train_labels"])
    if not 0 <= validation < count:
        raise BadInput(f"{folder}: a validation split of {validation} images does not fit {count} training images")
    # Pooling comes first: then the permuted copy is the small one.
    train_images, test_images = (average_pool(stored[f"{split}_images"], pool) for split in ("train", "test"))
    order, test_order = fixed_order(count), fixed_order(len(stored["test_labels"]))
    first, last = order[: count - validation], order[count - validation :]
    return Splits(
        train=Images(train_images[first], stored["train_labels"][first]),
        validation=Images(train_images[last], stored["train_labels"][last]),
        test=Images(test_images[test_order], stored["test_labels"][test_order]),
    )


def fixed_order(count: int) -> Tensor:
    """The permutation of `count` images that every split is made with: int64 [count]."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def average_pool(images: Tensor, pool: int) -> Tensor:
    """Means over `pool` x `pool` pixels, rounded half up: uint8 [N, C, H, W] to uint8 [N, C, H/pool, W/pool].

    Integer arithmetic gives the same bits on every machine. Raises BadInput where a side is no multiple of `pool`.
    """
    height, width = images.shape[-2:]
    if pool < 1 or height % pool or width % pool:
        raise BadInput(f"images of {height} x {width} pixels cannot be averaged over {pool} x {pool}")
    if pool == 1:
        return images
    area = pool * pool
    # torch rounds integer division towards zero, which for sums of pixels is down
    total = torch.full((*images.shape[:-2], height // pool, width // pool), area // 2, dtype=torch.int32)
    for row in range(pool):
        for column in range(pool):
            total += images[..., row::pool, column::pool]
    return (total // area).to(torch.uint8)


def _read(path: Path) -> dict[str, Tensor]:
    """The four stored tensors; raises BadInput where the file is missing or is no such file."""
    try:
        with safe_open(path, framework="pt") as stored:
            names = ("train_images", "train_labels", "test_images", "test_labels")
            return {name: stored.get_tensor(name) for name in names}
    except FileNotFoundError as error:
        raise BadInput(f"{path} is missing: fetch the data set first") from error
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{path} is damaged, remove it and fetch the data set again: {error}") from error
