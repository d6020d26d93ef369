import math

import numpy as np
import torch
from scipy import stats

from resnet_notes.models.normal import normal


def test_the_deviates_are_normal_and_independent() -> None:
    drawn = normal((2, 50_000), torch.Generator().manual_seed(1)).numpy()
    assert drawn.dtype == np.float64 and np.isfinite(drawn).all()
    assert stats.kstest(drawn.ravel(), "norm").pvalue > 0.001
    assert abs(np.corrcoef(drawn)[0, 1]) < 4 / math.sqrt(50_000)
    assert abs(np.corrcoef(drawn[0, 1:], drawn[0, :-1])[0, 1]) < 4 / math.sqrt(50_000)


def test_each_is_the_box_muller_transform_of_two_uniform_ones() -> None:
    u, v = torch.rand(2, 7, generator=torch.Generator().manual_seed(3), dtype=torch.float64).tolist()
    expected = [math.sqrt(-2 * math.log(1 - a)) * math.cos(2 * math.pi * b) for a, b in zip(u, v)]
    assert np.allclose(normal((7,), torch.Generator().manual_seed(3)), expected, rtol=1e-13)
