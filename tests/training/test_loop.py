"""The loop beside a plain one in PyTorch: its optimiser class, its loss, `backward` and its batch normalisation."""

import copy
import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from resnet_notes.models.convnet import BatchNorm, ConvNet, he_initialise
from resnet_notes.training.loop import Progress, fit
from resnet_notes.training.optimiser import SGD

STEPS = 10


def mini_batches(dtype: torch.dtype) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(8)
    return [
        (torch.randn(6, 1, 6, 6, generator=generator, dtype=dtype), torch.randint(0, 3, (6,), generator=generator))
        for _ in range(STEPS)
    ]


def rate(step: int) -> float:
    return 0.1 / (1 + step)


def with_torchs_batch_norm(network: ConvNet) -> nn.Module:
    twin = copy.deepcopy(network)
    for module in list(twin.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, BatchNorm):
                replacement = nn.BatchNorm2d(child.num_features).to(child.weight.dtype)
                replacement.load_state_dict(child.state_dict())
                setattr(module, name, replacement)
    return twin


def reference(network: nn.Module, batches: list[tuple[Tensor, Tensor]], fused: bool) -> tuple[list[float], list[float]]:
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0, momentum=0.9, weight_decay=1e-3, fused=fused)
    criterion = nn.CrossEntropyLoss()
    losses, errors = [], []
    network.train()
    for step, (x, y) in enumerate(batches):
        optimiser.param_groups[0]["lr"] = rate(step)
        optimiser.zero_grad()
        logits = network(x)
        loss = criterion(logits, y)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        errors.append(100.0 * sum(int(a) != int(b) for a, b in zip(logits.argmax(1), y)) / len(y))
    return losses, errors


def train(network: nn.Module, batches: Iterator[tuple[Tensor, Tensor]], every: int, steps: int = STEPS) -> Progress:
    optimiser, progress = SGD(network.parameters(), 0.9, 1e-3), Progress()
    fit(network, optimiser, batches, rate, steps, every, lambda: {"test_error": 0.0}, progress, _nothing, _nothing)
    return progress


def _nothing(_: Progress) -> None:
    pass


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_as_a_plain_loop(residual: bool, dtype: torch.dtype) -> None:
    network = ConvNet(8, residual, in_channels=1, classes=3, stem_stride=2)
    he_initialise(network, torch.Generator().manual_seed(2))
    network = network.to(dtype)
    twin = with_torchs_batch_norm(network)
    batches = mini_batches(dtype)
    progress = train(network, iter(batches), every=1)
    losses, errors = reference(twin, batches, fused=True)
    assert [row["step"] for row in progress.history] == list(range(1, STEPS + 1))
    assert [row["learning_rate"] for row in progress.history] == [rate(step) for step in range(STEPS)]
    assert [row["train_error"] for row in progress.history] == pytest.approx(errors)
    found = [row["train_loss"] for row in progress.history]
    assert max(losses) - min(losses) > 0.1
    if dtype == torch.float64:
        assert found == pytest.approx(losses, rel=1e-10)
    else:
        assert found == losses
    theirs = dict(twin.state_dict())
    for name, ours in network.state_dict().items():
        if "num_batches" not in name:
            close = torch.equal if dtype == torch.float32 else torch.allclose
            assert close(ours, theirs[name]), name


def test_rows_are_means_since_the_row_before_and_the_last_step_has_one() -> None:
    network = ConvNet(8, True, in_channels=1, classes=3, stem_stride=2)
    he_initialise(network, torch.Generator().manual_seed(2))
    twin = copy.deepcopy(network)
    batches = mini_batches(torch.float32)
    rows = train(network, iter(batches), every=4).history
    losses, errors = reference(twin, batches, fused=True)
    assert [row["step"] for row in rows] == [4, 8, 10]
    for row, (first, last) in zip(rows, [(0, 4), (4, 8), (8, 10)], strict=True):
        assert row["train_loss"] == pytest.approx(math.fsum(losses[first:last]) / (last - first), rel=1e-12)
        assert row["train_error"] == pytest.approx(math.fsum(errors[first:last]) / (last - first), rel=1e-12)


@pytest.mark.parametrize(("bad", "ends"), [(0, 4), (3, 4), (4, 8), (9, 10)])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_first_step_with_no_finite_loss_is_named_and_ends_the_training(bad: int, ends: int, value: float) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    batches = mini_batches(torch.float32)
    batches[bad][0].fill_(value)
    progress = train(network, iter(batches), every=4)
    assert progress.diverged_at_step == bad and progress.step == ends
    assert [row["step"] for row in progress.history] == [step for step in (4, 8) if step <= bad]
    assert all(math.isfinite(number) for row in progress.history for number in row.values())


def test_nothing_is_left_to_do_after_the_last_step() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    before = copy.deepcopy(network.state_dict())
    progress = Progress(step=STEPS)
    fit(network, SGD(network.parameters(), 0.9, 0.0), iter(mini_batches(torch.float32)), rate, STEPS, 2, dict,
        progress, _nothing, _nothing)  # fmt: skip
    assert progress.history == [] and all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
