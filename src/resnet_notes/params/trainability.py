"""The experiment on trainability: which depths can be trained from which weight variance."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Positive, Section, Seeds, Unique


class Trainability(Section):
    """Tanh networks over a grid of weight variance and depth, trained for a few steps (Schoenholz et al. 2017)."""

    weight_variances: Annotated[list[Annotated[float, Field(gt=0, le=100)]], Unique] = Field(
        min_length=1, description="variance of the weights times the fan-in (sigma_w squared)"
    )
    bias_variance: Annotated[float, Field(gt=0, le=100)] = Field(description="variance of the biases (sigma_b squared)")
    depths: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Unique] = Field(
        description="hidden layers; an empty list leaves the experiment out"
    )
    width: Annotated[int, Field(ge=2, le=10_000)] = Field(description="units of a hidden layer")
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(description="seeds; they share the mini-batches of a step")
    steps: Positive = Field(description="training steps")
    batch: Annotated[int, Field(ge=2)] = Field(description="images in a mini-batch")
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="of SGD, constant")
    evaluate_every: Positive = Field(description="steps between two evaluations")
    subset: Positive = Field(description="fixed training images, and as many test images, for the errors")
