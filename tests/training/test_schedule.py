"""The schedule against closed forms, and against PyTorch's own schedulers."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.training.schedule import learning_rate

COSINE = {"kind": "cosine"}
NONE = {"kind": "linear", "steps": 0}


@st.composite
def lengths(draw: st.DrawFn) -> tuple[int, int]:
    """Steps of a training and of its shorter warm-up."""
    steps = draw(st.integers(1, 300))
    return steps, draw(st.integers(0, steps - 1))


@given(lengths(), st.floats(1e-4, 10))
def test_linear_warmup_is_a_straight_line_that_ends_at_the_base(both: tuple[int, int], base: float) -> None:
    steps, warm = both
    rates = [learning_rate(step, steps, base, COSINE, {"kind": "linear", "steps": warm}) for step in range(warm)]
    assert rates == pytest.approx([base / warm * k for k in range(1, warm + 1)], rel=1e-12)
    assert not warm or rates[-1] == pytest.approx(base, rel=1e-15)


@given(lengths(), st.floats(1e-4, 10))
def test_constant_warmup(both: tuple[int, int], base: float) -> None:
    steps, warm = both
    warmup = {"kind": "constant", "steps": warm, "learning_rate": 0.0123}
    rates = [learning_rate(step, steps, base, COSINE, warmup) for step in range(steps)]
    assert rates[:warm] == [0.0123] * warm
    assert rates[warm] == base


@given(lengths(), st.floats(1e-4, 10))
def test_cosine_begins_at_the_base_falls_and_would_end_at_zero(both: tuple[int, int], base: float) -> None:
    steps, warm = both
    rates = [learning_rate(s, steps, base, COSINE, {"kind": "linear", "steps": warm}) for s in range(warm, steps)]
    # the half-angle form of (1 + cos) / 2
    expected = [base * math.cos(math.pi / 2 * k / (steps - warm)) ** 2 for k in range(steps - warm)]
    assert rates == pytest.approx(expected, rel=1e-9, abs=1e-12 * base)
    assert rates[0] == base
    assert all(later < earlier for earlier, later in pairwise(rates))
    assert learning_rate(steps, steps, base, COSINE, {"kind": "linear", "steps": warm}) == pytest.approx(0, abs=1e-12)


def test_cosine_half_way_is_half() -> None:
    assert learning_rate(50, 100, 0.03, COSINE, NONE) == pytest.approx(0.015)
    assert learning_rate(65, 100, 0.03, COSINE, {"kind": "linear", "steps": 30}) == pytest.approx(0.015)


@given(st.lists(st.integers(1, 50), max_size=4, unique=True), st.sampled_from([0.1, 0.5]), st.floats(0.001, 1))
def test_steps_as_pytorchs_scheduler(at: list[int], factor: float, base: float) -> None:
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], lr=base)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimiser, at, factor)
    decay = {"kind": "steps", "at": at, "factor": factor}
    for step in range(60):
        assert learning_rate(step, 60, base, decay, NONE) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
        optimiser.step()
        scheduler.step()


def test_the_papers_own_schedule() -> None:
    decay = {"kind": "steps", "at": [32000, 48000], "factor": 0.1}
    warmup = {"kind": "constant", "steps": 400, "learning_rate": 0.01}
    rates = {step: learning_rate(step, 64000, 0.1, decay, warmup) for step in (0, 399, 400, 31999, 32000, 47999, 48000)}
    assert rates == pytest.approx({0: 0.01, 399: 0.01, 400: 0.1, 31999: 0.1, 32000: 0.01, 47999: 0.01, 48000: 0.001})
