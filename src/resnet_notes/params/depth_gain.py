"""The experiment on what depth gives: convolutional networks of about equal size, from one layer up."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Section, Seeds, Unique
from resnet_notes.params.recipe import Override


class DepthGain(Section):
    """Networks of rising depth whose width follows from their number of parameters."""

    parameters: Annotated[int, Field(ge=100)] = Field(description="of every network, as near as its width allows")
    layers: Annotated[list[Annotated[int, Field(ge=1, le=200)]], Unique] = Field(
        description="convolutions; an empty list leaves the experiment out"
    )
    seeds: Seeds = Field(description="of the weights and the order of the images")
    recipe: Override = Field(Override(), description="what differs from the recipe above")

    @property
    def deepest(self) -> int:
        """The greatest depth; 0 where the experiment is left out."""
        return max(self.layers) if self.layers and self.seeds else 0
