"""From checked files to the four tensors that every data set is stored as.

`train_images`, `test_images`: uint8 [N, C, H, W], 0 to 255; `train_labels`, `test_labels`: int64 [N], from 0.
"""

from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10
from torchvision.datasets.mnist import read_image_file, read_label_file

from resnet_notes.data.archives import untar

Tensors = dict[str, Tensor]


def read_idx(folder: Path) -> Tensors:
    """From MNIST's four files, uncompressed, in `folder`: one channel."""
    tensors: Tensors = {}
    for split, prefix in (("train", "train"), ("test", "t10k")):
        tensors[f"{split}_images"] = read_image_file(str(folder / f"{prefix}-images-idx3-ubyte")).unsqueeze(1)
        tensors[f"{split}_labels"] = read_label_file(str(folder / f"{prefix}-labels-idx1-ubyte"))
    return tensors


def read_cifar(folder: Path) -> Tensors:
    """From CIFAR-10's archive in `folder`, which is extracted there: three channels.

    torchvision reads the batches, and checks the MD5 of each before it unpickles it.
    """
    untar(folder / CIFAR10.filename, folder)
    tensors: Tensors = {}
    for split in ("train", "test"):
        batches = CIFAR10(folder, train=split == "train")
        # torchvision turns the batches to height, width, channel: turn them back
        tensors[f"{split}_images"] = torch.from_numpy(batches.data).permute(0, 3, 1, 2).contiguous()
        tensors[f"{split}_labels"] = torch.tensor(batches.targets, dtype=torch.int64)
    return tensors


READERS = {"idx": read_idx, "cifar": read_cifar}
