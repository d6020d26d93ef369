"""The experiments on convolutional networks: degradation, residual and control are grids of one shape."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from resnet_notes.params.base import Section, Seeds, Unique
from resnet_notes.params.recipe import Override


def _is_6n_plus_2(depth: int) -> int:
    if depth < 8 or depth % 6 != 2:
        raise ValueError("depths are 6n+2 with n at least 1: 8, 14, 20, 26, 32, ...")
    return depth


Depth = Annotated[int, AfterValidator(_is_6n_plus_2)]


class Networks(Section):
    """A grid of networks: every architecture at every depth with every seed."""

    architectures: Annotated[list[Literal["plain", "residual"]], Unique] = Field(description="plain, residual or both")
    depths: Annotated[list[Depth], Unique] = Field(
        description="layers, 6n+2 each; an empty list leaves the experiment out"
    )
    seeds: Seeds = Field(description="seeds; plain and residual of one seed share weights and batches")
    recipe: Override = Field(Override(), description="what differs from the recipe above")
