"""The section shattered_gradients: random networks of one input whose slopes are looked at."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from resnet_notes.params.base import Section, Unique

LARGEST = 200_000_000
"""Weights of a network: they are held at once, in 8 bytes each."""


class ShatteredGradients(Section):
    """Slopes df/dx of random ReLU networks of one input, after Balduzzi et al. 2017, arXiv:1702.08591."""

    seed: Annotated[int, Field(ge=0)] = Field(description="of all draws")
    # narrower ReLU networks can die
    width: Annotated[int, Field(ge=32, le=10_000)] = Field(description="units of every hidden layer")
    depths: Annotated[list[Annotated[int, Field(ge=1, le=200)]], Unique, Field(min_length=2, max_length=6)] = Field(
        description="hidden layers"
    )
    betas: Annotated[list[Annotated[float, Field(gt=0, le=10)]], Unique, Field(min_length=1, max_length=2)] = Field(
        description="factors of the branches of residual networks"
    )
    points: Annotated[int, Field(ge=32, le=2_000)] = Field(description="inputs, evenly spaced on [-2, 2)")
    lags: Annotated[int, Field(ge=2, le=100)] = Field(description="longest lag of the autocorrelation, in points")
    draws: Annotated[int, Field(ge=2, le=1_000)] = Field(description="networks drawn of every kind")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.lags >= self.points:
            raise ValueError(f"a lag of {self.lags} points needs more than {self.points} points")
        weights = max(self.depths) * self.width**2
        if weights > LARGEST:
            deepest = f"{max(self.depths)} layers of {self.width} units"
            raise ValueError(f"{deepest} have {weights:,} weights; at most {LARGEST:,}")
        return self
