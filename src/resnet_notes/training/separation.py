"""The job of the experiment ``separation``: does a deep network learn what a shallow one of the same size cannot?

Fully connected ReLU networks of one depth and of a given number of parameters learn a function that a deep network can
represent with few units: Telgarsky's triangle map (2016, arXiv:1602.04485) or the parity of a few of many bits. All
seeds and all numbers of examples are trained as one stack. Needs torch and NumPy only.
"""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from resnet_notes.models.mlp import HE, MLPStack, mlp_stack
from resnet_notes.models.sizes import width_for
from resnet_notes.training.loop import Progress
from resnet_notes.training.numerics import set_determinism
from resnet_notes.training.schedule import learning_rate
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import Adam, OwnExamples, fit_stack, logistic, misclassified, squared, write_rows

COLUMNS = (
    "layers", "width", "parameters", "learning_rate", "examples", "seed",
    "step", "train_loss", "validation_loss", "train_error", "test_error",
)  # fmt: skip
TEST_EXAMPLES = 4096
VALIDATION_EXAMPLES = 1024
"""By which the learning rate is chosen; the test examples choose nothing."""


class Task(NamedTuple):
    """What is learned."""

    inputs: int
    """Numbers that the network sees."""
    examples: Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
    """Draws inputs [N, inputs] and targets [N]."""
    loss: Callable[[Tensor, Tensor], Tensor]
    """What training minimises, per network."""
    error: Callable[[Tensor, Tensor], Tensor]
    """What is reported, per network, as a share of one."""


def triangle_map(x: Tensor, iterations: int) -> Tensor:
    """Telgarsky's map x -> min(2x, 2 - 2x) of [0, 1] onto itself, iterated: 2^iterations linear pieces."""
    for _ in range(iterations):
        x = torch.minimum(2 * x, 2 - 2 * x)
    return x


def triangle(iterations: int) -> Task:
    """Regression on the triangle map of uniform numbers, moved and scaled so that targets have mean 0 and variance 1.

    The map leaves the uniform distribution as it is, so the mean squared error is the share of the variance that is
    not explained.
    """

    def examples(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = torch.rand(count, 1, generator=generator)
        return 2 * x - 1, 12**0.5 * (triangle_map(x[:, 0], iterations) - 0.5)

    return Task(1, examples, squared, squared)


def parity(inputs: int, relevant: int) -> Task:
    """Classification of random vectors of -1 and 1 by the product of their first ``relevant`` elements."""

    def examples(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = 2.0 * torch.randint(2, (count, inputs), generator=generator) - 1
        return x, x[:, :relevant].prod(dim=1)

    return Task(inputs, examples, logistic, misclassified)


def task_of(settings: dict) -> Task:
    """Return the task that the settings name."""
    if settings["task"] == "triangle":
        return triangle(settings["iterations"])
    return parity(settings["inputs"], settings["relevant"])


class Network(NamedTuple):
    """What tells the networks of a stack apart."""

    learning_rate: float
    examples: int
    seed: int


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train the networks of one task and one number of hidden layers.

    Leaves ``history.csv`` in ``folder``: a row per network and evaluation, with the columns ``COLUMNS``; losses on the
    network's own examples and on ``VALIDATION_EXAMPLES`` fresh ones, errors in % on its own and on ``TEST_EXAMPLES``
    other fresh ones. Networks of one seed share their initial weights, their validation and their test examples, and
    the fewer training examples are the first of the more.

    Args:
        settings: task (triangle with ``iterations``, or parity with ``inputs`` and ``relevant``), layers, parameters,
            learning_rates, examples and seeds (three lists: a network for each combination), steps, batch, bias_scale,
            evaluate_every, device, threads.
        data: not used; the examples are drawn.
        folder: the run's folder.
        on_step: called at the end of each step with where the training stands.
    """
    set_determinism(settings["threads"], settings["device"])
    device = torch.device(settings["device"])
    task = task_of(settings)
    grid = product(settings["learning_rates"], settings["examples"], settings["seeds"])
    networks = [Network(*point) for point in grid]
    stack = build_stack(settings, task.inputs, networks, device)
    examples = draw_examples(task, networks, device)
    rows: list[dict] = []

    def evaluate(step: int) -> dict:
        found = measure(stack, task, examples)
        rows.extend(describe(stack, network) | {"step": step} | row for network, row in zip(networks, found))
        return {name: sum(row[name] for row in found) / len(found) for name in ("train_error", "test_error")}

    inputs, targets = zip(*examples.train, strict=True)
    order = [stream(network.seed, "batches", network.examples) for network in networks]
    fit_stack(
        stack,
        Adam(stack.parameters, [network.learning_rate for network in networks]),
        iter(OwnExamples(inputs, targets, settings["batch"], order)),
        task.loss,
        lambda step: learning_rate(step, settings["steps"], 1.0, {"kind": "cosine"}, {"kind": "linear", "steps": 0}),
        settings["steps"],
        settings["evaluate_every"],
        evaluate,
        on_step,
    )
    write_rows(folder / "history.csv", rows, COLUMNS)


def build_stack(settings: dict, inputs: int, networks: Sequence[Network], device: torch.device) -> MLPStack:
    """Return the networks as they are before training."""
    width = width_for(settings["parameters"], inputs, settings["layers"])
    return mlp_stack(
        [inputs, *[width] * settings["layers"], 1],
        torch.relu_,
        [HE] * len(networks),
        [settings["bias_scale"]] * len(networks),
        [stream(network.seed, "weights") for network in networks],
        device,
    )


Own = list[tuple[Tensor, Tensor]]
"""Inputs [N, inputs] and targets [N] of every network; N may differ."""


class Examples(NamedTuple):
    """What every network is trained on, chosen by and judged on."""

    train: Own
    validation: Own
    test: Own


def draw_examples(task: Task, networks: Sequence[Network], device: torch.device) -> Examples:
    """Return the examples of every network: each kind has a stream of its own under the network's seed."""
    most = max(network.examples for network in networks)

    def draw(kind: str, count: int) -> Own:
        drawn = [task.examples(count, stream(network.seed, f"{kind} examples")) for network in networks]
        return [(x.to(device), y.to(device)) for x, y in drawn]

    every = zip(networks, draw("train", most), strict=True)
    train = [(x[: network.examples], y[: network.examples]) for network, (x, y) in every]
    return Examples(train, draw("validation", VALIDATION_EXAMPLES), draw("test", TEST_EXAMPLES))


def describe(stack: MLPStack, network: Network) -> dict:
    """Return the first columns of a network's rows."""
    layers, width = len(stack.weights) - 1, stack.weights[0].shape[2]
    parameters = sum(parameter[0].numel() for parameter in stack.parameters)
    return {"layers": layers, "width": width, "parameters": parameters} | network._asdict()


def measure(stack: MLPStack, task: Task, examples: Examples) -> list[dict]:
    """Return each network's losses, and its errors in %: the last columns of its rows."""
    train_losses, train_errors = mean_over_own(stack, examples.train, task)
    validation_losses, _ = mean_over_own(stack, examples.validation, task)
    _, test_errors = mean_over_own(stack, examples.test, task)
    found = zip(train_losses, validation_losses, train_errors, test_errors, strict=True)
    return [dict(zip(COLUMNS[-4:], row, strict=True)) for row in found]


def mean_over_own(stack: MLPStack, examples: Own, task: Task) -> tuple[list[float], list[float]]:
    """Return each network's mean loss and mean error in % on its own examples."""
    # shorter lists are padded, so that one pass serves all networks; the padding is cut off before the means
    x, y = (torch.nn.utils.rnn.pad_sequence(list(part), batch_first=True) for part in zip(*examples, strict=True))
    outputs = stack(x)
    losses, errors = [], []
    for index, (_, own) in enumerate(examples):
        place = slice(index, index + 1), slice(len(own))
        losses.append(task.loss(outputs[place], y[place]).item())
        errors.append(100.0 * task.error(outputs[place], y[place]).item())
    return losses, errors
