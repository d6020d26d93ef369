"""Thresholds that the claims are judged by."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Positive, Section
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
    lesion_points: Annotated[float, Field(ge=0)] = Field(
        description="plain, the lesser depth: least median rise of the test error when a block goes, in points"
    )
    lesion_residual_points: Annotated[float, Field(ge=0)] = Field(
        description="residual, the lesser depth: greatest median rise of the test error, in points"
    )
    about: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="relative distance within which one number is about another"
    )
    vanishing: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="share of a variance below which a gradient has vanished"
    )
    about_equal: Annotated[float, Field(gt=1)] = Field(
        description="greatest ratio of variances that are about equal in all layers"
    )
    no_effect: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="greatest share of the way to the minimum of a step that has virtually no effect"
    )
    untrained_error: Annotated[float, Field(gt=0, lt=100)] = Field(
        description="training error in % above which a network has not been trained"
    )
    trainable_layers: Positive = Field(description="hidden layers beyond which the old random weights are said to fail")
    untrainable_layers: Positive = Field(description="hidden layers that could not be trained from them")
    pretrained_layers: Annotated[int, Field(ge=2)] = Field(
        description="hidden layers of the pretrained networks held against one"
    )
    likelihood_nats: Annotated[float, Field(gt=0)] = Field(
        description="greatest distance to a published likelihood, in nats"
    )
    depth_scales: Annotated[float, Field(gt=0)] = Field(description="depth scales up to which networks can be trained")
    parity_error: Annotated[float, Field(gt=0, lt=50)] = Field(
        description="test error in % above which parity has not been learned"
    )
    tens_of_layers: Positive = Field(description="hidden layers that normalisation is to make trainable at least")
    variant_points: Annotated[float, Field(gt=0)] = Field(
        description="greatest change by a variant, in points of test error"
    )
    healthy_decades: Annotated[float, Field(gt=0)] = Field(
        description="greatest ratio of healthy gradients, in powers of ten"
    )
