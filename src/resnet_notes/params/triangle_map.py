"""The section triangle_map: how often the triangle map is applied."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from resnet_notes.params.base import Section, Unique

# The network of one hidden layer has 2^layers units: 14 take two seconds, every further layer twice as long.
Layers = Annotated[int, Field(ge=1, le=14)]


class TriangleMap(Section):
    """The triangle map by deep networks and by one hidden layer."""

    layers: Annotated[list[Layers], Unique, Field(min_length=1)] = Field(
        description="layers of two ReLUs each, which is how often the map is applied"
    )
    drawn: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Unique, Field(min_length=1, max_length=4)] = Field(
        description="those of the layers whose graph is drawn"
    )

    @field_validator("drawn")
    @classmethod
    def _drawn_are_counted(cls, drawn: list[int], info: ValidationInfo) -> list[int]:
        counted = info.data.get("layers", drawn)
        missing = [k for k in drawn if k not in counted]
        if missing:
            raise ValueError(f"{missing[0]} is not among the layers {counted}")
        return drawn
