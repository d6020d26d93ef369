"""The job of the experiment techniques: how deep a fully connected network may be with some of the techniques.

Depth rises until no network learns any more; what is deeper is not tried.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.models.dbn import DBN
from resnet_notes.models.initialisations import pretrained_stack
from resnet_notes.models.rbm import RBM
from resnet_notes.models.technique import FIRST_SHORTCUT, TechniqueStack, technique_stack
from resnet_notes.training.finetuning import batches, scores
from resnet_notes.training.greedy import probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.rbm import RBMTraining, fit_rbm, new_rbm
from resnet_notes.training.schedule import learning_rate
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import cross_entropy, fit_stack, write_rows

COLUMNS = ("learning_rate", "depth", "seed", "train_loss", "train_error", "test_error")


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train networks of rising depth; leave ``history.csv`` with a row per learning rate, depth and seed.

    The last depth is the first at which every network of every learning rate has a training error above ``given_up_at``
    (%), or diverged; with ``shortcuts``, it is none that has no shortcut yet. Loss (nats) and training error are those
    of the first ``train_subset`` training images; what is not finite is empty.

    Every learning rate is tried at the least depth; at any other, those no larger than the best of the depth before it,
    since the best one falls with depth. The best has the lowest training loss in the mean over the seeds; its networks
    alone are tested, and the others' test error is empty.

    Args:
        settings: the resolved settings, as :mod:`resnet_notes.params.runs` expands them: ``activation``,
            ``initialisation``, ``batch_norm`` and ``shortcuts`` are those of the technique.
        data: the data set's folder.
        folder: the run's folder.
        on_step: called at the end of each depth with where the training stands.

    Raises:
        BadInput: the data does not fit the settings.
    """
    set_determinism(settings["threads"], settings["device"])
    device = torch.device(settings["device"])
    splits = load(data, settings["validation"])
    if settings["images"] > len(splits.train):
        raise BadInput(f"images = {settings['images']}: the training split has {len(splits.train)}")
    x, y = probabilities(splits.train, settings["images"], device), splits.train.labels[: settings["images"]].to(device)
    test = probabilities(splits.test, len(splits.test), device), splits.test.labels.to(device)
    subset = x[: settings["train_subset"]], y[: settings["train_subset"]]
    classes = int(splits.train.labels.max()) + 1
    stacks = {seed: GreedyStack(x, settings, seed) for seed in settings["seeds"]}
    rows: list[dict] = []
    progress, rates = Progress(), settings["learning_rates"]
    for depth in settings["depths"]:
        found, trained = [], {}
        for rate in rates:
            trained[rate] = start(settings, x.shape[1], depth, classes, stacks, device)
            with small_numbers_as_zero():
                train(trained[rate], settings, x, y, rate)
            judged = zip(settings["seeds"], *scores(trained[rate], *subset), strict=True)
            found += [dict(zip(COLUMNS, (rate, depth, *row, math.nan), strict=True)) for row in judged]
        best = best_rate(found)
        counted = [row for row in found if row["learning_rate"] == best]
        for row, error in zip(counted, scores(trained[best], *test)[1], strict=True):
            row["test_error"] = error
        rows += found
        rates = [rate for rate in rates if rate <= best]
        errors = [row["train_error"] for row in found if math.isfinite(row["train_error"])]
        progress.step += 1
        progress.history.append({"step": progress.step, "train_error": min(errors, default=math.nan)})
        on_step(progress)
        complete = depth >= FIRST_SHORTCUT or not settings["shortcuts"]
        if complete and min(errors, default=100.0) > settings["given_up_at"]:
            break
    write_rows(folder / "history.csv", rows, COLUMNS)


@contextmanager
def small_numbers_as_zero() -> Iterator[None]:
    """Flush numbers below 1e-38 to zero: with gradients that vanish, a step takes seven times as long without it."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def best_rate(rows: Sequence[dict]) -> float:
    """Return the learning rate with the lowest mean training loss; of equals, and where all diverged, the least."""
    losses: dict[float, list[float]] = {}
    for row in rows:
        losses.setdefault(row["learning_rate"], []).append(row["train_loss"])
    means = {rate: math.fsum(own) / len(own) for rate, own in losses.items()}
    return min(means, key=lambda rate: (means[rate] if math.isfinite(means[rate]) else math.inf, rate))


class GreedyStack:
    """RBMs on top of each other, trained as deep networks come to need them.

    Args:
        x: the images, [N, pixels].
        settings: ``width``, and ``rbm``, how each is trained.
        seed: of the weights and the chains.
    """

    def __init__(self, x: Tensor, settings: dict, seed: int) -> None:
        self.x, self.settings, self.seed = x, settings, seed
        self.rbms: list[RBM] = []

    def network(self, layers: int) -> DBN:
        """Return the lowest RBMs, having trained those that were not there."""
        training = RBMTraining(**self.settings["rbm"])
        for layer in range(len(self.rbms) + 1, layers + 1):
            rbm = new_rbm(self.x, self.settings["width"], stream(self.seed, "weights", layer))
            fit_rbm(rbm, self.x, training, stream(self.seed, "rbm", layer).initial_seed())
            self.rbms.append(rbm)
            self.x = rbm.hidden_means(self.x)
        return DBN(self.rbms[:layers])


def start(
    settings: dict, inputs: int, depth: int, classes: int, stacks: dict[int, GreedyStack], device: torch.device
) -> TechniqueStack:
    """Return networks of a depth before their training, one for each seed."""
    generators = [stream(seed, "weights") for seed in stacks]
    switches = settings["activation"], settings["batch_norm"], settings["shortcuts"]
    if settings["initialisation"] == "rbm":
        networks = [stack.network(depth) for stack in stacks.values()]
        pretrained = pretrained_stack(networks, depth, classes, generators, device)
        return TechniqueStack(pretrained.weights, pretrained.biases, *switches)
    sizes = [inputs, *[settings["width"]] * depth, classes]
    activation, batch_norm, shortcuts = switches
    return technique_stack(sizes, activation, settings["initialisation"], batch_norm, shortcuts, generators, device)


def train(stack: TechniqueStack, settings: dict, x: Tensor, y: Tensor, rate: float) -> None:
    """Train a stack in place by SGD with momentum and a rate that falls along half a cosine; end its training mode."""
    steps = settings["steps"]
    fit_stack(
        stack,
        SGD(stack.parameters, settings["momentum"], weight_decay=0.0),
        batches(x, y, settings["batch"], settings["seeds"]),
        cross_entropy,
        lambda step: learning_rate(step, steps, rate, {"kind": "cosine"}, {"kind": "linear", "steps": 0}),
        steps,
        evaluate_every=steps,
        evaluate=lambda step: {},
        on_step=lambda progress: None,
    )
    stack.training = False
