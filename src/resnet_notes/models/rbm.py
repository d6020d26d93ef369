"""Restricted Boltzmann machines: what they say about visible and hidden units, given their parameters.

Sources: Hinton 2010, A Practical Guide to Training Restricted Boltzmann Machines; Salakhutdinov and Murray 2008;
Hinton, Osindero and Teh 2006, section 6, for visible units that are a label.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.models.normal import normal
from resnet_notes.models.products import product

Visible = Literal["bernoulli", "gaussian"]


@dataclass
class RBM:
    """An RBM with V visible and H Bernoulli hidden units, its tensors float32 or float64 on any device.

    Its energy is E(v, h) = -a·v - b·h - v·W·h with Bernoulli visible units, and |v - a|²/2 - b·h - v·W·h with Gaussian
    ones, whose conditional variance is one.

    Args:
        weights: W, [V, H].
        visible_bias: a, [V].
        hidden_bias: b, [H].
        visible: kind of the visible units.
        labels: how many of them, the last ones, are a label: exactly one of them is on, so that their means given the
            hidden units are a softmax. The energy is the same.
    """

    weights: Tensor
    visible_bias: Tensor
    hidden_bias: Tensor
    visible: Visible = "bernoulli"
    labels: int = 0

    @property
    def units(self) -> int:
        """Visible units that are no label."""
        return len(self.visible_bias) - self.labels

    def hidden_means(self, v: Tensor) -> Tensor:
        """P(h = 1 | v) of visible units [..., V], as [..., H]."""
        return torch.sigmoid(product(v, self.weights) + self.hidden_bias)

    def visible_means(self, h: Tensor) -> Tensor:
        """E(v | h) of hidden units [..., H], as [..., V]."""
        return self.activate_(product(h, self.weights.mT).add_(self.visible_bias))

    def activate_(self, total: Tensor) -> Tensor:
        """Turn the total input of the visible units [..., V] into their means, in place; return it."""
        if self.visible == "bernoulli":
            total[..., : self.units].sigmoid_()
        if self.labels:
            label = total[..., self.units :]
            label.copy_(torch.softmax(label, dim=-1))
        return total

    def free_energy(self, v: Tensor) -> Tensor:
        """F(v) = -log Σ_h exp(-E(v, h)) of visible units [..., V], as [...]; log p(v) = -F(v) - log Z."""
        hidden = F.softplus(product(v, self.weights) + self.hidden_bias).sum(dim=-1)
        if self.visible == "bernoulli":
            return -(v * self.visible_bias).sum(dim=-1) - hidden
        return 0.5 * (v - self.visible_bias).square().sum(dim=-1) - hidden

    def score_samples(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Stochastic pseudo-likelihood of visible units [N, V] in nats, as [N]: V log p(v_i | the others), i drawn.

        One unit of each example is drawn and turned over, as scikit-learn has it; none of a label. A NaN with Gaussian
        units, which cannot be turned over.

        Args:
            v: from 0 to 1.
            generator: on the CPU; it is advanced.
        """
        if self.visible != "bernoulli":
            return torch.full_like(v[:, 0], torch.nan)
        drawn = torch.randint(self.units, (len(v),), generator=generator).to(v.device)
        rows = torch.arange(len(v), device=v.device)
        turned = v.clone()
        turned[rows, drawn] = 1 - turned[rows, drawn]
        return -self.units * F.softplus(self.free_energy(v) - self.free_energy(turned))

    def sample(self, count: int, steps: int, generator: torch.Generator) -> Tensor:
        """Visible states of chains after Gibbs steps from hidden units that are on with probability one half.

        Args:
            count: chains.
            steps: Gibbs steps, at least 1.
            generator: on the RBM's device; it is advanced.

        Returns:
            [count, V]: sampled states of Bernoulli units, means of Gaussian ones and of a label.
        """
        uniform = self.hidden_bias.new_empty(count, len(self.hidden_bias))
        means = torch.full_like(uniform, 0.5)
        seen = self.hidden_bias.new_empty(count, len(self.visible_bias))
        for _ in range(steps):
            h = (uniform.uniform_(generator=generator) < means).to(means)
            v = self.visible_means(h)
            own = v[:, : self.units]
            if self.visible == "bernoulli":
                own.copy_(seen[:, : self.units].uniform_(generator=generator) < own)
            else:
                own.add_(normal_like(own, generator))
            means = self.hidden_means(v)
        return v if self.visible == "bernoulli" else self.visible_means(h)


def normal_like(like: Tensor, generator: torch.Generator) -> Tensor:
    """Return standard normal deviates of a tensor's shape, type and device; the same bits on every CPU.

    Args:
        like: on any device.
        generator: on that device; it is advanced.
    """
    if generator.device.type == "cpu":
        return normal(tuple(like.shape), generator).to(like)
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
