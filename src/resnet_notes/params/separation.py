"""The experiment on learned depth separation: networks of one size, shallow to deep, on two functions."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from resnet_notes.models.sizes import parameter_count, width_for
from resnet_notes.params.base import Positive, Section, Seeds, Unique

TOLERANCE = 0.05
"""By what share the number of parameters may miss what is asked for: widths are whole numbers."""


def _ascending(values: list[int]) -> list[int]:
    if values != sorted(values):
        raise ValueError(f"{values} is not in ascending order")
    return values


class Task(Section):
    """How long the networks of a task are trained, and on what."""

    # the figure tells three numbers apart
    examples: Annotated[list[Positive], Unique, AfterValidator(_ascending), Field(min_length=1, max_length=3)] = Field(
        description="training examples, from few to many; the few are the first of the many"
    )
    steps: Positive = Field(description="training steps")
    batch: Positive = Field(description="examples in a mini-batch, drawn with replacement")
    evaluate_every: Positive = Field(description="steps between two evaluations")


class Triangle(Task):
    """Regression on Telgarsky's triangle map of one uniform number."""

    # every iteration uses up one of the 24 random bits of a uniform float32
    iterations: Annotated[int, Field(ge=1, le=10)] = Field(description="how often the map is applied; 2^this pieces")


class SparseParity(Task):
    """Whether an odd number of a few of many random bits is one."""

    inputs: Annotated[int, Field(ge=1, le=1000)] = Field(description="bits that the network sees")
    relevant: Positive = Field(description="bits that decide, at most all")

    @model_validator(mode="after")
    def _enough_bits(self) -> "SparseParity":
        if self.relevant > self.inputs:
            raise ValueError(f"relevant = {self.relevant} of {self.inputs} inputs: there are not so many")
        return self


class Tasks(Section):
    """The functions that are learned."""

    triangle: Triangle
    parity: SparseParity


class Separation(Section):
    """ReLU networks of equal size on each task: every number of layers with every number of examples and seed."""

    layers: Annotated[list[Annotated[int, Field(ge=1, le=50)]], Unique] = Field(
        description="hidden layers; an empty list leaves the experiment out"
    )
    parameters: Positive = Field(description="weights and biases of every network; the width follows")
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(description="seeds; all depths share their examples")
    learning_rates: Annotated[list[Annotated[float, Field(ge=0.0001, le=10)]], Unique, Field(min_length=1)] = Field(
        description="of Adam, then half a cosine to zero; the figure takes the one with the lowest validation loss"
    )
    bias_scale: Annotated[float, Field(ge=0, le=10)] = Field(
        description="standard deviation of the biases at the start; the weights have He's initialisation"
    )
    tasks: Tasks

    @model_validator(mode="after")
    def _equal_size(self) -> "Separation":
        sizes: list[tuple[str, int]] = [("triangle", 1), ("parity", self.tasks.parity.inputs)]
        for task, inputs in sizes:
            for layers in self.layers:
                width = width_for(self.parameters, inputs, layers)
                count = parameter_count([inputs, *[width] * layers, 1])
                if abs(count - self.parameters) > TOLERANCE * self.parameters:
                    raise ValueError(
                        f"parameters = {self.parameters}: {layers} layers for {task} have {count} at best "
                        f"(width {width}); ask for more parameters, or for other layers"
                    )
        return self
