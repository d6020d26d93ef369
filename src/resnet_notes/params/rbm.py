"""How a restricted Boltzmann machine is trained, wherever a section trains one."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Positive, Section

Momentum = Annotated[float, Field(ge=0, lt=1)]


class RBMRecipe(Section):
    """Contrastive divergence with the settings of Hinton 2010, A Practical Guide to Training RBMs."""

    epochs: Positive = Field(description="passes over the images, for each layer")
    batch: Positive = Field(description="images in a mini-batch")
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="constant")
    momentum: Annotated[list[Momentum], Field(min_length=2, max_length=2)] = Field(
        description="before and after `momentum_epochs`"
    )
    momentum_epochs: Annotated[int, Field(ge=0)] = Field(description="epochs with the first momentum")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(description="L2, on weights and not on biases")
    k: Positive = Field(description="Gibbs steps of CD-k")
