"""The job of the experiment techniques: how deep a fully connected network may be with some of the techniques.

Depth rises until no network learns any more; what is deeper is not tried.
"""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.models.dbn import DBN
from resnet_notes.models.initialisations import pretrained_stack
from resnet_notes.models.rbm import RBM
from resnet_notes.models.technique import TechniqueStack, technique_stack
from resnet_notes.training.finetuning import batches, scores
from resnet_notes.training.greedy import probabilities
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.rbm import RBMTraining, fit_rbm, new_rbm
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import cross_entropy, write_rows

COLUMNS = ("learning_rate", "depth", "seed", "train_loss", "train_error", "test_error")


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train networks of rising depth; leave ``history.csv`` with a row per learning rate, depth and seed.

    The last depth is the first at which every network of every learning rate has a training error above ``given_up_at``
    (%), or diverged. Loss (nats) and training error are those of the first ``train_subset`` training images; what is
    not finite is empty.

    Every learning rate is tried at the least depth; at any other, those no larger than the best of the depth before it,
    since the best one falls with depth. The best has the lowest training loss in the mean over the seeds.

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
    torch.set_flush_denormal(True)  # gradients that vanish take seven times as long where they are below 1e-38
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
        found = []
        for rate in rates:
            stack = start(settings, x.shape[1], depth, classes, stacks, device)
            train(stack, settings, x, y, rate)
            with torch.no_grad():
                results = zip(settings["seeds"], *scores(stack, *subset), scores(stack, *test)[1], strict=True)
            found += [dict(zip(COLUMNS, (rate, depth, *result), strict=True)) for result in results]
        rows += found
        rates = [rate for rate in rates if rate <= best_rate(found)]
        errors = [row["train_error"] for row in found if math.isfinite(row["train_error"])]
        progress.step += 1
        progress.history.append({"step": progress.step, "train_error": min(errors, default=math.nan)})
        on_step(progress)
        if min(errors, default=100.0) > settings["given_up_at"]:
            break
    write_rows(folder / "history.csv", rows, COLUMNS)


def best_rate(rows: list[dict]) -> float:
    """Return the learning rate with the lowest mean training loss; where all diverged, the largest."""
    losses: dict[float, list[float]] = {}
    for row in rows:
        losses.setdefault(row["learning_rate"], []).append(row["train_loss"])
    means = {rate: math.fsum(own) / len(own) for rate, own in losses.items()}
    finite = {rate: mean for rate, mean in means.items() if math.isfinite(mean)}
    return min(finite, key=lambda rate: finite[rate]) if finite else max(means)


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


def train(stack: TechniqueStack, settings: dict, x: Tensor, y: Tensor, learning_rate: float) -> None:
    """Train a stack in place by SGD with momentum and a rate that falls along half a cosine; end its training mode."""
    optimiser = SGD(stack.parameters, settings["momentum"], weight_decay=0.0)
    steps = settings["steps"]
    for step, (images, labels) in zip(range(steps), batches(x, y, settings["batch"], settings["seeds"]), strict=False):
        losses = cross_entropy(stack(images), labels)
        gradients = torch.autograd.grad(losses.sum(), optimiser.parameters)
        optimiser.step(gradients, learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps)))
    stack.training = False
