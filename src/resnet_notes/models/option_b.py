"""Option-B shortcuts: a 1x1 convolution where the shape changes, the identity elsewhere.

Source: He, Zhang, Ren and Sun 2015 (arXiv:1512.03385), section 3.3, eq. 2, and section 4.1; batch normalisation after
the projection as in the authors' own networks.
"""

import torch
from torch import Tensor, nn

from resnet_notes.models.convnet import BatchNorm, Block, ConvNet


class ProjectionBlock(Block):
    """A residual block with a projection in the place of its option-A shortcut.

    Args:
        block: whose layers it takes over.
    """

    def __init__(self, block: Block) -> None:
        in_channels = block.conv1.in_channels
        super().__init__(in_channels, block.channels, block.stride, residual=True)
        for name in ("conv1", "bn1", "conv2", "bn2"):
            setattr(self, name, getattr(block, name))
        self.projection = nn.Conv2d(in_channels, self.channels, 1, stride=self.stride, bias=False)
        self.projection_bn = BatchNorm(self.channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, in_channels, H, W] to [B, channels, ceil(H/stride), ceil(W/stride)]."""
        y = torch.relu_(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.projection_bn(self.projection(x))
        return torch.relu_(y)


def with_projections(network: ConvNet) -> list[nn.Conv2d]:
    """Give a residual network projections where the shape changes, in place; return them, with the weights of torch."""
    projections = []
    for index, block in enumerate(network.blocks):
        if isinstance(block, Block) and (block.stride, block.channels) != (1, block.conv1.in_channels):
            network.blocks[index] = ProjectionBlock(block)
            projections.append(network.blocks[index].projection)
    return projections
