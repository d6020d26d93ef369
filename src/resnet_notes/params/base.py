"""What every section of params.yaml shares: unknown keys and wrong types are refused, and nothing is coerced."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of params.yaml."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _unique(values: list[int]) -> list[int]:
    if len(set(values)) != len(values):
        raise ValueError("the same number twice")
    return values


Seeds = Annotated[list[Annotated[int, Field(ge=0)]], AfterValidator(_unique)]
"""Seeds of an experiment, each once."""
