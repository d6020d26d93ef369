"""Annealed importance sampling of an RBM's log partition function, from above and from below.

Sources: Neal 2001, Annealed Importance Sampling; Salakhutdinov and Murray 2008, section 4.1 (from the base-rate RBM);
Burda, Grosse and Salakhutdinov 2015, who run it backwards, too: exp(estimate) of the forward runs is unbiased for Z, so
the estimate of log Z is too low on average, and that of the backward runs, from samples of the model, too high.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.errors import BadInput
from resnet_notes.models.log_partition import Enumeration, log_partition, sample_visible
from resnet_notes.models.products import product
from resnet_notes.models.rbm import RBM

_QUANTILE = 1.959963984540054
"""Of the standard normal distribution, at 97.5 %."""


@dataclass(frozen=True)
class Estimate:
    """Log Z in nats, with a 95 % interval from the spread of the chains' weights.

    The interval is the delta method's: log m -+ 1.96 sd / (m sqrt(n)) for n weights of mean m and
    standard deviation sd.
    It knows nothing of weights that no chain has met: where the two directions disagree it is too narrow.
    """

    log_z: float
    low: float
    high: float
    log_weights: Tensor
    """Of every chain, float64 [chains]."""
    ends: Tensor
    """Visible units at the end of the chains, [chains, V]."""


def base_rate_bias(x: Tensor) -> Tensor:
    """Visible biases log(p / (1 - p)) of the base-rate RBM of examples [N, V], float32 [V].

    p is (sum + 1) / (N + 2), as if two more examples had been seen, so that no rate is zero or one.
    """
    rate = (x.detach().to("cpu", torch.float64).sum(dim=0).numpy() + 1.0) / (len(x) + 2.0)
    return torch.from_numpy(np.log(rate / (1.0 - rate))).to(device=x.device, dtype=torch.float32)


def ais(rbm: RBM, base_bias: Tensor, chains: int, betas: Sequence[float], generator: torch.Generator) -> Estimate:
    """Estimate log Z forwards: from samples of the base-rate RBM, through the geometric path, to the RBM.

    Args:
        rbm: V visible and H hidden units.
        base_bias: visible biases [V] of the base-rate RBM, without weights and hidden biases: for Bernoulli units
            from :func:`base_rate_bias`; of Gaussian ones the means.
        chains: independent runs, at least two.
        betas: shares of the RBM in the path, ascending from 0 to 1.
        generator: on the CPU, or on the RBM's device where its visible units are Bernoulli; it is advanced.

    Raises:
        BadInput: fewer than two chains, or betas that do not ascend from 0 to 1.
    """
    _check(chains, betas)
    bias = base_bias.expand(chains, -1)
    start = sample_visible(torch.sigmoid(bias) if rbm.visible == "bernoulli" else bias, rbm.visible, generator)
    log_weights, ends = _anneal(rbm, base_bias, start, betas, generator)
    return _estimate(_base_log_z(rbm, base_bias), log_weights, ends, 1.0)


def reverse_ais(
    rbm: RBM, base_bias: Tensor, samples: Tensor, betas: Sequence[float], generator: torch.Generator
) -> Estimate:
    """Estimate log Z backwards: from samples of the RBM to the base-rate RBM.

    Args:
        rbm: V visible and H hidden units.
        base_bias: as in :func:`ais`.
        samples: visible units [chains, V] from the RBM's distribution; :func:`model_samples` gives some.
        betas: as in :func:`ais`, in the same order.
        generator: likewise.

    Raises:
        BadInput: fewer than two samples, or betas that do not ascend from 0 to 1.
    """
    _check(len(samples), betas)
    log_weights, ends = _anneal(rbm, base_bias, samples, list(betas)[::-1], generator)
    return _estimate(_base_log_z(rbm, base_bias), log_weights, ends, -1.0)


def model_samples(rbm: RBM, forward: Estimate, steps: int, generator: torch.Generator) -> Tensor:
    """Samples of an RBM too large for :class:`Enumeration`, as many as the forward run had chains.

    The chains are drawn again in proportion to their weights and run on for some Gibbs steps. They are samples of the
    model only as far as these chains mix: modes that no forward chain found stay missing, and then log Z comes out too
    low backwards, too.

    Args:
        rbm: V visible and H hidden units.
        forward: what :func:`ais` gave for it.
        steps: Gibbs steps.
        generator: on the CPU, or on the RBM's device where its visible units are Bernoulli; it is advanced.
    """
    odds = np.cumsum(_relative(forward.log_weights))
    uniform = torch.rand(len(odds), generator=generator, device=generator.device, dtype=torch.float64).cpu().numpy()
    chosen = np.minimum(np.searchsorted(odds, uniform * odds[-1], side="right"), len(odds) - 1)
    v = forward.ends[torch.from_numpy(chosen).to(forward.ends.device)]
    for _ in range(steps):
        hidden = sample_visible(rbm.hidden_means(v), "bernoulli", generator)
        v = sample_visible(rbm.visible_means(hidden), rbm.visible, generator)
    return v


def warn_if_they_disagree(forward: Estimate, backward: Estimate, name: str = "RBM") -> bool:
    """Warn in one line where the intervals of the two directions have nothing in common.

    Args:
        forward: what :func:`ais` gave.
        backward: what :func:`reverse_ais` gave.
        name: of the RBM, for the warning.

    Returns:
        Whether they disagree.
    """
    apart = forward.high < backward.low or backward.high < forward.low
    if apart:
        warnings.warn(
            f"{name}: log Z is {forward.log_z:.2f} forwards ({forward.low:.2f} to {forward.high:.2f}) but "
            f"{backward.log_z:.2f} backwards ({backward.low:.2f} to {backward.high:.2f}): take more betas or chains",
            stacklevel=2,
        )
    return apart


def _check(chains: int, betas: Sequence[float]) -> None:
    if chains < 2:
        raise BadInput(f"chains = {chains}: an interval needs at least 2")
    ascending = all(a < b for a, b in pairwise(betas))
    if len(betas) < 2 or betas[0] != 0 or betas[-1] != 1 or not ascending:
        raise BadInput(f"betas of {len(betas)} values must ascend from 0 to 1")


def _base_log_z(rbm: RBM, base_bias: Tensor) -> float:
    """Log Z of the base-rate RBM, whose units are independent."""
    hidden = len(rbm.hidden_bias)
    if rbm.visible == "gaussian":
        return 0.5 * len(base_bias) * math.log(2.0 * math.pi) + hidden * math.log(2.0)
    no_hidden = RBM(base_bias.new_zeros(len(base_bias), 0), base_bias, base_bias.new_zeros(0))
    return log_partition(no_hidden) + hidden * math.log(2.0)


def _anneal(
    rbm: RBM, base_bias: Tensor, v: Tensor, betas: Sequence[float], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The chains' log weights [chains], float64, along the path, and where they end.

    Of every beta to the next the weight gains the ratio of their unnormalised probabilities at v, then v takes a Gibbs
    step under the next.
    """
    total = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    for beta, following in pairwise(betas):
        inputs = product(v, rbm.weights) + rbm.hidden_bias
        total += (following - beta) * _visible_gain(rbm, base_bias, v)
        total += (F.softplus(following * inputs).double() - F.softplus(beta * inputs).double()).sum(dim=1)
        hidden = sample_visible(torch.sigmoid(following * inputs), "bernoulli", generator)
        means = product(hidden, rbm.weights.mT) + rbm.visible_bias
        means = (1.0 - following) * base_bias + following * means
        v = sample_visible(torch.sigmoid(means) if rbm.visible == "bernoulli" else means, rbm.visible, generator)
    return total, v


def _visible_gain(rbm: RBM, base_bias: Tensor, v: Tensor) -> Tensor:
    """What the visible units alone add to log p by which the RBM exceeds the base-rate RBM, float64 [chains]."""
    v, a, base = v.double(), rbm.visible_bias.double(), base_bias.double()
    if rbm.visible == "bernoulli":
        return (v * (a - base)).sum(dim=1)
    return 0.5 * ((v - base).square() - (v - a).square()).sum(dim=1)


def _relative(log_weights: Tensor) -> np.ndarray:
    """The weights over the largest of them."""
    logs = log_weights.cpu().numpy()
    return np.exp(logs - logs.max())


def _estimate(base: float, log_weights: Tensor, ends: Tensor, sign: float) -> Estimate:
    """Log Z from log(Z / base) of sign 1, or of log(base / Z) of sign -1."""
    weights = _relative(log_weights)
    mean = math.fsum(weights) / len(weights)
    variance = math.fsum((weights - mean) ** 2) / (len(weights) - 1)
    half = _QUANTILE * math.sqrt(variance / len(weights)) / mean
    log_z = base + sign * (float(log_weights.max()) + math.log(mean))
    return Estimate(log_z, log_z - half, log_z + half, log_weights, ends)


def estimate_both_ways(
    rbm: RBM, base_bias: Tensor, chains: int, betas: Sequence[float], generator: torch.Generator,
    exact: Enumeration | None = None,
) -> tuple[Estimate, Estimate]:  # fmt: skip
    """Estimate log Z forwards and backwards, and warn where the two disagree.

    Args:
        rbm: V visible and H hidden units.
        base_bias: as in :func:`ais`.
        chains: of each direction.
        betas: as in :func:`ais`.
        generator: as in :func:`ais`; on the CPU where ``exact`` is given.
        exact: its states, for independent samples to go backwards from; without them :func:`model_samples` gives
            some, after as many Gibbs steps as there are betas.
    """
    forward = ais(rbm, base_bias, chains, betas, generator)
    samples = exact.samples(chains, generator) if exact else model_samples(rbm, forward, len(betas), generator)
    backward = reverse_ais(rbm, base_bias, samples, betas, generator)
    warn_if_they_disagree(forward, backward)
    return forward, backward
