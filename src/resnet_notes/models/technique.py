"""Stacks of deep fully connected networks with the techniques that made depth trainable, each a switch.

Sources: Glorot and Bengio 2010; He et al. 2015 (arXiv:1502.01852) for the initialisation of ReLU networks; Ioffe and
Szegedy 2015 for batch normalisation; He et al. 2015 (arXiv:1512.03385) for shortcuts over two layers.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from resnet_notes.models.initialisations import RULES, random_stack
from resnet_notes.models.mlp import HE, mlp_stack
from resnet_notes.models.products import product

ACTIVATIONS = {"sigmoid": torch.sigmoid_, "relu": torch.relu_}
EPSILON, MOMENTUM = 1e-5, 0.1
"""Of batch normalisation: added to the variance; share of a mini-batch in the running statistics."""

FIRST_SHORTCUT = 3
"""Hidden layers of the least network that has a shortcut."""


class _BatchNorm(torch.autograd.Function):
    """Batch normalisation of [S, B, units] over B, in a third of the passes that autograd would make of it."""

    @staticmethod
    def forward(ctx, total: Tensor, gain: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean = total.mean(dim=1, keepdim=True)
        centred = total - mean
        variance = centred.square().mean(dim=1, keepdim=True)
        inverse = (variance + EPSILON).rsqrt()  # not torch.sqrt, whose last bit differs between CPUs
        normal = centred.mul_(inverse)
        ctx.save_for_backward(normal, gain * inverse)
        ctx.mark_non_differentiable(mean, variance)
        return torch.addcmul(bias, normal, gain), mean, variance

    @staticmethod
    def backward(ctx, grad: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        normal, scale = ctx.saved_tensors
        gain, bias = (grad * normal).sum(dim=1, keepdim=True), grad.sum(dim=1, keepdim=True)
        batch = grad.shape[1]
        return torch.addcmul(grad, normal, gain, value=-1 / batch).sub_(bias / batch).mul_(scale), gain, bias


class TechniqueStack:
    """S networks of one shape: hidden layers of equal width, then a linear output layer.

    A hidden layer is its weights, batch normalisation if there is any, its biases and the activation. With shortcuts,
    every second layer after the first, from `FIRST_SHORTCUT` on, adds what went into the layer before it, ahead of its
    activation.

    Args:
        weights: a tensor [S, fan_in, fan_out] per layer.
        biases: a tensor [S, 1, fan_out] per layer; the shifts of batch normalisation, where there is any.
        activation: a name in `ACTIVATIONS`.
        batch_norm: whether hidden layers are normalised; gains begin at one.
        shortcuts: whether there are any.
    """

    def __init__(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], activation: str, batch_norm: bool, shortcuts: bool
    ) -> None:
        self.weights, self.biases = list(weights), list(biases)
        self.activation, self.shortcuts, self.training = ACTIVATIONS[activation], shortcuts, True
        hidden = self.biases[:-1] if batch_norm else []
        self.gains = [torch.ones_like(bias).requires_grad_() for bias in hidden]
        self.means = [torch.zeros_like(bias) for bias in hidden]
        self.variances = [torch.ones_like(bias) for bias in hidden]

    @property
    def parameters(self) -> list[Tensor]:
        """All weights, biases and gains, each from the first layer to the last."""
        return self.weights + self.biases + self.gains

    def __len__(self) -> int:
        """Number of networks."""
        return len(self.weights[0])

    def __call__(self, x: Tensor) -> Tensor:
        """Map [S, B, inputs], or [B, inputs] that all networks share, to [S, B, outputs]."""
        passed = None
        for layer in range(len(self.weights) - 1):
            total = product(x, self.weights[layer])
            total = self.normalised(total, layer) if self.gains else total.add_(self.biases[layer])
            if self.shortcuts and layer % 2 == 0 and passed is not None:
                total = total.add_(passed)
            x = self.activation(total)
            if layer % 2 == 0:
                passed = x
        return product(x, self.weights[-1]) + self.biases[-1]

    def normalised(self, total: Tensor, layer: int) -> Tensor:
        """A layer's total inputs [S, B, units] with the mean and variance of the mini-batch, or of the running ones."""
        gain, bias = self.gains[layer], self.biases[layer]
        if not self.training:
            inverse = (self.variances[layer] + EPSILON).rsqrt()
            return (total - self.means[layer]).mul_(gain * inverse).add_(bias)
        out, mean, variance = _BatchNorm.apply(total, gain, bias)  # type: ignore[misc]
        self.means[layer].lerp_(mean, MOMENTUM)
        self.variances[layer].lerp_(variance, MOMENTUM)
        return out


def technique_stack(
    sizes: Sequence[int],
    activation: str,
    initialisation: str,
    batch_norm: bool,
    shortcuts: bool,
    generators: Sequence[torch.Generator],
    device: torch.device | str = "cpu",
) -> TechniqueStack:
    """Return networks with random weights, ready for training.

    Args:
        sizes: units of every layer: inputs, hidden layers, outputs.
        activation: a name in `ACTIVATIONS`.
        initialisation: a name in `initialisations.RULES`, or ``he``; biases are zero.
        batch_norm: whether hidden layers are normalised.
        shortcuts: whether there are any.
        generators: one per network, on the CPU; each is advanced.
        device: where the networks are put.
    """
    if initialisation in RULES:
        plain = random_stack(sizes, initialisation, generators, device)
    else:
        scales = [HE] * len(generators)
        plain = mlp_stack(sizes, ACTIVATIONS[activation], scales, [0.0] * len(generators), generators, device)
    assert all(inner == outer for (_, inner), (outer, _) in pairwise(w.shape[1:] for w in plain.weights))
    return TechniqueStack(plain.weights, plain.biases, activation, batch_norm, shortcuts)
