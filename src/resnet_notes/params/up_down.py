"""The experiment on the up-down algorithm: a deep belief network with labels, fine-tuned without backpropagation."""

from typing import Annotated

from pydantic import Field, model_validator

from resnet_notes.params.base import Positive, Section


class UpDown(Section):
    """Deep belief networks with labels, on the greedy stacks of `pretraining` and with its images and batches."""

    dataset: str = Field(description="one of those of `pretraining`")
    layers: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(min_length=1, max_length=20)] = Field(
        description="hidden units of the directed layers: the lowest ones of a greedy stack of `pretraining`"
    )
    top: Annotated[int, Field(ge=1, le=20_000)] = Field(description="hidden units of the RBM of features and labels")
    epochs: list[Positive] = Field(
        description="passes over the images with each of `gibbs_steps`; an empty list leaves the experiment out"
    )
    gibbs_steps: list[Positive] = Field(description="of contrastive divergence, one number for each of `epochs`")
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="constant")
    monitor: Positive = Field(description="images of the training and of the validation split for errors on the way")

    @model_validator(mode="after")
    def _paired(self) -> "UpDown":
        if len(self.epochs) != len(self.gibbs_steps):
            raise ValueError(f"epochs = {self.epochs} and gibbs_steps = {self.gibbs_steps}: must be equally many")
        return self
