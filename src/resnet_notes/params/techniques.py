"""The experiment on techniques: how deep a fully connected network may be with some of them."""

from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, model_validator

from resnet_notes.params.base import Positive, Section, Seeds, Unique
from resnet_notes.params.rbm import RBMRecipe

Rate = Annotated[float, Field(gt=0, le=100)]


class Technique(Section):
    """What a network is made of."""

    year: Annotated[int, Field(ge=1900, le=2100)] = Field(description="when it became known")
    activation: Literal["sigmoid", "relu"] = Field(description="of the hidden layers")
    initialisation: Literal["uniform", "glorot", "glorot-sigmoid", "he", "rbm"] = Field(description="of the weights")
    batch_norm: bool = Field(False, description="whether hidden layers are normalised")
    shortcuts: bool = Field(False, description="whether every second layer adds what went into the one before it")

    @model_validator(mode="after")
    def _rbms_are_plain(self) -> "Technique":
        if self.initialisation == "rbm" and (self.activation != "sigmoid" or self.batch_norm or self.shortcuts):
            raise ValueError("initialisation = 'rbm': needs sigmoid units without batch_norm and shortcuts")
        return self


class Techniques(Section):
    """Networks of rising depth with every technique, until none of them learns."""

    dataset: str = Field(description="data set")
    images: Positive = Field(description="training images, the first of the training split")
    width: Annotated[int, Field(ge=1, le=10_000)] = Field(description="units of a hidden layer")
    depths: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Unique, Field(min_length=1)] = Field(
        description="hidden layers, ascending"
    )
    given_up_at: Annotated[float, Field(gt=0, lt=100)] = Field(
        description="training error in %; a technique stops at the first depth where every network is above it"
    )
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(description="of the weights and the order of the images")
    learning_rates: Annotated[list[Rate], Unique, Field(min_length=1)] = Field(
        description="the best counts, and is the largest that the next depth tries"
    )
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(description="of SGD")
    batch: Positive = Field(description="images in a mini-batch")
    steps: Positive = Field(description="length of the training")
    train_subset: Positive = Field(description="training images on which loss and error are measured")
    rbm: RBMRecipe = Field(description="of every layer that is pretrained")
    ladder: dict[str, Technique] = Field(description="in the order of their years; empty leaves the experiment out")
    alone: dict[str, Technique] = Field(description="the first rung of the ladder with one technique more")
    left_out: dict[str, Technique] = Field(description="the last rung of the ladder without one of its techniques")

    @model_validator(mode="after")
    def _fits(self) -> "Techniques":
        if self.depths != sorted(self.depths):
            raise ValueError(f"depths = {self.depths}: must ascend")
        for name, count in (("batch", self.batch), ("train_subset", self.train_subset), ("rbm.batch", self.rbm.batch)):
            if count > self.images:
                raise ValueError(f"{name} = {count}: must be at most images = {self.images}")
        groups = {"ladder": self.ladder, "alone": self.alone, "left_out": self.left_out}
        for (first, own), (second, others) in combinations(groups.items(), 2):
            both = own.keys() & others.keys()
            if both:
                raise ValueError(f"{second}: {', '.join(sorted(both))} stands in {first}, too")
        return self
