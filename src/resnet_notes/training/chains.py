"""The negative phase of an RBM's gradient: where the model's own states come from.

Each kind keeps buffers of its own and writes a mini-batch of the model's states into those of the trainer. Hidden
states that drive a chain are sampled, while the last ones are probabilities (Hinton 2010, section 3).
"""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from resnet_notes.models.products import product_into
from resnet_notes.models.rbm import RBM, normal_like


def hidden_into(rbm: RBM, v: Tensor, out: Tensor) -> Tensor:
    """Write P(h = 1 | v) of [N, V] into [N, H]."""
    return torch.sigmoid(product_into(v, rbm.weights, out).add_(rbm.hidden_bias), out=out)


def visible_into(rbm: RBM, h: Tensor, out: Tensor) -> Tensor:
    """Write E(v | h) of [N, H] into [N, V]."""
    return rbm.activate_(product_into(h, rbm.weights.T, out).add_(rbm.visible_bias))


def on_device(stream: torch.Generator, device: torch.device) -> torch.Generator:
    """Return a generator on a device, from the seed of a stream; on the CPU it draws as the stream does."""
    return torch.Generator(device).manual_seed(stream.initial_seed())


class Sampler:
    """Draws states from means, in buffers of one size.

    Args:
        like: a tensor of the states' shape.
        generator: on its device; it is advanced.
    """

    def __init__(self, like: Tensor, generator: torch.Generator) -> None:
        self.uniform, self.generator = torch.empty_like(like), generator
        if like.device.type == "cpu":
            seed = int(torch.randint(2**62, (), generator=generator))
            self.numbers, self.half = np.random.PCG64(seed), torch.tensor(0.5, dtype=like.dtype)

    def bernoulli(self, means: Tensor, out: Tensor) -> Tensor:
        """Write 1 with probability ``means``, to within 2^-24, else 0."""
        return torch.lt(self.draw(), means, out=out)

    def draw(self) -> Tensor:
        """Draw numbers from 0 to 1, rounded to float32 or exact in float64.

        On a CPU they come from NumPy's PCG64, two from each of its words: torch's own take more than twice as long, a
        fifth of the time of a whole update.
        """
        if self.uniform.device.type != "cpu":
            return self.uniform.uniform_(generator=self.generator)
        words = self.numbers.random_raw((self.uniform.numel() + 1) // 2)
        signed = torch.from_numpy(words.view(np.int32))[: self.uniform.numel()].view_as(self.uniform)
        return torch.add(self.half, self.uniform.copy_(signed), alpha=2**-32, out=self.uniform)

    def gaussian(self, means: Tensor, out: Tensor) -> Tensor:
        """Write normal deviates of variance one around ``means``."""
        return torch.add(means, normal_like(means, self.generator), out=out)


class NegativePhase(Protocol):
    """Where the model's states come from."""

    count: int
    """States of a mini-batch."""

    def __call__(self, h0: Tensor, v1: Tensor, h1: Tensor) -> None:
        """Write the model's states.

        Args:
            h0: hidden probabilities given the data, [B, H].
            v1: visible states or their means, [count, V], written.
            h1: hidden probabilities given them, [count, H], written.
        """
        ...


class GibbsChains:
    """Alternating Gibbs sampling of some chains.

    Args:
        rbm: the model, which may change between two calls.
        count: chains.
        k: steps of a call.
        sampled_visible: whether visible units are sampled, or their means stand for them, as for a label always.
        generator: on the RBM's device; it is advanced.
    """

    def __init__(self, rbm: RBM, count: int, k: int, sampled_visible: bool, generator: torch.Generator) -> None:
        self.rbm, self.count, self.k, self.sampled_visible = rbm, count, k, sampled_visible
        self.h = rbm.weights.new_zeros(count, len(rbm.hidden_bias))
        self.hidden = Sampler(self.h, generator)
        self.seen = Sampler(rbm.weights.new_empty(count, rbm.units), generator)

    def run(self, v1: Tensor, h1: Tensor) -> None:
        """Run ``k`` steps from the hidden states ``self.h``, and leave what is reached in ``v1`` and ``h1``."""
        for step in range(self.k):
            if step:
                self.hidden.bernoulli(h1, self.h)
            visible_into(self.rbm, self.h, v1)
            if self.sampled_visible:
                sample = self.seen.bernoulli if self.rbm.visible == "bernoulli" else self.seen.gaussian
                own = v1[:, : self.rbm.units]
                sample(own, own)
            hidden_into(self.rbm, v1, h1)


class ContrastiveDivergence(GibbsChains):
    """CD-k: chains that start at the data, every time anew (Hinton 2002)."""

    def __call__(self, h0: Tensor, v1: Tensor, h1: Tensor) -> None:
        """Write where ``k`` steps from the data lead."""
        self.hidden.bernoulli(h0, self.h)
        self.run(v1, h1)


class PersistentChains(GibbsChains):
    """PCD-k: chains that go on from where the last update left them (Tieleman 2008); they start at no hidden unit."""

    def __call__(self, h0: Tensor, v1: Tensor, h1: Tensor) -> None:
        """Write where ``k`` more steps lead."""
        self.run(v1, h1)
        self.hidden.bernoulli(h1, self.h)


class ParallelTempering:
    """Persistent chains at several temperatures, neighbours of which are exchanged (Desjardins et al. 2010).

    The chain at inverse temperature beta has the energy beta E(v, h), from beta = 0, where all states are alike, to the
    model's own at beta = 1.

    Args:
        rbm: with Bernoulli visible units.
        count: chains at each temperature.
        k: steps of a call; after each, neighbours are exchanged.
        temperatures: number of betas, evenly spaced, at least 2.
        generator: on the RBM's device; it is advanced.
    """

    def __init__(self, rbm: RBM, count: int, k: int, temperatures: int, generator: torch.Generator) -> None:
        self.rbm, self.count, self.k, self.temperatures = rbm, count, k, temperatures
        betas = [rung / (temperatures - 1) for rung in range(temperatures)]
        self.betas = rbm.weights.new_tensor(betas)[:, None].expand(temperatures, count).reshape(-1, 1)
        self.h = rbm.weights.new_zeros(temperatures * count, len(rbm.hidden_bias))
        self.v = rbm.weights.new_zeros(temperatures * count, len(rbm.visible_bias))
        self.activation = torch.empty_like(self.h)
        self.hidden, self.seen = Sampler(self.h, generator), Sampler(self.v, generator)
        self.generator, self.parity = generator, 0

    def __call__(self, h0: Tensor, v1: Tensor, h1: Tensor) -> None:
        """Write the states of the chains at beta = 1 after ``k`` more steps."""
        for _ in range(self.k):
            product_into(self.h, self.rbm.weights.T, self.v).add_(self.rbm.visible_bias).mul_(self.betas).sigmoid_()
            self.seen.bernoulli(self.v, self.v)
            product_into(self.v, self.rbm.weights, self.activation).add_(self.rbm.hidden_bias)
            means = torch.sigmoid(self.activation * self.betas)
            self.hidden.bernoulli(means, self.h)
            self.exchange()
        v1.copy_(self.v[-self.count :])
        hidden_into(self.rbm, v1, h1)

    def exchange(self) -> None:
        """Exchange neighbours with probability min(1, exp((beta - beta')(E - E'))), even and odd pairs in turn."""
        visible = (self.v * self.rbm.visible_bias).sum(dim=1)
        energy = -(visible + (self.h * self.activation).sum(dim=1)).view(self.temperatures, self.count)
        betas = self.betas.view(self.temperatures, self.count)
        order = torch.arange(self.temperatures, device=energy.device)[:, None].repeat(1, self.count)
        low = slice(self.parity, self.temperatures - 1, 2)
        high = slice(self.parity + 1, self.temperatures, 2)
        ratio = torch.exp((betas[low] - betas[high]) * (energy[low] - energy[high]))
        uniform = torch.rand(ratio.shape, generator=self.generator, dtype=ratio.dtype, device=ratio.device)
        swap = uniform < ratio
        order[low] += swap.long()
        order[high] -= swap.long()
        self.parity = 1 - self.parity
        rows = (order * self.count + torch.arange(self.count, device=order.device)).view(-1)
        self.v, self.h, self.activation = self.v[rows], self.h[rows], self.activation[rows]
