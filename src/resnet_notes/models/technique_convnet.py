"""The plain network of a depth with each of the techniques for deep convolutional networks as a switch.

Sources: Ioffe and Szegedy 2015 for batch normalisation; Hinton et al. 2012 (arXiv:1207.0580) for dropout; Krizhevsky,
Sutskever and Hinton 2012 for max-pooling; He et al. 2015 (arXiv:1512.03385) for shortcuts.
"""

from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_notes.models.convnet import WIDTHS, BatchNorm, blocks_per_stage, shortcut_a
from resnet_notes.models.dropout import Dropout


class TechniqueBlock(nn.Module):
    """Two 3x3 convolutions with what a network has of batch normalisation, max-pooling and shortcuts."""

    def __init__(self, in_channels: int, channels: int, shrinks: bool, techniques: Collection[str]) -> None:
        super().__init__()
        self.pooled = shrinks and "max-pooling" in techniques
        self.stride = 2 if shrinks and not self.pooled else 1
        self.channels, self.residual = channels, "shortcuts" in techniques
        self.conv1, self.norm1 = convolution(in_channels, channels, self.stride, techniques)
        self.conv2, self.norm2 = convolution(channels, channels, 1, techniques)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, in_channels, H, W] to [B, channels, H, W], or to half the height and width, rounded up."""
        if self.pooled:
            x = F.max_pool2d(x, 2, ceil_mode=True)
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(y + shortcut_a(x, self.channels, self.stride) if self.residual else y)


def convolution(
    in_channels: int, channels: int, stride: int, techniques: Collection[str]
) -> tuple[nn.Conv2d, nn.Module]:
    """Return a 3x3 convolution and its batch normalisation; without that, the convolution has biases."""
    normalised = "batch-norm" in techniques
    own = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=not normalised)
    return own, BatchNorm(channels) if normalised else nn.Identity()


class TechniqueConvNet(nn.Module):
    """A network with some of the techniques: images [B, in_channels, H, W] to logits [B, classes].

    With batch normalisation alone it is the plain network of :class:`resnet_notes.models.convnet.ConvNet`, with
    shortcuts as well the residual one.

    Args:
        depth: layers with weights on the longest path, 6n+2.
        techniques: some of ``batch-norm``; ``max-pooling``, which halves the maps where a stride of 2 does otherwise;
            ``dropout``, of half of what the dense layer sees; ``shortcuts``.
        seed: of the dropout.
        in_channels: 3 for colour, 1 for grey images.
        classes: number of classes.
        stem_stride: stride of the first convolution.
    """

    def __init__(
        self,
        depth: int,
        techniques: Collection[str],
        seed: int,
        in_channels: int = 3,
        classes: int = 10,
        stem_stride: int = 1,
    ) -> None:
        super().__init__()
        n = blocks_per_stage(depth)
        self.stem, self.stem_norm = convolution(in_channels, WIDTHS[0], stem_stride, techniques)
        blocks, previous = [], WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for index in range(n):
                blocks.append(TechniqueBlock(previous, width, stage > 0 and index == 0, techniques))
                previous = width
        self.blocks = nn.Sequential(*blocks)
        self.dropout = Dropout(0.5, seed) if "dropout" in techniques else nn.Identity()
        self.head = nn.Linear(previous, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [B, in_channels, H, W] to logits [B, classes]."""
        x = self.blocks(torch.relu(self.stem_norm(self.stem(x))))
        return self.head(self.dropout(x.mean(dim=(2, 3))))
