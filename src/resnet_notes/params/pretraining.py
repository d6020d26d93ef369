"""The experiment on pretraining: deep sigmoid networks from random weights and from greedily trained RBMs."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from resnet_notes.params.base import Positive, Section, Seeds, Unique
from resnet_notes.params.rbm import RBMRecipe

Initialisation = Literal["uniform", "glorot", "glorot-sigmoid", "rbm"]
Initialisations = Annotated[list[Initialisation], Unique]
Depths = Annotated[list[Annotated[int, Field(ge=1, le=20)]], Unique, Field(min_length=1)]
Width = Annotated[int, Field(ge=1, le=10_000)]


class Shape(NamedTuple):
    """A network that is trained."""

    dataset: str
    layers: tuple[int, ...]
    """Units of its hidden layers, from the lowest to the highest."""

    @property
    def name(self) -> str:
        """As 2x128 for equal layers, else as 500-500-2000."""
        equal = len(set(self.layers)) == 1
        return f"{len(self.layers)}x{self.layers[0]}" if equal else "-".join(map(str, self.layers))


class Compared(Section):
    """What is compared on a data set."""

    depths: Depths = Field(description="numbers of hidden layers")
    initialisations: Initialisations = Field(description="uniform, glorot, glorot-sigmoid (gain 4), rbm")


class Widths(Section):
    """Networks of other widths than the main one: does pretraining need wide layers?"""

    dataset: str = Field(description="one of those of the experiment")
    depth: Annotated[int, Field(ge=1, le=20)] = Field(description="hidden layers")
    widths: Annotated[list[Width], Unique] = Field(description="units of a hidden layer; empty leaves them out")
    shapes: list[Annotated[list[Width], Field(min_length=1, max_length=20)]] = Field(
        default_factory=list, description="networks with hidden layers of unlike widths, by the units of each"
    )
    initialisations: Initialisations = Field(description="those that are compared")


class Pretraining(Section):
    """Deep sigmoid networks at many depths, from random and from pretrained weights."""

    datasets: dict[str, Compared] = Field(
        description="what is compared on each; without initialisations it is left out"
    )
    width: Width = Field(description="units of a hidden layer")
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(
        description="seeds; one greedy stack of each serves all depths"
    )
    images: Positive = Field(description="training images, the first of the training split")
    batch: Positive = Field(description="images in a mini-batch")
    learning_rate: Annotated[float, Field(gt=0, le=100)] = Field(description="of SGD, constant")
    momentum: Annotated[float, Field(gt=0, lt=1)] = Field(description="of SGD")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(description="L2 penalty of SGD")
    epochs: Positive = Field(description="passes over the images")
    evaluate_every: Positive = Field(description="steps between two rows of the history")
    train_subset: Positive = Field(description="training images on which loss and error are measured")
    target_loss: Annotated[float, Field(gt=0)] = Field(
        description="training loss in nats that networks are compared by the steps to; it is not part of the training"
    )
    rbm: RBMRecipe = Field(description="of every layer of a greedy stack")
    widths: Widths

    @model_validator(mode="after")
    def _fits(self) -> "Pretraining":
        batches = (("batch", self.batch), ("train_subset", self.train_subset), ("rbm.batch", self.rbm.batch))
        for name, count in batches:
            if count > self.images:
                raise ValueError(f"{name} = {count}: must be at most images = {self.images}")
        if (self.widths.widths or self.widths.shapes) and self.widths.dataset not in self.datasets:
            raise ValueError(f"widths.dataset = {self.widths.dataset!r}: there are {', '.join(self.datasets)}")
        shapes = [tuple(layers) for layers in self.widths.shapes]
        for layers in shapes:
            if len(set(layers)) == 1 or shapes.count(layers) > 1:
                raise ValueError(f"widths.shapes: {list(layers)} has layers of one width, or stands there twice")
        if self.width in self.widths.widths:
            raise ValueError(f"widths.widths: {self.width} is the width of the others already; leave it out")
        return self

    def networks(self) -> list[tuple[str, Shape]]:
        """Every network that is fine-tuned, with where its weights start."""
        of = self.widths
        others = [(width,) * of.depth for width in of.widths] + [tuple(layers) for layers in of.shapes]
        main = [
            (start, Shape(name, (self.width,) * depth))
            for name, given in self.datasets.items()
            for start in given.initialisations
            for depth in given.depths
        ]
        return main + [(start, Shape(of.dataset, layers)) for start in of.initialisations for layers in others]

    def greedy_stacks(self) -> list[Shape]:
        """The greedy stacks that networks start from, none of which is the lower part of another."""
        wanted = list(dict.fromkeys(shape for start, shape in self.networks() if start == "rbm"))
        return [shape for shape in wanted if not any(_is_below(shape, other) for other in wanted)]

    def stack_below(self, dataset: str, layers: tuple[int, ...]) -> Shape | None:
        """The greedy stack whose lower part has these layers; None when there is none."""
        lower = Shape(dataset, layers)
        return next((stack for stack in self.greedy_stacks() if stack == lower or _is_below(lower, stack)), None)


def _is_below(shape: Shape, other: Shape) -> bool:
    shorter = len(shape.layers) < len(other.layers)
    return shorter and shape.dataset == other.dataset and shape.layers == other.layers[: len(shape.layers)]
