"""Residual networks whose blocks normalise and rectify first, so that nothing stands in the way of the shortcut.

Source: He, Zhang, Ren and Sun 2016 (Identity Mappings in Deep Residual Networks, arXiv:1603.05027), Figure 4(e),
and its appendix for the first and the last block.
"""

import torch
from torch import Tensor, nn

from resnet_notes.models.convnet import WIDTHS, BatchNorm, blocks_per_stage, shortcut_a


class PreActivationBlock(nn.Module):
    """Batch normalisation, ReLU and a 3x3 convolution, twice; the block's input is added and nothing follows.

    The ``first`` block of a network sees what has been normalised and rectified, and does not do it again.
    """

    def __init__(self, in_channels: int, channels: int, stride: int, first: bool) -> None:
        super().__init__()
        self.bn1 = None if first else BatchNorm(in_channels)
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = BatchNorm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, in_channels, H, W] to [B, channels, ceil(H/stride), ceil(W/stride)]."""
        y = self.conv1(x if self.bn1 is None else torch.relu_(self.bn1(x)))
        y = self.conv2(torch.relu_(self.bn2(y)))
        return y + shortcut_a(x, self.channels, self.stride)


class PreActivationNet(nn.Module):
    """The residual network of a depth with pre-activation: images [B, in_channels, H, W] to logits [B, classes].

    Batch normalisation and ReLU follow the stem, ahead of the first shortcut, and the last block. Its convolutions are
    those of :class:`resnet_notes.models.convnet.ConvNet`, in the same order.

    Args:
        depth: layers with weights on the longest path, 6n+2.
        in_channels: 3 for colour, 1 for grey images.
        classes: number of classes.
        stem_stride: stride of the first convolution.
    """

    def __init__(self, depth: int, in_channels: int = 3, classes: int = 10, stem_stride: int = 1) -> None:
        super().__init__()
        n = blocks_per_stage(depth)
        self.stem = nn.Conv2d(in_channels, WIDTHS[0], 3, stride=stem_stride, padding=1, bias=False)
        self.stem_bn = BatchNorm(WIDTHS[0])
        blocks: list[nn.Module] = []
        previous = WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for index in range(n):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(PreActivationBlock(previous, width, stride, first=not blocks))
                previous = width
        self.blocks = nn.Sequential(*blocks)
        self.norm = BatchNorm(previous)
        self.head = nn.Linear(previous, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [B, in_channels, H, W] to logits [B, classes]."""
        x = torch.relu_(self.stem_bn(self.stem(x)))
        x = torch.relu_(self.norm(self.blocks(x)))
        return self.head(x.mean(dim=(2, 3)))
