"""What the trained convolutional networks are looked at for, one section for each examination."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from resnet_notes.params.base import Positive, Section, Seeds, Unique
from resnet_notes.params.networks import Depth

Architectures = Annotated[list[Literal["plain", "residual"]], Unique]
Depths = Annotated[list[Depth], Unique]


class OfBoth(Section):
    """What an examination of plain and of residual networks begins with."""

    architectures: Architectures = Field(description="an empty list leaves the examination out")
    depths: Depths = Field(description="of the networks, among those of degradation and residual")
    images: Positive = Field(description="images that they see, the first ones")


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


class Gradients(OfBoth):
    """How large the gradient of each layer's weights is, along the training."""

    measure_at: Annotated[list[Annotated[int, Field(ge=0)]], Unique] = Field(
        description="steps of training, each before the end, which is measured, too"
    )


class Surfaces(OfBoth):
    """The loss on planes and lines through trained networks (Li et al. 2018, section 4)."""

    points: Annotated[int, Field(ge=3)] = Field(
        description="places on each axis, odd, so that the middle one is the network"
    )
    extent: Annotated[float, Field(gt=0)] = Field(
        description="how far an axis goes to either side, in units of the filters' norms"
    )
    planes: Annotated[Seeds, Field(min_length=1)] = Field(
        description="seeds, of the trained networks, that get a whole plane; the others get its first axis"
    )

    @field_validator("points")
    @classmethod
    def _odd(cls, points: int) -> int:
        if points % 2 == 0:
            raise ValueError("must be odd, so that the middle place is the trained network")
        return points


class Probes(OfBoth):
    """What a linear classifier makes of each layer's features (Alain and Bengio 2016), of a greedy stack, too."""

    validation_images: Positive = Field(description="images that choose the ridge, the first ones")
    test_images: Positive = Field(description="images for the error, the first ones")
    ridges: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1), Unique] = Field(
        description="to choose from, in units of the mean variance of a feature"
    )


class Features(Section):
    """What excites the first units of each layer (Erhan et al. 2009), of a convolutional network and a greedy stack."""

    architecture: Literal["plain", "residual"] = Field(description="of the convolutional network")
    depth: Depth | None = Field(None, description="of it, among those that are trained; null leaves the network out")
    units: Annotated[int, Field(ge=1, le=6)] = Field(
        description="of a layer, the first ones; more do not fit the figure"
    )
    starts: Positive = Field(description="random starts of the gradient ascent for each unit")
    ascent: Positive = Field(description="steps of it")
    images: Positive = Field(description="test images that are searched, the first ones")
