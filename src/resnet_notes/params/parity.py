"""Circuits for the parity function (the notes, section 1 and Figure 2)."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Section, Unique


class Parity(Section):
    """Which circuits for parity are drawn, built and searched for."""

    drawn_inputs: Annotated[int, Field(ge=2, le=5)] = Field(description="inputs of the circuits that are drawn")
    inputs: Annotated[int, Field(ge=2, le=18)] = Field(
        description="every circuit is built for 2 inputs up to this many, and checked on all 2^n assignments"
    )
    minimal_dnf_inputs: Annotated[int, Field(ge=2, le=17)] = Field(
        description="the minimal DNF is computed for 2 inputs up to this many; each more takes three times as long"
    )
    bounded_depths: Annotated[list[Annotated[int, Field(ge=3, le=6)]], Unique] = Field(
        description="depths for which a circuit of AND, OR and NOT gates of that depth is built"
    )
