"""Mini-batches from images that lie in memory as one uint8 tensor: one gather selects, crops and flips."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from resnet_notes.training.seeds import stream


class Standardiser:
    """Subtracts the training images' mean image and divides by their overall standard deviation.

    Both are made from integer sums, so they are the same bits on every machine.

    Args:
        images: the training images, uint8 [N, C, H, W].
    """

    def __init__(self, images: Tensor) -> None:
        count = images.shape[0]
        total = images.sum(dim=0, dtype=torch.int64)
        squares = torch.stack([chunk.int().square_().sum(dtype=torch.int64) for chunk in images.split(4096)]).sum()
        mean = total.double() / count
        variance = squares.double() / images.numel() - (total.sum().double() / images.numel()) ** 2
        self.mean = mean.float()
        """Mean image, float32 [C, H, W]."""
        self.scale = 1.0 / math.sqrt(variance.item()) if variance > 0 else 1.0
        """One over the standard deviation of all pixels."""

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [B, C, H, W] to float32 of the same shape, in channels-last memory."""
        x = images.to(torch.float32, memory_format=torch.channels_last)
        return x.sub_(self.mean.to(x.device)).mul_(self.scale)


class Batches:
    """An endless sequence of mini-batches, fixed by the seed and addressed by the step.

    Every epoch is a new permutation; the remainder of an epoch that fills no batch is dropped. With ``pad`` > 0 each
    image is padded with its mean (zero after standardising), cropped back to its size at a random place and flipped
    with probability one half, each image for itself (He et al. 2015, section 4.2: pad 4).

    Args:
        images: uint8 [N, C, H, W].
        labels: int64 [N].
        standardise: as fitted on the training images.
        batch: images in a mini-batch, at most N.
        pad: pixels of padding on each side; 0 turns augmentation off.
        seed: the run's seed.
        device: where batches are made.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        standardise: Standardiser,
        batch: int,
        pad: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.count, self.channels, self.height, self.width = images.shape
        self.batch, self.pad, self.seed, self.device = batch, pad, seed, device
        self.scale = standardise.scale
        # [N, H, W, C] and a row a pixel, so that a gather of rows gives channels-last batches
        self.pixels = self._padded(images).to(device)
        self.mean = self._padded(standardise.mean[None]).to(device)
        self.labels = labels.to(device)

    def _padded(self, images: Tensor) -> Tensor:
        p = self.pad
        padded = torch.nn.functional.pad(images, (p, p, p, p)) if p else images
        return padded.permute(0, 2, 3, 1).reshape(-1, images.shape[1]).contiguous()

    @property
    def per_epoch(self) -> int:
        """Mini-batches in an epoch."""
        return self.count // self.batch

    def from_step(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (float32 [B, C, H, W], int64 [B]) from training step ``step`` on."""
        while True:
            epoch, first = divmod(step, self.per_epoch)
            places = self._epoch(epoch)
            for index in range(first, self.per_epoch):
                yield self._batch(*(place[index * self.batch : (index + 1) * self.batch] for place in places))
            step = (epoch + 1) * self.per_epoch

    def _epoch(self, epoch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Order of the images, row and column of their crops, and flips (0 or 1), each int64 [N]."""
        generator = stream(self.seed, "order", epoch)
        order = torch.randperm(self.count, generator=generator)
        if not self.pad:
            none = torch.zeros(1, dtype=torch.int64).expand(self.count)
            return order.to(self.device), none, none, none
        top, left = torch.randint(2 * self.pad + 1, (2, self.count), generator=generator)
        flip = torch.randint(2, (self.count,), generator=generator)
        return tuple(t.to(self.device) for t in (order, top, left, flip))  # type: ignore[return-value]

    def _batch(self, chosen: Tensor, top: Tensor, left: Tensor, flip: Tensor) -> tuple[Tensor, Tensor]:
        stored_height, stored_width = self.height + 2 * self.pad, self.width + 2 * self.pad
        image = chosen[:, None, None] * (stored_height * stored_width)
        if self.pad:
            rows = torch.arange(self.height, device=self.device)
            columns = torch.arange(self.width, device=self.device)
            mirrored = torch.where(flip[:, None] == 1, self.width - 1 - columns, columns)
            within = (top[:, None] + rows)[:, :, None] * stored_width + (left[:, None] + mirrored)[:, None, :]
            x = self.pixels[image + within].float().sub_(self.mean[within])
        else:
            x = self.pixels.view(self.count, -1)[chosen].float().sub_(self.mean.view(-1))
            x = x.view(-1, self.height, self.width, self.channels)
        return x.mul_(self.scale).permute(0, 3, 1, 2), self.labels[chosen]
