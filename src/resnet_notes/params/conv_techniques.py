"""The experiment on techniques for deep convolutional networks: each alone, and all but each."""

from typing import Annotated, Literal

from pydantic import Field

from resnet_notes.params.base import Section, Seeds, Unique
from resnet_notes.params.networks import Depth
from resnet_notes.params.recipe import Override

SCHEDULE = "schedule"
"""The technique that is no part of the network: warm-up and decay of the recipe instead of a constant rate."""


class ConvTechniques(Section):
    """A network without any technique, with one of them, with all but one, and with all."""

    depth: Depth = Field(description="layers of every network, 6n+2")
    techniques: Annotated[list[Literal["max-pooling", "dropout", "schedule", "batch-norm", "shortcuts"]], Unique] = (
        Field(description="in the order of the figure; an empty list leaves the experiment out")
    )
    seeds: Seeds = Field(description="networks of one seed share weights and batches")
    recipe: Override = Field(Override(), description="what differs from the recipe above")

    @property
    def deepest(self) -> int:
        """The depth; 0 where the experiment is left out."""
        return self.depth if self.techniques and self.seeds else 0

    def combinations(self) -> dict[str, list[str]]:
        """The techniques of every network, by its name."""
        every = list(self.techniques)
        if not every:
            return {}
        alone = {f"only-{one}": [one] for one in every}
        left_out = {f"without-{one}": [other for other in every if other != one] for one in every}
        chosen = {"none": [], **alone, **left_out, "all": every}
        # with one or two techniques some are the same
        return {name: given for i, (name, given) in enumerate(chosen.items()) if given not in list(chosen.values())[:i]}
