"""Annealed importance sampling agrees with exact log Z, and says where it does not agree with itself."""

import warnings

import pytest
import torch

from resnet_notes.errors import BadInput
from resnet_notes.models.ais import ais, base_rate_bias, estimate_both_ways
from resnet_notes.models.log_partition import Enumeration
from resnet_notes.models.rbm import RBM, Visible


def make(scale: float, seed: int, visible: Visible = "bernoulli") -> RBM:
    g = torch.Generator().manual_seed(seed)
    shapes = ([9, 6], [9], [6])
    return RBM(*(scale * (2 * torch.rand(shape, generator=g) - 1) for shape in shapes), visible)


@pytest.mark.filterwarnings("ignore:RBM. log Z")
@pytest.mark.parametrize(("scale", "visible"), [(1.0, "bernoulli"), (0.4, "gaussian")])
def test_intervals_cover_exact_log_z(scale: float, visible: Visible) -> None:
    g, covered, runs = torch.Generator().manual_seed(7), [0, 0], 60
    betas = [i / 40 for i in range(41)]
    for seed in range(runs):
        rbm = make(scale, seed, visible)
        exact = Enumeration(rbm)
        for way, found in enumerate(estimate_both_ways(rbm, rbm.visible_bias, 100, betas, g, exact)):
            covered[way] += found.low <= exact.log_z <= found.high
    # of 60 intervals at 95 %, fewer than 50 cover once in 5,000
    assert min(covered) >= 50


def test_warns_where_the_directions_disagree() -> None:
    rbm = make(12.0, 3)
    with pytest.warns(UserWarning, match="forwards .* backwards"):
        estimate_both_ways(rbm, torch.zeros(9), 20, [0.0, 1.0], torch.Generator().manual_seed(0), Enumeration(rbm))


def test_does_not_warn_of_weak_weights() -> None:
    rbm = make(0.3, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimate_both_ways(rbm, torch.zeros(9), 100, [i / 100 for i in range(101)], torch.Generator().manual_seed(0))


def test_base_rates() -> None:
    x = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert torch.sigmoid(base_rate_bias(x)).tolist() == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize("betas", [[0.0], [0.0, 0.5], [0.0, 0.5, 0.5, 1.0]])
def test_betas_that_are_no_path(betas: list[float]) -> None:
    with pytest.raises(BadInput, match="ascend from 0 to 1"):
        ais(make(1.0, 0), torch.zeros(9), 10, betas, torch.Generator())
