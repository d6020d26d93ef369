"""The exact log partition function of a small RBM, by enumerating all states of its smaller layer.

Source: Salakhutdinov and Murray 2008, On the Quantitative Analysis of Deep Belief Networks, section 4, who sum out one
layer analytically and enumerate the other.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from resnet_notes.errors import BadInput
from resnet_notes.models.normal import normal
from resnet_notes.models.rbm import RBM

LIMIT = 22
"""Units that are enumerated at most: 4 million states."""

Floats = NDArray[np.float64]

_SAFE = 700.0
"""Powers of e up to this one are finite float64 numbers, and so are those down to minus this one, and not zero."""
_FACTORS = 4
_ROWS = 32
"""Rows of a block: 32 x 1024 float64 numbers stay in the cache."""


class Enumeration:
    """All states of an RBM's enumerated layer with their unnormalised log probabilities, float64.

    The hidden layer is enumerated where it is not larger than the visible one, and always where that is Gaussian.

    Args:
        rbm: V visible and H hidden units; it is read once.

    Attributes:
        log_z: log Σ exp(-E(v, h)) in nats, with an integral over v where it is Gaussian.

    Raises:
        BadInput: more than `LIMIT` units would have to be enumerated.
    """

    def __init__(self, rbm: RBM) -> None:
        self._rbm = rbm
        if rbm.labels:
            raise BadInput("an RBM with a label among its visible units: its log Z is not known to this enumeration")
        self._hidden = rbm.visible == "gaussian" or len(rbm.hidden_bias) <= len(rbm.visible_bias)
        weights, a, b = (_double(part) for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
        if not self._hidden:
            weights, a, b = weights.T, b, a
        if len(b) > LIMIT:
            raise BadInput(
                f"an RBM with {len(a)} and {len(b)} units: at most {LIMIT} of a side can be enumerated; "
                "estimate log Z by annealed importance sampling"
            )
        log_weights = _quadratic(weights, a, b) if rbm.visible == "gaussian" else _softplus(weights, a, b)
        self._top = float(log_weights.max())
        self._odds = np.exp(log_weights - self._top).ravel()
        self.log_z = self._top + math.log(math.fsum(self._odds))

    def samples(self, count: int, generator: torch.Generator) -> Tensor:
        """Independent samples of the model's visible units, [count, V] as the RBM's tensors.

        Args:
            count: how many.
            generator: on the CPU; it is advanced.
        """
        cumulative = np.cumsum(self._odds)
        uniform = torch.rand(count, generator=generator, dtype=torch.float64).numpy() * cumulative[-1]
        chosen = np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(cumulative) - 1)
        units = len(self._rbm.hidden_bias if self._hidden else self._rbm.visible_bias)
        states = (chosen[:, None] >> np.arange(units)[::-1]) & 1
        like = self._rbm.weights
        layer = torch.from_numpy(states).to(device=like.device, dtype=like.dtype)
        return sample_visible(self._rbm.visible_means(layer), self._rbm.visible, generator) if self._hidden else layer


def log_partition(rbm: RBM) -> float:
    """Log Z in nats; as :class:`Enumeration`, whose errors it has."""
    return Enumeration(rbm).log_z


def log_likelihood(rbm: RBM, x: Tensor, log_z: float) -> Floats:
    """Log p(x) in nats of every example, float64 [N], given log Z.

    Args:
        rbm: on any device.
        x: visible units [N, V]; zeros and ones where they are Bernoulli: of a grey value it is no probability.
        log_z: exact, or an estimate.
    """
    weights, a, b = (_double(part) for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
    parts = []
    for block in x.split(5000):  # as many as fit in memory at once, whatever the data set
        v = _double(block)
        own = v @ a if rbm.visible == "bernoulli" else -0.5 * np.square(v - a).sum(axis=1)
        parts.append(own + np.logaddexp(0.0, v @ weights + b).sum(axis=1) - log_z)
    return np.concatenate(parts)


def exact_log_likelihood(rbm: RBM, x: Tensor) -> Floats:
    """Log p(x) in nats of every example [N, V], float64 [N]; for small RBMs, see :class:`Enumeration`."""
    return log_likelihood(rbm, x, log_partition(rbm))


def sample_visible(means: Tensor, visible: str, generator: torch.Generator) -> Tensor:
    """Visible units of the given conditional means, of their shape and device.

    Args:
        means: [..., V].
        visible: ``bernoulli`` or ``gaussian`` (with variance one).
        generator: on the CPU, or on the device where they are Bernoulli; it is advanced.
    """
    if visible == "bernoulli":
        uniform = torch.rand(means.shape, generator=generator, device=generator.device, dtype=means.dtype)
        return (uniform.to(means.device) < means).to(means.dtype)
    return means + normal(means.shape, generator).to(device=means.device, dtype=means.dtype)


def _double(part: Tensor) -> Floats:
    return part.detach().to("cpu", torch.float64).numpy()


def _halves(weights: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """What two halves of the enumerated units add, in all their states: to the others' input, and by their bias.

    The state number i of n units is i written in binary, the first unit its highest bit. Returns [2^A, units] and
    [2^B, units], and the biases' sums [2^A, 2^B].
    """
    half = len(b) // 2
    first, second = _states(half), _states(len(b) - half)
    bias = (first @ b[:half])[:, None] + (second @ b[half:])[None, :]
    return first @ weights[:, :half].T, second @ weights[:, half:].T, bias


def _states(units: int) -> Floats:
    """All states of some units, [2^units, units]."""
    return ((np.arange(2**units)[:, None] >> np.arange(units)[::-1]) & 1).astype(np.float64)


def _quadratic(weights: Floats, a: Floats, b: Floats) -> Floats:
    """The log weights b·h + a·Wh + |Wh|²/2 + V/2 log 2π of all hidden states, the visible units being integrated."""
    first, second, total = _halves(weights, b)
    mixed = first @ second.T
    own = [part @ a + 0.5 * np.square(part).sum(axis=1) for part in (first, second)]
    return total + own[0][:, None] + own[1][None, :] + mixed + 0.5 * len(a) * math.log(2.0 * math.pi)


def _softplus(weights: Floats, a: Floats, b: Floats) -> Floats:
    """The log weights b·h + Σ_i log(1 + exp(a_i + W_i·h)) of all states h, [2^A, 2^B].

    With A_i and B_i the inputs of unit i from the two halves, exp(a_i + W_i·h) is the product of exp(a_i + A_i) and
    exp(B_i). A product over four units of 1 + exp(a_i + A_i) exp(B_i) has 16 terms, each of a factor of A and one of B:
    it is a matrix product. All terms are positive, so nothing cancels; a logarithm is taken of as many products as stay
    finite.
    """
    first, second, total = _halves(weights, b)
    first += a
    reach = np.abs(a) + np.abs(weights).sum(axis=1)
    for unit in np.flatnonzero(reach > _SAFE - 1.0):  # too large for the products: softplus itself
        total += np.logaddexp(0.0, first[:, unit, None] + second[None, :, unit])
    small = np.flatnonzero(reach <= _SAFE - 1.0)
    groups = list(_groups(reach[small] + math.log(2.0), _FACTORS))
    left = [_subset_products(np.exp(first[:, small[group]])) for group in groups]
    right = [_subset_products(np.exp(second[:, small[group]])).T.copy() for group in groups]
    bounds = np.array([reach[small[group]].sum() + len(reach[small[group]]) * math.log(2.0) for group in groups])
    batches = list(_groups(bounds, len(groups)))
    for start in range(0, len(first), _ROWS):
        rows = slice(start, start + _ROWS)
        for batch in batches:
            members = range(len(groups))[batch]
            product = left[members[0]][rows] @ right[members[0]]
            factor = np.empty_like(product)
            for group in members[1:]:
                product *= np.matmul(left[group][rows], right[group], out=factor)
            total[rows] += np.log(product)
    return total


def _groups(bounds: Floats, most: int) -> Iterator[slice]:
    """Cut a sequence into runs of at most ``most`` members, whose bounds add up to what is safe."""
    start, reach = 0, 0.0
    for place, bound in enumerate(bounds):
        if place > start and (place - start == most or reach + bound > _SAFE):
            yield slice(start, place)
            start, reach = place, 0.0
        reach += float(bound)
    if len(bounds):
        yield slice(start, len(bounds))


def _subset_products(factors: Floats) -> Floats:
    """The products of all subsets of the columns, [N, g] to [N, 2^g]."""
    products = np.ones((len(factors), 1))
    for column in factors.T:
        products = np.hstack([products, products * column[:, None]])
    return products
