"""Convolutional networks of any depth with about the same number of parameters: the deeper, the narrower."""

from torch import Tensor, nn

from resnet_notes.models.convnet import BatchNorm


class EqualWidthNet(nn.Module):
    """3x3 convolutions of one width, each with batch normalisation and ReLU; global average pooling; a dense layer.

    The first convolution has a stride, the maps keep their size after it. Maps images [B, in_channels, H, W] to logits
    [B, classes].

    Args:
        layers: convolutions.
        width: channels of each.
        in_channels: 3 for colour, 1 for grey images.
        classes: number of classes.
        stem_stride: stride of the first convolution.
    """

    def __init__(self, layers: int, width: int, in_channels: int = 3, classes: int = 10, stem_stride: int = 1) -> None:
        super().__init__()
        inputs, strides = [in_channels] + [width] * (layers - 1), [stem_stride] + [1] * (layers - 1)
        parts: list[nn.Module] = []
        for before, stride in zip(inputs, strides, strict=True):
            convolution = nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False)
            parts += [convolution, BatchNorm(width), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*parts)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [B, in_channels, H, W] to logits [B, classes]."""
        return self.head(self.layers(x).mean(dim=(2, 3)))


def parameters_of(layers: int, width: int, in_channels: int, classes: int) -> int:
    """Return the number of weights, gains, shifts and biases of an :class:`EqualWidthNet`."""
    convolutions = 9 * width * (in_channels + (layers - 1) * width)
    return convolutions + 2 * width * layers + width * classes + classes


def width_for(parameters: int, layers: int, in_channels: int, classes: int) -> int:
    """Return the width, at least 1, whose number of parameters is the nearest to ``parameters``."""

    def distance(width: int) -> int:
        return abs(parameters_of(layers, width, in_channels, classes) - parameters)

    width = 1
    while distance(width + 1) < distance(width):
        width += 1
    return width
