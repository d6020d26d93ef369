"""Networks of a stack train as they would alone, by Adam as torch has it, on examples of their own."""

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F
from torch.optim.adam import adam

from resnet_notes.models.mlp import HE, MLPStack, mlp_stack
from resnet_notes.training.loop import Progress
from resnet_notes.training.optimiser import SGD
from resnet_notes.training.seeds import stream
from resnet_notes.training.stack import (
    Adam,
    Optimiser,
    OwnExamples,
    cross_entropy,
    fit_stack,
    logistic,
    misclassified,
    squared,
    write_rows,
)

COUNTS = {1: 30, 2: 50, 3: 8}
"""Examples of the network of each seed."""


def examples(seed: int) -> tuple[Tensor, Tensor]:
    x = torch.rand(COUNTS[seed], 3, generator=stream(seed, "x")) - 0.5
    return x, x.sum(dim=1).sin()


def trained(seeds: list[int], optimiser: Callable[[MLPStack], Optimiser], scale: float = HE) -> MLPStack:
    generators = [stream(seed, "weights") for seed in seeds]
    stack = mlp_stack([3, 8, 8, 1], torch.relu, [HE] * (len(seeds) - 1) + [scale], [0.2] * len(seeds), generators)
    inputs, targets = zip(*map(examples, seeds), strict=True)
    batches = iter(OwnExamples(inputs, targets, 10, [stream(seed, "batches") for seed in seeds]))
    fit_stack(
        stack, optimiser(stack), batches, squared, lambda step: 0.01, 100, 100, lambda step: {}, lambda progress: None
    )
    return stack


def by_adam(stack: MLPStack) -> Adam:
    return Adam(stack.parameters)


def by_sgd(stack: MLPStack) -> SGD:
    return SGD(stack.parameters, 0.9, 0.0)


@pytest.mark.parametrize("optimiser", [by_adam, by_sgd])
def test_a_network_does_not_depend_on_the_others(optimiser: Callable[[MLPStack], Optimiser]) -> None:
    among = trained([1, 2, 3], optimiser)
    for index, seed in enumerate([1, 2, 3]):
        alone = trained([seed], optimiser)
        for a, b in zip(alone.parameters, among.parameters, strict=True):
            assert torch.allclose(a[0], b[index], atol=1e-5)


@pytest.mark.parametrize("optimiser", [by_adam, by_sgd])
def test_one_that_diverges_leaves_the_rest_alone(optimiser: Callable[[MLPStack], Optimiser]) -> None:
    alone, among = trained([1], optimiser), trained([1, 2], optimiser, scale=1e30)
    assert not all(torch.isfinite(parameter[1]).all() for parameter in among.parameters)
    assert all(torch.allclose(a[0], b[0], atol=1e-5) for a, b in zip(alone.parameters, among.parameters, strict=True))


def test_training_learns() -> None:
    stack = trained([2], by_adam)
    x, y = examples(2)
    assert squared(stack(x), y).item() < 0.05 * y.var().item()


def test_adam_is_torchs_with_a_rate_for_each_network() -> None:
    rates = [0.1, 0.02]
    start = torch.rand(2, 3, 4, generator=stream(0, "start"), dtype=torch.float64)
    ours, theirs = start.clone(), list(start.clone())
    optimiser = Adam([ours], rates)
    # torch's state of each network: both moments, and the steps done
    states = [([torch.zeros(3, 4).double()], [torch.zeros(3, 4).double()], [torch.tensor(0.0)]) for _ in rates]
    for step in range(20):
        half = 0.5 if step >= 10 else 1.0
        gradient = torch.rand(start.shape, generator=stream(step, "gradient"), dtype=torch.float64) - 0.3
        optimiser.step([gradient], half)
        for index, (means, squares, steps) in enumerate(states):
            adam(
                [theirs[index]], [gradient[index]], means, squares, [], steps, amsgrad=False, beta1=0.9, beta2=0.999,
                lr=rates[index] * half, weight_decay=0.0, eps=1e-8, maximize=False, foreach=False,
            )  # fmt: skip
    assert not torch.equal(ours, start)
    assert torch.allclose(ours, torch.stack(theirs), rtol=1e-12)


def test_every_network_draws_from_its_own_examples_alone() -> None:
    inputs = [torch.arange(first, first + count)[:, None].float() for first, count in ((0, 5), (100, 1), (200, 40))]
    targets = [-own[:, 0] for own in inputs]

    def batches(seeds: list[int], which: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
        own = [inputs[i] for i in which], [targets[i] for i in which]
        return iter(OwnExamples(*own, 4, [stream(seed, "batches") for seed in seeds]))

    seen: list[set[float]] = [set(), set(), set()]
    alone = batches([9], [2])
    for (x, y), (again, _), _ in zip(batches([7, 8, 9], [0, 1, 2]), alone, range(200)):
        assert x.shape == (3, 4, 1) and torch.equal(y, -x[:, :, 0])
        assert torch.equal(x[2], again[0])
        for index in range(3):
            seen[index] |= set(x[index].flatten().tolist())
    assert seen == [set(own.flatten().tolist()) for own in inputs]


def test_shared_batches_train_classifiers() -> None:
    stack = mlp_stack([2, 16, 3], torch.tanh, [1.0, 1.5], [0.1, 0.1], [stream(0, "weights")] * 2)
    x = torch.rand(60, 2, generator=stream(0, "x")) - 0.5
    labels = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    batches = iter([(x, labels)] * 200)
    fit_stack(
        stack, by_sgd(stack), batches, cross_entropy, lambda step: 0.3, 200, 200, lambda step: {}, lambda progress: None
    )
    assert (stack(x).argmax(dim=2) == labels).double().mean(dim=1).min() > 0.9


def test_losses_are_torchs_network_by_network() -> None:
    generator = stream(0, "outputs")
    outputs, logits = torch.rand(3, 6, 1, generator=generator) - 0.5, torch.rand(3, 6, 4, generator=generator)
    signs = 2.0 * torch.randint(2, (3, 6), generator=generator) - 1
    labels = torch.randint(4, (3, 6), generator=generator)
    for index in range(3):
        z, sign = outputs[index, :, 0], signs[index]
        assert squared(outputs, signs)[index].item() == pytest.approx(F.mse_loss(z, sign).item())
        expected = F.binary_cross_entropy_with_logits(z, (sign + 1) / 2).item()
        assert logistic(outputs, signs)[index].item() == pytest.approx(expected)
        assert misclassified(outputs, signs)[index].item() == pytest.approx((z.sign() != sign).double().mean().item())
        expected = F.cross_entropy(logits[index], labels[index]).item()
        assert cross_entropy(logits, labels)[index].item() == pytest.approx(expected)
        shared = cross_entropy(logits, labels[1])[index].item()
        assert shared == pytest.approx(F.cross_entropy(logits[index], labels[1]).item())


def test_progress_is_reported_as_a_reporter_needs_it() -> None:
    stack = mlp_stack([3, 4, 1], torch.relu, [HE], [0.1], [stream(0, "weights")])
    x, y = examples(1)
    steps, rates, evaluated = [], [], []

    def rate(step: int) -> float:
        rates.append(step)
        return 0.0

    def evaluate(step: int) -> dict:
        evaluated.append(step)
        assert not stack(x).requires_grad
        return {"train_error": 1.0, "test_error": math.pi}

    def on_step(progress: Progress) -> None:
        steps.append((progress.step, progress.history[-1]["step"] if progress.history else None))
        assert progress.diverged_at_step is None

    fit_stack(stack, by_sgd(stack), iter([(x, y)] * 10), squared, rate, 7, 3, evaluate, on_step)
    assert rates == list(range(7)) and evaluated == [3, 6, 7]
    assert steps == [(1, None), (2, None), (3, 3), (4, 3), (5, 3), (6, 6), (7, 7)]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.floats()), min_size=1))
def test_rows_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    path = tmp_path_factory.mktemp("rows") / "new" / "history.csv"
    write_rows(path, [{"loss": loss, "step": step} for step, loss in rows], ("step", "loss"))
    assert [file.name for file in path.parent.iterdir()] == ["history.csv"]
    with path.open(newline="") as file:
        header, *found = csv.reader(file)
    assert header == ["step", "loss"]
    assert found == [[str(step), repr(loss) if math.isfinite(loss) else ""] for step, loss in rows]
    back = pd.read_csv(path)
    assert back["step"].to_list() == [step for step, _ in rows]
    finite = [loss for _, loss in rows if math.isfinite(loss)]
    assert back["loss"].dropna().to_list() == finite


def test_a_row_with_a_column_too_many_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="extra"):
        write_rows(tmp_path / "history.csv", [{"step": 1, "extra": 2}], ("step",))
    assert not list(tmp_path.iterdir())
