"""The recipe: how a convolutional network is trained."""

from typing import Annotated, Literal

from pydantic import Field

from resnet_notes.params.base import Positive, Section


class Linear(Section):
    """Warm-up by equal increments up to the learning rate."""

    kind: Literal["linear"]
    steps: Annotated[int, Field(ge=0)] = Field(description="length of the warm-up in steps; 0 is none")
    from_depth: Annotated[int, Field(ge=0)] = Field(0, description="networks of at least this depth warm up")


class Constant(Section):
    """Warm-up at a small constant learning rate, as He et al. 2015 train their network of depth 110."""

    kind: Literal["constant"]
    steps: Annotated[int, Field(ge=0)] = Field(description="length of the warm-up in steps; 0 is none")
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="during the warm-up")
    from_depth: Annotated[int, Field(ge=0)] = Field(0, description="networks of at least this depth warm up")


class Cosine(Section):
    """Half a cosine from the learning rate to zero (Loshchilov and Hutter 2017)."""

    kind: Literal["cosine"]


class Steps(Section):
    """The learning rate times ``factor`` at each of the given steps (He et al. 2015)."""

    kind: Literal["steps"]
    at: list[Positive] = Field(description="steps at which the learning rate changes")
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(description="what it is multiplied by")


Warmup = Annotated[Linear | Constant, Field(discriminator="kind")]
Decay = Annotated[Cosine | Steps, Field(discriminator="kind")]


class Recipe(Section):
    """How every network of the study is trained."""

    dataset: str = Field(description="a name under datasets")
    pool: Positive = Field(description="images are averaged over pool x pool pixels")
    pad: Annotated[int, Field(ge=0, le=32)] = Field(description="padding for random crops with flips; 0 is none")
    stem_stride: Annotated[int, Field(ge=1, le=4)] = Field(description="stride of the first convolution")
    batch: Annotated[int, Field(ge=2)] = Field(description="images in a mini-batch")
    steps: Positive = Field(description="training steps")
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="after the warm-up")
    warmup: Warmup
    decay: Decay
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(description="of SGD")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(description="L2, on every parameter")
    evaluate_every: Positive = Field(description="steps between two evaluations")
    monitor: Positive = Field(description="test images for the errors along the training")
    train_subset: Positive = Field(description="training images for the final training error")
    test_subset: Positive | None = Field(None, description="test images for the final test error; all of them if null")


class Override(Section):
    """What an experiment changes of the recipe; what it leaves out stays."""

    batch: Annotated[int, Field(ge=2)] | None = None
    steps: Positive | None = None
    learning_rate: Annotated[float, Field(gt=0, le=10)] | None = None
    warmup: Warmup | None = None
    decay: Decay | None = None
    momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=1)] | None = None
    evaluate_every: Positive | None = None
    train_subset: Positive | None = None
    test_subset: Positive | None = None
