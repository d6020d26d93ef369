"""What every section of params.yaml shares: unknown keys and wrong types are refused, and nothing is coerced."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of params.yaml."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Positive = Annotated[int, Field(ge=1)]
"""A whole number above zero."""


def _unique(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("the same value twice")
    return values


Unique = AfterValidator(_unique)
"""Refuses a list that holds a value twice."""

Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Unique]
"""Seeds of an experiment, each once."""
