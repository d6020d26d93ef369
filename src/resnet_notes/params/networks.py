"""The experiments on networks of He et al.'s family: grids of one shape."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from resnet_notes.params.base import Section, Seeds, Unique
from resnet_notes.params.recipe import Override


def _is_6n_plus_2(depth: int) -> int:
    if depth < 8 or depth % 6 != 2:
        raise ValueError("depths are 6n+2 with n at least 1: 8, 14, 20, 26, 32, ...")
    return depth


Depth = Annotated[int, AfterValidator(_is_6n_plus_2)]


class Grid(Section):
    """Every architecture at every depth with every seed."""

    architectures: Annotated[list[str], Unique] = Field(description="kinds of networks")
    depths: Annotated[list[Depth], Unique] = Field(
        description="layers, 6n+2 each; an empty list leaves the experiment out"
    )
    seeds: Seeds = Field(description="networks of one seed share weights and batches")
    recipe: Override = Field(Override(), description="what differs from the recipe above")

    @property
    def deepest(self) -> int:
        """The greatest depth; 0 where the grid is empty."""
        return max(self.depths) if self.architectures and self.depths and self.seeds else 0


class Networks(Grid):
    """A grid of networks that differ by their shortcuts alone."""

    architectures: Annotated[list[Literal["plain", "residual"]], Unique] = Field(description="plain, residual or both")


class Variants(Grid):
    """A grid of residual networks and of what they were changed into later; each change is a module of its own."""

    architectures: Annotated[list[Literal["residual", "option-b", "pre-activation", "zero-gamma"]], Unique] = Field(
        description="the original; the projections of He et al. 2015; He et al. 2016; Goyal et al. 2017"
    )
