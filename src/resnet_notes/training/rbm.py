"""Training restricted Boltzmann machines: contrastive divergence, persistent chains, parallel tempering.

Source: Hinton 2010, A Practical Guide to Training Restricted Boltzmann Machines, whose advice the defaults follow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from resnet_notes.errors import BadInput
from resnet_notes.models.normal import normal
from resnet_notes.models.products import product_into
from resnet_notes.models.rbm import RBM, Visible
from resnet_notes.training.chains import (
    ContrastiveDivergence,
    NegativePhase,
    ParallelTempering,
    PersistentChains,
    hidden_into,
    on_device,
)
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.seeds import stream

MONITORED = 1000
"""Examples that an epoch's monitoring looks at: the first of the data, and of the validation data."""


@dataclass(frozen=True)
class RBMTraining:
    """How an RBM is trained; impossible values are refused with a `BadInput`.

    Args:
        method: ``CD`` (chains from the data), ``PCD`` (persistent chains) or ``PT`` (parallel tempering).
        k: Gibbs steps of an update.
        epochs: passes over the data.
        batch: examples in a mini-batch; the remainder of an epoch that fills none is dropped.
        learning_rate: of the mean gradient over the mini-batch.
        decay: whether the learning rate falls linearly to zero, as persistent chains want it (Tieleman 2008).
        momentum: before and after ``momentum_epochs``.
        momentum_epochs: epochs with the first momentum.
        weight_decay: L2, on weights and not on biases.
        sparsity_target: mean activity that hidden units are drawn to; none when left out.
        sparsity_cost: strength of that.
        sparsity_memory: decay of the running mean activity, per mini-batch.
        centred: the centred gradient (Melchior, Fischer and Wiskott 2016), in the normal parametrisation.
        chains: persistent chains, at each temperature; used by ``PCD`` and ``PT``.
        temperatures: of ``PT``.
        sampled_visible: whether reconstructions are sampled (densities), or means stand for them (features).
    """

    method: Literal["CD", "PCD", "PT"] = "CD"
    k: int = 1
    epochs: int = 10
    batch: int = 100
    learning_rate: float = 0.05
    decay: bool = False
    momentum: tuple[float, float] = (0.5, 0.9)
    momentum_epochs: int = 5
    weight_decay: float = 1e-4
    sparsity_target: float | None = None
    sparsity_cost: float = 0.0
    sparsity_memory: float = 0.9
    centred: bool = False
    chains: int = 100
    temperatures: int = 10
    sampled_visible: bool = False

    def __post_init__(self) -> None:
        if self.method not in ("CD", "PCD", "PT"):
            raise BadInput(f"method = {self.method!r}: there are CD, PCD and PT")
        for name in ("k", "epochs", "batch", "chains"):
            self._require(name, "a whole number above 0", whole(getattr(self, name), 1))
        self._require("momentum", "two numbers from 0 to below 1", two_momenta(self.momentum))
        object.__setattr__(self, "momentum", tuple(self.momentum))
        self._require("temperatures", "a whole number above 1", whole(self.temperatures, 2))
        self._require("momentum_epochs", "a whole number, 0 or more", whole(self.momentum_epochs, 0))
        for name in ("learning_rate", "weight_decay", "sparsity_cost"):
            self._require(name, "a finite number, 0 or more", between(getattr(self, name), 0, math.inf))
        self._require("learning_rate", "above 0", self.learning_rate > 0)
        self._require("sparsity_memory", "from 0 to below 1", between(self.sparsity_memory, 0, 1))
        target = self.sparsity_target
        self._require("sparsity_target", "between 0 and 1", target is None or (between(target, 0, 1) and target > 0))
        self._require("sparsity_cost", "0 without a sparsity_target", target is not None or not self.sparsity_cost)

    def _require(self, name: str, allowed: str, holds: bool) -> None:
        if not holds:
            raise BadInput(f"{name} = {getattr(self, name)!r}: must be {allowed}")


def whole(value: Any, least: int) -> bool:
    """Whether a value is a whole number of at least ``least``."""
    return type(value) is int and value >= least


def between(value: Any, low: float, high: float) -> bool:
    """Whether a value is a number from ``low`` to below ``high``."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value < high


def two_momenta(values: Any) -> bool:
    """Whether these are the momentum before and after a change."""
    return isinstance(values, tuple | list) and len(values) == 2 and all(between(value, 0, 1) for value in values)


def new_rbm(x: Tensor, hidden: int, generator: torch.Generator, visible: Visible = "bernoulli", labels: int = 0) -> RBM:
    """Return an RBM that is ready for training on ``x`` [N, V].

    Weights are N(0, 0.01²), hidden biases 0, visible biases log(p / (1 - p)) of each unit's mean p, which is kept
    1/N away from 0 and 1 (Hinton 2010, section 8); with Gaussian visible units the mean itself, with a label log p.

    Args:
        x: the data, float32 or float64.
        hidden: H.
        generator: on the CPU; it is advanced.
        visible: kind of the visible units.
        labels: how many of the last columns are a label.

    Raises:
        BadInput: no hidden unit, or data that does not fit the visible units.
    """
    if not whole(hidden, 1):
        raise BadInput(f"hidden = {hidden!r}: must be a whole number above 0")
    check_data(x, visible)
    mean = x.mean(dim=0).double()
    p = mean.clamp(1 / (len(x) + 1), 1 - 1 / (len(x) + 1))
    if visible == "bernoulli":
        mean = torch.log1p(p - 1) - torch.log1p(-p)  # torch.log has other bits on other CPUs
    if labels:
        mean[-labels:] = torch.log1p(p[-labels:] - 1)
    weights = 0.01 * normal((x.shape[1], hidden), generator)
    return RBM(weights.to(x), mean.to(x), x.new_zeros(hidden), visible, labels)


def check_data(x: Tensor, visible: Visible, units: int | None = None) -> None:
    """Refuse data that visible units cannot take, or that has not as many columns, with a `BadInput`."""
    if x.ndim != 2 or not x.numel():
        raise BadInput(f"data of shape {list(x.shape)}: needs examples in rows and visible units in columns")
    if x.dtype not in (torch.float32, torch.float64):
        raise BadInput(f"data of type {x.dtype}: needs float32 or float64; `x.float()` makes it so")
    low, high = (end.item() for end in x.aminmax())  # both a NaN where there is one
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BadInput("data: holds a NaN or an infinity; remove those examples")
    if units is not None and x.shape[1] != units:
        raise BadInput(f"data of {x.shape[1]} columns: the RBM has {units} visible units")
    if visible == "bernoulli" and (low < 0 or high > 1):
        raise BadInput(
            f"data from {low:g} to {high:g}: Bernoulli visible units take values from 0 to 1; "
            "scale it, or use Gaussian ones"
        )


def fit_rbm(
    rbm: RBM,
    x: Tensor,
    training: RBMTraining,
    seed: int,
    *,
    on_epoch: Callable[[int, dict], None] | None = None,
    validation: Tensor | None = None,
) -> None:
    """Train an RBM in place.

    Args:
        rbm: as :func:`new_rbm` gives it, say.
        x: [N, V], of the RBM's type and on its device.
        training: how.
        seed: of the order of the examples and of the chains.
        on_epoch: called after each epoch with the epochs done and what :func:`monitor` finds.
        validation: examples [M, V] for the free-energy gap.

    Raises:
        BadInput: the data or the validation data does not fit the RBM or the training, or the training diverged.
    """
    for examples in (x,) if validation is None else (x, validation):
        check_data(examples, rbm.visible, len(rbm.visible_bias))
    if training.batch > len(x):
        raise BadInput(f"batch = {training.batch}: there are {len(x)} examples")
    generator = on_device(stream(seed, "chains"), x.device)
    update = Update(rbm, x, training, negative_phase(rbm, training, generator))
    per_epoch = len(x) // training.batch
    for epoch in range(training.epochs):
        order = torch.randperm(len(x), generator=stream(seed, "order", epoch)).to(x.device)
        for index in range(per_epoch):
            done = (epoch * per_epoch + index) / (training.epochs * per_epoch)
            rate = training.learning_rate * (1 - done if training.decay else 1)
            chosen = order[index * training.batch : (index + 1) * training.batch]
            update(chosen, rate, training.momentum[epoch >= training.momentum_epochs])
        if not all(torch.isfinite(part).all() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias)):
            raise BadInput(
                f"the RBM diverged in epoch {epoch + 1}: learning_rate = {training.learning_rate:g} is too large; "
                "take a tenth of it"
            )
        if on_epoch is not None:
            on_epoch(epoch + 1, monitor(rbm, x, validation, stream(seed, "monitor", epoch)))


def negative_phase(rbm: RBM, training: RBMTraining, generator: torch.Generator) -> NegativePhase:
    """Return where the model's states come from."""
    if training.method == "CD":
        return ContrastiveDivergence(rbm, training.batch, training.k, training.sampled_visible, generator)
    if training.method == "PCD":
        return PersistentChains(rbm, training.chains, training.k, training.sampled_visible, generator)
    if rbm.visible != "bernoulli":
        raise BadInput("method = 'PT': needs Bernoulli visible units, since Gaussian ones have no state at beta = 0")
    if rbm.labels:
        raise BadInput("method = 'PT': knows no label among the visible units; take CD or PCD")
    return ParallelTempering(rbm, training.chains, training.k, training.temperatures, generator)


class Update:
    """One update of an RBM after another: a handful of matrix products into buffers that are allocated once.

    The states of the data and, with the opposite sign, those of the model lie one below the other, so that a single
    product gives the gradient of the weights.

    Args:
        rbm: updated in place.
        x: the data, [N, V].
        training: how.
        negative: where the model's states come from.
    """

    OFFSET_MEMORY = 0.99
    """Decay of the running mean of the hidden units that the centred gradient subtracts."""

    def __init__(self, rbm: RBM, x: Tensor, training: RBMTraining, negative: NegativePhase) -> None:
        self.rbm, self.x, self.training, self.negative = rbm, x, training, negative
        visible, hidden = rbm.weights.shape
        self.v = x.new_empty(training.batch + negative.count, visible)
        self.h = x.new_empty(training.batch + negative.count, hidden)
        self.v0, self.v1 = self.v.split([training.batch, negative.count])
        self.h0, self.h1 = self.h.split([training.batch, negative.count])
        self.gradient = torch.empty_like(rbm.weights)
        self.visible_gradient, self.hidden_gradient = x.new_empty(1, visible), x.new_empty(1, hidden)
        self.optimisers = (
            SGD([rbm.weights], 0.0, training.weight_decay, ascend=True),
            SGD([rbm.visible_bias, rbm.hidden_bias], 0.0, 0.0, ascend=True),
        )
        self.rate = training.learning_rate
        signed = ((training.batch, 1), (negative.count, -1))
        self.shares = torch.cat([x.new_full((count, 1), sign / count) for count, sign in signed])
        if training.centred or training.sparsity_target is not None:
            self.visible_mean = x.mean(dim=0)
            self.hidden_offset = x.new_full((hidden,), 0.5)
            self.activity = x.new_full((hidden,), 0.5)

    def __call__(self, chosen: Tensor, learning_rate: float, momentum: float) -> None:
        """Update the RBM with the examples at the places ``chosen``, int64 [B]."""
        torch.index_select(self.x, 0, chosen, out=self.v0)
        hidden_into(self.rbm, self.v0, self.h0)
        self.negative(self.h0, self.v1, self.h1)
        target = self.training.sparsity_target
        if target is not None:
            self.activity.lerp_(self.h0.mean(dim=0), 1 - self.training.sparsity_memory)
        gradients = self.centred_gradients() if self.training.centred else self.gradients()
        if target is not None:
            self.add_sparsity(gradients, target)
        self.step(gradients, learning_rate, momentum)

    def gradients(self) -> tuple[Tensor, Tensor, Tensor]:
        """Mean gradient of the log-likelihood: of the weights, the visible and the hidden biases."""
        # sums over states are products, too, and faster as such
        product_into(self.shares.T, self.v, self.visible_gradient)
        product_into(self.shares.T, self.h, self.hidden_gradient)
        return self.weight_gradient(), self.visible_gradient[0], self.hidden_gradient[0]

    def weight_gradient(self) -> Tensor:
        """That of the weights; the hidden units become their shares of the mean, the model's negative ones."""
        self.h.mul_(self.shares)  # a pass over the small factor, not over the product
        return product_into(self.v.T, self.h, self.gradient)

    def centred_gradients(self) -> tuple[Tensor, Tensor, Tensor]:
        """The same with means subtracted from the units (Melchior et al. 2016, eqs. 28 to 30)."""
        activity = self.h0.mean(dim=0)
        self.hidden_offset.lerp_(activity, 1 - self.OFFSET_MEMORY)
        visible = self.v0.mean(dim=0).sub_(self.v1.mean(dim=0))
        hidden = activity - self.h1.mean(dim=0)
        self.v.sub_(self.visible_mean)
        self.h.sub_(self.hidden_offset)
        weights = self.weight_gradient()
        visible -= product_into(weights, self.hidden_offset[:, None], weights.new_empty(len(weights), 1))[:, 0]
        row = weights.new_empty(1, weights.shape[1])
        hidden -= product_into(self.visible_mean[None], weights, row)[0]
        return weights, visible, hidden

    def add_sparsity(self, gradients: tuple[Tensor, Tensor, Tensor], target: float) -> None:
        """Draw the mean activity to a target, by the cross-entropy's gradient (Hinton 2010, section 11).

        Args:
            gradients: changed in place; the visible biases are left alone.
            target: mean activity wished for.
        """
        pull = self.training.sparsity_cost * (target - self.activity)
        weights, _, hidden = gradients
        hidden.add_(pull)
        weights.add_(self.visible_mean[:, None] * pull)

    def step(self, gradients: tuple[Tensor, Tensor, Tensor], learning_rate: float, momentum: float) -> None:
        """Set v <- momentum v + learning_rate (gradient - weight_decay w), then w <- w + v.

        The optimisers keep v / learning_rate, so their momentum makes up for a rate that changed.
        """
        for optimiser, own in zip(self.optimisers, (gradients[:1], gradients[1:]), strict=True):
            optimiser.momentum = momentum * self.rate / learning_rate
            optimiser.step(own, learning_rate)
        self.rate = learning_rate


def monitor(rbm: RBM, x: Tensor, validation: Tensor | None, generator: torch.Generator) -> dict[str, float]:
    """How well an RBM does on the first `MONITORED` examples.

    Returns:
        reconstruction_error: mean squared error of a visible unit after one step with probabilities. Hinton 2010: use
        it but do not trust it.
        free_energy_gap: mean free energy of the validation examples less that of as many of the data, in nats; it
        grows when the RBM overfits. A NaN without validation data.
        pseudo_likelihood: see `RBM.score_samples`, averaged; in nats.
    """
    seen = x[:MONITORED]
    error = (rbm.visible_means(rbm.hidden_means(seen)) - seen).double().square().mean().item()
    gap = math.nan
    if validation is not None:
        count = min(len(validation), MONITORED, len(x))
        gap = (rbm.free_energy(validation[:count]).double().mean() - rbm.free_energy(x[:count]).double().mean()).item()
    likelihood = rbm.score_samples(seen, generator).double().mean().item()
    return {"reconstruction_error": error, "free_energy_gap": gap, "pseudo_likelihood": likelihood}


class BernoulliRBM:
    """An RBM for those who know scikit-learn's: `fit`, `transform`, `score_samples`, `sample`.

    Args:
        hidden: hidden units.
        seed: of the weights, the order of the examples and the chains.
        training: the fields of :class:`RBMTraining`.

    Attributes:
        history: a dict per epoch, as :func:`monitor` gives it.
    """

    visible: Visible = "bernoulli"

    def __init__(self, hidden: int, seed: int = 0, **training: Any) -> None:
        self.hidden, self.seed = hidden, seed
        try:
            self.training = RBMTraining(**training)
        except TypeError as error:
            raise BadInput(f"{type(self).__name__}: {error}".replace("RBMTraining.__init__() ", "")) from None
        self.history: list[dict] = []
        self._rbm: RBM | None = None

    @property
    def rbm(self) -> RBM:
        """The RBM; a `BadInput` before `fit`."""
        if self._rbm is None:
            raise BadInput(f"{type(self).__name__}: not trained yet; call `fit` first")
        return self._rbm

    def fit(self, x: Tensor, validation: Tensor | None = None) -> "BernoulliRBM":
        """Train on ``x`` [N, V]; a second call starts anew."""
        self._rbm = new_rbm(x, self.hidden, stream(self.seed, "weights"), self.visible)
        self.history = []
        fit_rbm(
            self._rbm,
            x,
            self.training,
            self.seed,
            on_epoch=lambda epoch, row: self.history.append({"epoch": epoch} | row),
            validation=validation,
        )
        return self

    def transform(self, x: Tensor) -> Tensor:
        """P(h = 1 | v) of ``x`` [N, V], as [N, H]."""
        check_data(x, self.visible, self.rbm.units)
        return self.rbm.hidden_means(x)

    def score_samples(self, x: Tensor) -> Tensor:
        """Stochastic pseudo-likelihood of ``x`` [N, V] in nats, as [N]: see `RBM.score_samples`."""
        check_data(x, self.visible, self.rbm.units)
        return self.rbm.score_samples(x, stream(self.seed, "score"))

    def sample(self, count: int, steps: int = 1000) -> Tensor:
        """Visible states [count, V] of as many chains after ``steps`` Gibbs steps from random ones."""
        for name, value in (("count", count), ("steps", steps)):
            if not whole(value, 1):
                raise BadInput(f"{name} = {value!r}: must be a whole number above 0")
        return self.rbm.sample(count, steps, on_device(stream(self.seed, "sample"), self.rbm.weights.device))


class GaussianRBM(BernoulliRBM):
    """The same with Gaussian visible units of variance one, for real-valued data: scale each column to that."""

    visible: Visible = "gaussian"
