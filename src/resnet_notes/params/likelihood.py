"""The experiment on RBMs as density models: what contrastive divergence reaches, in exact log-likelihood."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from resnet_notes.params.base import Positive, Section, Seeds, Unique

Rate = Annotated[float, Field(gt=0, le=10)]


class Method(Section):
    """A learning rule and its rate."""

    method: Literal["CD", "PCD"] = Field(description="contrastive divergence, or with persistent chains")
    k: Positive = Field(description="Gibbs steps an update")
    learning_rate: Rate = Field(description="at the start")
    decay: bool = Field(description="whether the rate decays linearly to zero")


class Likelihood(Section):
    """RBMs on binarised images, by every method and seed, their likelihood on the test images along the training."""

    dataset: str = Field(description="data set whose pixels are binarised at random, once")
    images: Positive = Field(description="training images, the first of the train split")
    hidden: Positive = Field(description="hidden units; log Z is exact for up to 20, else estimated")
    methods: Annotated[list[Method], Field(max_length=4)] = Field(
        description="learning rules, each once; an empty list leaves the experiment out"
    )
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(description="of the weights and of the sampling")
    epochs: Positive = Field(description="passes over the training images")
    batch: Positive = Field(description="images in a mini-batch, and persistent chains")
    evaluate_at: Annotated[list[Annotated[int, Field(ge=0)]], Unique, Field(min_length=1)] = Field(
        description="epochs after which the likelihood is computed, ascending; the last one ends the training"
    )
    betas: Annotated[int, Field(ge=1)] = Field(description="steps of annealed importance sampling, equally long")
    chains: Annotated[int, Field(ge=2)] = Field(description="runs of it in each direction")

    @model_validator(mode="after")
    def _consistent(self) -> "Likelihood":
        names = [(rule.method, rule.k) for rule in self.methods]
        if len(set(names)) != len(names):
            raise ValueError("methods: the same method with the same k twice")
        if self.evaluate_at != sorted(self.evaluate_at) or self.evaluate_at[-1] != self.epochs:
            raise ValueError(f"evaluate_at = {self.evaluate_at} must ascend and end at epochs = {self.epochs}")
        if self.batch > self.images:
            raise ValueError(f"batch = {self.batch}: there are {self.images} images")
        return self
