"""The section propagation: sizes of the random networks whose signals are measured at initialisation."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from resnet_notes.params.base import Section

LARGEST = 200_000_000
"""Weights of a network: they are held at once, in 8 bytes each."""


class Size(Section):
    """Random networks of one size."""

    # narrower ReLU networks can die
    width: Annotated[int, Field(ge=32, le=10_000)] = Field(description="units of every layer and of the input")
    # deeper plain sigmoid networks have gradients whose variance floats cannot hold
    depth: Annotated[int, Field(ge=5, le=150)] = Field(description="layers")
    batch: Annotated[int, Field(ge=4, le=10_000)] = Field(description="examples, also of batch normalisation")
    draws: Annotated[int, Field(ge=2, le=1_000)] = Field(description="networks drawn, each with inputs of its own")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        weights = self.depth * self.width**2
        if weights > LARGEST:
            raise ValueError(f"{self.depth} layers of {self.width} units have {weights:,} weights; at most {LARGEST:,}")
        return self


class Propagation(Section):
    """Signals of random networks at initialisation."""

    seed: Annotated[int, Field(ge=0)] = Field(description="of all draws")
    deep: Size = Field(description="networks measured layer by layer, plain and cured")
    ratios: Size = Field(description="networks for the factor of a layer")
    histograms: Size = Field(description="tanh networks for the histograms by layer")
