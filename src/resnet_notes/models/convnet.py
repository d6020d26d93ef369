"""He et al.'s CIFAR family: plain and residual networks of depth 6n+2 from one builder and one switch.

Source: He, Zhang, Ren and Sun 2015 (arXiv:1512.03385), section 4.2. A residual network differs from the plain one of
the same depth by its shortcuts alone, and an option-A shortcut has no parameters: both have exactly the same ones.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_notes.models.normal import normal

WIDTHS = (16, 32, 64)
"""Channels of the three stages."""


def blocks_per_stage(depth: int) -> int:
    """Return n for a network of ``depth`` = 6n+2 layers.

    Raises:
        ValueError: ``depth`` is not 6n+2 for a whole n of at least one.
    """
    n, remainder = divmod(depth - 2, 6)
    if remainder or n < 1:
        raise ValueError(f"depth {depth} is not 6n+2 with n at least 1 (8, 14, 20, 26, 32, ...)")
    return n


def shortcut_a(x: Tensor, channels: int, stride: int) -> Tensor:
    """Option A: [B, c, H, W] to [B, channels, ceil(H/stride), ceil(W/stride)] by striding and zero channels."""
    if stride == 1 and x.shape[1] == channels:
        return x
    # pooling over single pixels is striding, and has a faster gradient than a slice
    return F.pad(F.avg_pool2d(x, 1, stride), (0, 0, 0, 0, 0, channels - x.shape[1]))


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation, momentum 0.1 and epsilon 1e-5, spared the counting and checking that slow small maps."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise [B, C, H, W] over all but C."""
        return torch.batch_norm(
            input,
            self.weight,
            self.bias,
            self.running_mean,
            self.running_var,
            self.training,
            0.1,
            1e-5,
            torch.backends.cudnn.enabled,
        )


class Block(nn.Module):
    """Two 3x3 convolutions with batch normalisation; ``residual`` adds the block's input before the last ReLU."""

    def __init__(self, in_channels: int, channels: int, stride: int, residual: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = BatchNorm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = BatchNorm(channels)
        self.channels, self.stride, self.residual = channels, stride, residual

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, in_channels, H, W] to [B, channels, ceil(H/stride), ceil(W/stride)]."""
        y = torch.relu_(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.residual:
            y += shortcut_a(x, self.channels, self.stride)
        return torch.relu_(y)


class ConvNet(nn.Module):
    """A network of the family: images [B, in_channels, H, W] to logits [B, classes].

    Args:
        depth: layers with weights on the longest path, 6n+2.
        residual: with option-A shortcuts, or plain.
        in_channels: 3 for colour, 1 for grey images.
        classes: number of classes.
        stem_stride: stride of the first convolution; 1 in the paper, 2 where a CPU must be fast enough.
    """

    def __init__(
        self, depth: int, residual: bool, in_channels: int = 3, classes: int = 10, stem_stride: int = 1
    ) -> None:
        super().__init__()
        n = blocks_per_stage(depth)
        self.stem = nn.Conv2d(in_channels, WIDTHS[0], 3, stride=stem_stride, padding=1, bias=False)
        self.stem_bn = BatchNorm(WIDTHS[0])
        blocks, previous = [], WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for index in range(n):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(Block(previous, width, stride, residual))
                previous = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(WIDTHS[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [B, in_channels, H, W] to logits [B, classes]."""
        x = torch.relu_(self.stem_bn(self.stem(x)))
        x = self.blocks(x)
        return self.head(x.mean(dim=(2, 3)))


def he_initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw every convolution's weights from N(0, 2 / fan_in) (He et al. 2015, arXiv:1502.01852, eq. 10), biases zero.

    The dense layer is drawn with variance 1 / fan_in. Networks with the same convolutions in the same order, say plain
    and residual ones of one depth, start from the same weights with one seed.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            _fill_normal(module.weight, (2.0 / module.weight[0].numel()) ** 0.5, generator)
        elif isinstance(module, nn.Linear):
            _fill_normal(module.weight, module.in_features**-0.5, generator)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


def _fill_normal(weight: Tensor, std: float, generator: torch.Generator) -> None:
    with torch.no_grad():
        weight.copy_(std * normal(weight.shape, generator))
