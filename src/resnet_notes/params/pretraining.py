"""The experiment on pretraining: deep sigmoid networks from random weights and from greedily trained RBMs."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from resnet_notes.params.base import Section, Seeds, Unique
from resnet_notes.params.rbm import RBMRecipe

Positive = Annotated[int, Field(ge=1)]
Initialisation = Literal["uniform", "glorot", "glorot-sigmoid", "rbm"]
Initialisations = Annotated[list[Initialisation], Unique]
Depths = Annotated[list[Annotated[int, Field(ge=1, le=20)]], Unique, Field(min_length=1)]
Width = Annotated[int, Field(ge=1, le=10_000)]


class Widths(Section):
    """Networks of one depth and other widths than the main one: does pretraining need wide layers?"""

    dataset: str = Field(description="one of those of the experiment")
    depth: Annotated[int, Field(ge=1, le=20)] = Field(description="hidden layers")
    widths: Annotated[list[Width], Unique] = Field(description="units of a hidden layer; empty leaves them out")
    initialisations: Initialisations = Field(description="those that are compared")


class Pretraining(Section):
    """Deep sigmoid networks at many depths, from random and from pretrained weights."""

    datasets: Annotated[dict[str, Depths], Field(min_length=1)] = Field(
        description="the numbers of hidden layers on each data set"
    )
    initialisations: Initialisations = Field(
        description="uniform, glorot, glorot-sigmoid (gain 4), rbm; an empty list leaves the experiment out"
    )
    width: Width = Field(description="units of a hidden layer")
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(
        description="seeds; one greedy stack of each serves all depths"
    )
    images: Positive = Field(description="training images, the first of the training split")
    batch: Positive = Field(description="images in a mini-batch")
    learning_rate: Annotated[float, Field(gt=0, le=100)] = Field(description="of SGD, constant")
    momentum: Annotated[float, Field(gt=0, lt=1)] = Field(description="of SGD")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(description="L2 penalty of SGD")
    epochs: Positive = Field(description="passes over the images")
    evaluate_every: Positive = Field(description="steps between two rows of the history")
    train_subset: Positive = Field(description="training images on which loss and error are measured")
    rbm: RBMRecipe = Field(description="of every layer of a greedy stack")
    widths: Widths

    @model_validator(mode="after")
    def _fits(self) -> "Pretraining":
        batches = (("batch", self.batch), ("train_subset", self.train_subset), ("rbm.batch", self.rbm.batch))
        for name, count in batches:
            if count > self.images:
                raise ValueError(f"{name} = {count}: must be at most images = {self.images}")
        if self.widths.widths and self.widths.dataset not in self.datasets:
            raise ValueError(f"widths.dataset = {self.widths.dataset!r}: there are {', '.join(self.datasets)}")
        if self.width in self.widths.widths:
            raise ValueError(f"widths.widths: {self.width} is the width of the others already; leave it out")
        return self

    def grids(self) -> list[tuple[str, int, list[int]]]:
        """Every data set and width with the depths that are trained there."""
        main = [(dataset, self.width, depths) for dataset, depths in self.datasets.items()]
        return main + [(self.widths.dataset, width, [self.widths.depth]) for width in self.widths.widths]

    def initialisations_at(self, width: int) -> list[Initialisation]:
        """The initialisations of the networks of a width."""
        return self.initialisations if width == self.width else self.widths.initialisations
