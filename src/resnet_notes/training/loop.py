"""The training loop. It knows no architecture and no data set: network, batches and schedule go in, rows come out."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_notes.training.optimiser import SGD


@dataclass
class Progress:
    """Where a training stands; with the network and the optimiser it is all that a restart needs."""

    step: int = 0
    """Steps done."""
    history: list[dict] = field(default_factory=list)
    """A row per evaluation: step, learning_rate, train_loss, train_error (%), and what ``evaluate`` adds."""
    diverged_at_step: int | None = None
    """The first step, counted from 0, whose loss was not finite, or the one after which an evaluation was not; training
    stops at the evaluation that finds it."""


def fit(
    network: nn.Module,
    optimiser: SGD,
    batches: Iterator[tuple[Tensor, Tensor]],
    learning_rate: Callable[[int], float],
    steps: int,
    evaluate_every: int,
    evaluate: Callable[[], dict],
    progress: Progress,
    on_evaluation: Callable[[Progress], None],
    on_step: Callable[[Progress], None],
) -> None:
    """Train ``network`` from ``progress.step`` to ``steps``, in place, with cross-entropy.

    Args:
        network: maps a mini-batch to logits [B, classes].
        optimiser: updates its parameters.
        batches: from step ``progress.step`` on.
        learning_rate: of a step, counted from 0.
        steps: length of the training.
        evaluate_every: steps between two evaluations; the last step is always evaluated.
        evaluate: gives a row's further columns, a NaN where the network's outputs are not finite.
        progress: continued, and kept up to date.
        on_evaluation: called after each evaluation: the moment to save, since no running sums are pending.
        on_step: called at the end of each step, after any evaluation.
    """
    network.train()
    sums: RunningSums | None = None
    for x, y in batches:
        step = progress.step
        if step >= steps or progress.diverged_at_step is not None:
            return
        sums = sums or RunningSums(x.device)
        logits = network(x)
        loss = F.cross_entropy(logits, y)
        rate = learning_rate(step)
        optimiser.step(torch.autograd.grad(loss, optimiser.parameters), rate)
        sums.add(step, loss.detach(), logits.detach(), y)
        progress.step = step + 1
        if progress.step % evaluate_every == 0 or progress.step == steps:
            row, progress.diverged_at_step = sums.read()
            row |= evaluate()
            if progress.diverged_at_step is None and not all(map(math.isfinite, row.values())):
                progress.diverged_at_step = step
            if progress.diverged_at_step is None:
                progress.history.append({"step": progress.step, "learning_rate": rate} | row)
            sums = None
            on_evaluation(progress)
        on_step(progress)


class RunningSums:
    """Loss and errors of the mini-batches since the last evaluation, kept on the device and fetched once."""

    def __init__(self, device: torch.device) -> None:
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.wrong = torch.zeros((), dtype=torch.int64, device=device)
        self.first_bad_step = torch.full((), -1, dtype=torch.int64, device=device)
        self.images = self.batches = 0

    def add(self, step: int, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a mini-batch: its mean loss, logits [B, classes] and labels [B]."""
        self.loss += loss
        self.wrong += (logits.argmax(dim=1) != labels).sum()
        bad = ~torch.isfinite(loss) & (self.first_bad_step < 0)
        self.first_bad_step.masked_fill_(bad, step)
        self.images += len(labels)
        self.batches += 1

    def read(self) -> tuple[dict, int | None]:
        """Return ``train_loss`` and ``train_error`` in %, and the first step whose loss was not finite."""
        row = {
            "train_loss": self.loss.item() / self.batches,
            "train_error": 100.0 * self.wrong.item() / self.images,
        }
        bad = int(self.first_bad_step.item())
        return row, None if bad < 0 else bad
