"""Training a stack of independent networks at once: one loop, one product a layer, one loss per network.

The losses are summed over the networks, so the gradient of each network's weights is that of its own loss: none of
them knows of the others, and one that diverges leaves the rest alone.
"""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_notes.replacing import replacing
from resnet_notes.training.loop import Progress


class Optimiser(Protocol):
    """What updates the parameters of a stack."""

    parameters: list[Tensor]

    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """Update the parameters in place."""
        ...


class Networks(Protocol):
    """A stack of networks, whatever they are made of."""

    def __len__(self) -> int:
        """Number of networks."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """Map [S, B, inputs], or [B, inputs] for all of them, to [S, B, outputs]."""
        ...


class GradientDescent:
    """Plain gradient descent, without momentum or weight decay.

    Args:
        parameters: updated in place.
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = list(parameters)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """Update the parameters in place."""
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.sub_(gradient, alpha=learning_rate)


class Adam:
    """Adam (Kingma and Ba 2015) with its usual constants: decays 0.9 and 0.999, epsilon 1e-8.

    Every element is updated by itself, so a stack is updated as its networks would be one by one. The class
    ``torch.optim.Adam`` knows no learning rate per network, and takes two seconds to load.

    Args:
        parameters: tensors [S, ...] of three dimensions, updated in place.
        rates: a learning rate per network, times that of the step; 1 for all of them when left out.
    """

    def __init__(self, parameters: Sequence[Tensor], rates: Sequence[float] | None = None) -> None:
        self.parameters = list(parameters)
        first = self.parameters[0]
        self.rates = first.new_tensor(rates or [1.0] * len(first))[:, None, None]
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """Update the parameters in place."""
        self.steps += 1
        mean_bias, square_bias = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        for parameter, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            mean.lerp_(gradient, 0.1)
            square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            # not torch.sqrt, whose last bit differs between CPUs: it goes through MKL
            root = square.rsqrt().reciprocal_().mul_(square_bias**-0.5).add_(1e-8)
            parameter.addcdiv_(mean * self.rates, root, value=-learning_rate / mean_bias)


def fit_stack(
    stack: Networks,
    optimiser: Optimiser,
    batches: Iterator[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
    learning_rate: Callable[[int], float],
    steps: int,
    evaluate_every: int,
    evaluate: Callable[[int], dict],
    on_step: Callable[[Progress], None],
) -> None:
    """Train every network of a stack, in place.

    Args:
        stack: the networks.
        optimiser: of their parameters.
        batches: inputs [S, B, inputs], or [B, inputs] for all networks, and the targets that ``loss`` expects.
        loss: maps outputs [S, B, outputs] and targets to a loss per network [S].
        learning_rate: of a step, counted from 0.
        steps: length of the training.
        evaluate_every: steps between two evaluations; the last step is always evaluated.
        evaluate: called with the steps done; gives a row for the reporter: train_error and test_error in %, say their
            means over the stack. It keeps for itself what it finds of each network.
        on_step: called at the end of each step, after any evaluation.
    """
    progress = Progress()
    for step, (x, y) in zip(range(steps), batches, strict=False):
        losses = loss(stack(x), y)
        gradients = torch.autograd.grad(losses.sum(), optimiser.parameters)
        optimiser.step(gradients, learning_rate(step))
        progress.step = step + 1
        if progress.step % evaluate_every == 0 or progress.step == steps:
            with torch.no_grad():
                progress.history.append({"step": progress.step} | evaluate(progress.step))
        on_step(progress)


class OwnExamples:
    """Endless mini-batches in which every network sees examples of its own, drawn with replacement.

    A network's batches depend on its own generator and examples alone.

    Args:
        inputs: a tensor [N_s, inputs] per network; N_s may differ.
        targets: a tensor [N_s] or [N_s, ...] per network.
        batch: examples per network in a mini-batch.
        generators: one per network, on the CPU; each is advanced.
    """

    DRAWN_AT_ONCE = 64
    """Mini-batches whose examples are chosen in one go."""

    def __init__(
        self,
        inputs: Sequence[Tensor],
        targets: Sequence[Tensor],
        batch: int,
        generators: Sequence[torch.Generator],
    ) -> None:
        self.counts = [len(own) for own in inputs]
        self.inputs, self.targets = torch.cat(list(inputs)), torch.cat(list(targets))
        self.batch, self.generators = batch, list(generators)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs [S, B, inputs] and targets [S, B, ...]."""
        while True:
            first, places = 0, []
            for count, generator in zip(self.counts, self.generators, strict=True):
                drawn = torch.randint(count, (self.DRAWN_AT_ONCE, self.batch), generator=generator)
                places.append(first + drawn)
                first += count
            for place in torch.stack(places, dim=1).to(self.inputs.device):
                yield self.inputs[place], self.targets[place]


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error per network [S], of outputs [S, B, 1] and targets [S, B] or [B]."""
    return (outputs.squeeze(2) - targets).square().mean(dim=1)


def logistic(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean logistic loss per network [S], of outputs [S, B, 1] and targets -1 or 1, [S, B] or [B]."""
    return F.softplus(-targets * outputs.squeeze(2)).mean(dim=1)


def misclassified(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of wrong signs per network [S], of outputs [S, B, 1] and targets -1 or 1, [S, B] or [B]."""
    return ((outputs.squeeze(2) > 0) != (targets > 0)).double().mean(dim=1)


def cross_entropy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy per network [S], of logits [S, B, classes] and int64 labels [S, B] or [B]."""
    networks, batch, _ = outputs.shape
    each = F.cross_entropy(outputs.flatten(0, 1), labels.expand(networks, batch).flatten(), reduction="none")
    return each.view(networks, batch).mean(dim=1)


def write_rows(path: Path, rows: Sequence[dict], columns: Sequence[str]) -> None:
    """Write a stack's history as CSV, in one step.

    Args:
        path: the file; its folder is made when missing.
        rows: a number per column. It is written with as many digits as tell it from every other one, and left empty
            where it is not finite (a network that diverged).
        columns: the order; a row with any other column is refused with a ``ValueError``.
    """
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: value if math.isfinite(value) else "" for name, value in row.items()} for row in rows)
