"""The section linear_chain: weights and depths of the chains of equal linear layers."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Section, Seeds, Unique

# Within these bounds floats hold every gradient and every step: the longest goes as weight^(2 depth).
Depth = Annotated[int, Field(ge=1, le=200)]
Weight = Annotated[float, Field(ge=0.1, le=2)]


class LinearChain(Section):
    """Chains of equal linear layers: their gradients, and a step of gradient descent."""

    depths: Annotated[list[Depth], Unique, Field(min_length=1)] = Field(description="layers of every chain")
    weights: Annotated[list[Weight], Unique, Field(min_length=1)] = Field(description="of the scalar chains")
    equal_entry: Annotated[float, Field(ge=0.1, le=1)] = Field(description="every entry of the matrix of equal entries")
    equal_size: Annotated[int, Field(ge=2, le=20)] = Field(description="its rows and columns")
    nilpotent_entry: Annotated[float, Field(ge=0.1, le=10)] = Field(
        description="size of the nilpotent matrix's entries"
    )
    sizes: Annotated[list[Annotated[int, Field(ge=2, le=256)]], Unique, Field(min_length=1)] = Field(
        description="rows and columns of the random and the orthogonal matrices"
    )
    radii: Annotated[list[Weight], Unique, Field(min_length=1)] = Field(
        description="spectral radii the random matrices are scaled to"
    )
    seeds: Annotated[Seeds, Field(min_length=1)] = Field(
        description="of the random and the orthogonal matrices, one draw of each size a seed"
    )
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(description="of the step in the scalar chains")
    target: Annotated[float, Field(gt=0, le=100)] = Field(description="y of the loss 1/2 (a_l - y)^2, where a_0 = 1")
