"""What the trained convolutional networks are looked at for, one section for each examination."""

from typing import Annotated, Literal

from pydantic import Field

from resnet_notes.params.base import Positive, Section, Unique
from resnet_notes.params.networks import Depth

Architectures = Annotated[list[Literal["plain", "residual"]], Unique]
Depths = Annotated[list[Depth], Unique]


class OfBoth(Section):
    """What an examination of plain and of residual networks begins with."""

    architectures: Architectures = Field(description="an empty list leaves the examination out")
    depths: Depths = Field(description="of the networks, among those of degradation and residual")
    images: Positive = Field(description="test images, the first ones")


class Responses(OfBoth):
    """How strongly every layer responds (He et al. 2015, Figure 7)."""


class Lesions(OfBoth):
    """What is left of a network without some of its blocks (Veit et al. 2016, section 4)."""

    several: list[Positive] = Field(description="numbers of blocks that are removed at once, at random")
    swaps: list[Positive] = Field(description="numbers of pairs of blocks of one shape that change places, at random")
    draws: Positive = Field(description="random choices for each of these numbers")


class Paths(Section):
    """How much gradient the paths of each length carry through residual networks (Veit et al. 2016, section 5)."""

    depths: Depths = Field(description="of the residual networks; an empty list leaves the examination out")
    images: Positive = Field(description="training images, the first ones")
    draws: Positive = Field(description="random paths of each length")


class Extension(Section):
    """Deep plain networks that are built to equal trained shallower ones (He et al. 2015, section 1)."""

    depths: Depths = Field(description="of the plain networks that are extended; an empty list leaves it out")
    deep: Depth = Field(description="depth that they are extended to")
