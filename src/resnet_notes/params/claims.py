"""Thresholds that the claims are judged by."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Section
from resnet_notes.params.networks import Depth


class Claims(Section):
    """Thresholds, written down before the runs."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(description="confidence level of the intervals that decide")
    shallow: Depth = Field(description="the lesser depth compared")
    deep: Depth = Field(description="the greater depth compared")
    degradation_points: Annotated[float, Field(ge=0)] = Field(
        description="plain: least excess of the deep network's training error, in percentage points"
    )
    residual_points: Annotated[float, Field(ge=0)] = Field(
        description="residual: greatest excess of the deep network's training error, in percentage points"
    )
