"""Dropout whose masks depend on a seed and on how many were drawn, so that a restart goes on with the same ones."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """Sets a random share of its inputs to zero in training, and scales the others up so that their mean stays.

    Source: Hinton et al. 2012 (arXiv:1207.0580). ``torch.nn.Dropout`` draws from the global generator, whose state a
    checkpoint does not hold.

    Args:
        share: of inputs that are set to zero, in [0, 1).
        seed: of the masks.
    """

    drawn: Tensor

    def __init__(self, share: float, seed: int) -> None:
        super().__init__()
        self.share, self.seed = share, seed
        self.register_buffer("drawn", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        """Map a tensor of any shape to one of the same shape."""
        if not self.training:
            return x
        generator = torch.Generator().manual_seed((self.seed + int(self.drawn)) % 2**63)
        self.drawn += 1
        kept = torch.rand(x.shape, generator=generator) >= self.share
        return x * kept.to(x.device) / (1.0 - self.share)
