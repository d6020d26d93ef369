"""Normal deviates with the same bits on every CPU."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def normal(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Return standard normal deviates, float64, from uniform ones by the Box-Muller transform.

    ``randn`` gives other bits on other CPUs while ``rand`` does not; and so does ``sqrt``, which goes through MKL.

    Args:
        shape: of what is returned.
        generator: on the CPU; it is advanced.
    """
    u, v = torch.rand(2, math.prod(shape), generator=generator, dtype=torch.float64)
    radius = torch.rsqrt(-2.0 * torch.log1p(-u)).reciprocal()
    return (radius * torch.cos(2.0 * torch.pi * v)).reshape(list(shape))
