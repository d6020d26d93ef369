"""The training job from outside: the same bits however often it was interrupted, and files that say what happened."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from resnet_notes.data.tensors import load
from resnet_notes.errors import BadInput
from resnet_notes.models.convnet import ConvNet
from resnet_notes.training.batches import Standardiser
from resnet_notes.training.loop import Progress
from resnet_notes.training.run import build_network, make_batches, train_run

Settings = dict[str, Any]
Digests = Callable[[Path], dict[str, str]]
FILES = ["checkpoint.safetensors", "history.csv", "metrics.json"]


class Interrupted(Exception):
    """What a test stops a training with."""


def start(settings: Settings, data: Path, folder: Path, stop_after: int | None = None) -> list[int]:
    """Begin a run or go on with it; return the steps done, and end after the step `stop_after` as a crash would."""
    seen = []

    def on_step(progress: Progress) -> None:
        seen.append(progress.step)
        if progress.step == stop_after:
            raise Interrupted

    folder.mkdir(exist_ok=True)
    try:
        train_run(settings, data, folder, on_step)
    except Interrupted:
        pass
    return seen


@pytest.fixture(scope="module")
def whole(settings: Settings, data: Path, digests: Digests, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert start(settings, data, folder) == list(range(1, 13))
    return digests(folder)


def test_a_finished_run_is_three_files(whole: dict[str, str]) -> None:
    assert list(whole) == FILES


def test_the_same_run_gives_the_same_bits_and_another_seed_others(
    whole: dict[str, str], settings: Settings, data: Path, digests: Digests, tmp_path: Path
) -> None:
    start(settings, data, tmp_path / "again")
    assert digests(tmp_path / "again") == whole
    start(settings | {"seed": 4}, data, tmp_path / "other")
    assert not set(digests(tmp_path / "other").values()) & set(whole.values())


@pytest.mark.parametrize("stop", range(1, 13))
def test_interrupted_at_any_step(
    stop: int, whole: dict[str, str], settings: Settings, data: Path, digests: Digests, tmp_path: Path
) -> None:
    assert start(settings, data, tmp_path, stop) == list(range(1, stop + 1))
    assert "metrics.json" not in digests(tmp_path)
    # it goes on from the evaluation before, and not from the beginning
    assert start(settings, data, tmp_path) == list(range(stop // 4 * 4 + 1, 13))
    assert digests(tmp_path) == whole


@hypothesis_settings(max_examples=10)
@given(first=st.integers(1, 12), second=st.integers(1, 12))
def test_interrupted_twice(
    first: int,
    second: int,
    whole: dict[str, str],
    settings: Settings,
    data: Path,
    digests: Digests,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    for stop in (first, second):
        start(settings, data, folder, stop)
    start(settings, data, folder)
    assert digests(folder) == whole


def test_interrupted_without_momentum(settings: Settings, data: Path, digests: Digests, tmp_path: Path) -> None:
    without = settings | {"momentum": 0.0}
    start(without, data, tmp_path / "whole")
    start(without, data, tmp_path / "broken", 6)
    start(without, data, tmp_path / "broken")
    assert digests(tmp_path / "broken") == digests(tmp_path / "whole")


KILLED = """
import json, sys
from pathlib import Path
from resnet_notes.training.run import train_run
settings, data, folder = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
def on_step(progress):
    print(progress.step, flush=True)
    if progress.step == int(sys.argv[4]):
        sys.stdin.read()  # wait here for what comes
train_run(settings, data, folder, on_step)
"""


def test_kill_9_in_the_middle(
    whole: dict[str, str], settings: Settings, data: Path, digests: Digests, tmp_path: Path
) -> None:
    def begin(wait_at: int) -> subprocess.Popen[str]:
        arguments = [json.dumps(settings), str(data), str(tmp_path), str(wait_at)]
        return subprocess.Popen(
            [sys.executable, "-c", KILLED, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    with begin(wait_at=7) as process:
        assert process.stdout
        assert [int(process.stdout.readline()) for _ in range(7)] == list(range(1, 8))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert list(digests(tmp_path)) == ["state.safetensors"]
    with begin(wait_at=0) as process:
        steps, _ = process.communicate()
        assert process.returncode == 0
    assert [int(step) for step in steps.split()] == list(range(5, 13))
    assert digests(tmp_path) == whole


def test_a_half_written_state_is_never_seen(
    whole: dict[str, str], settings: Settings, data: Path, digests: Digests, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real, calls = os.replace, []

    def fails_the_second_time(*paths: Any) -> None:
        calls.append(paths)
        if len(calls) == 2:
            raise OSError("no space left")
        real(*paths)

    monkeypatch.setattr(os, "replace", fails_the_second_time)
    with pytest.raises(OSError, match="no space"):
        start(settings, data, tmp_path)
    assert list(digests(tmp_path)) == ["state.safetensors"]
    assert start(settings, data, tmp_path)[0] == 5
    assert digests(tmp_path) == whole


def test_final_errors_are_those_of_the_checkpoint(settings: Settings, data: Path, tmp_path: Path) -> None:
    start(settings, data, tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    network = ConvNet(8, True, in_channels=1, classes=3, stem_stride=2)
    state = load_file(tmp_path / "checkpoint.safetensors")
    network.load_state_dict(state)
    network.eval()
    splits = load(data, 8)
    train = splits.train.images.double()
    mean, deviation = train.mean(dim=0), train.std(correction=0)

    def error(images: torch.Tensor, labels: torch.Tensor) -> float:
        with torch.no_grad():
            logits = network(((images.double() - mean) / deviation).float())
        return 100 * (logits.argmax(1) != labels).double().mean().item()

    assert metrics["test_error"] == pytest.approx(error(splits.test.images, splits.test.labels))
    assert metrics["train_error"] == pytest.approx(error(splits.train.images[:30], splits.train.labels[:30]))
    assert metrics["parameters"] == sum(p.numel() for p in network.parameters())
    assert metrics["diverged_at_step"] is None
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    monitored = error(splits.test.images[:15], splits.test.labels[:15])
    assert float(rows[-1]["test_error"]) == pytest.approx(monitored, abs=1e-6)
    assert float(rows[-1]["train_loss"]) == pytest.approx(metrics["train_loss"], abs=1e-6)
    # the last of nine steps of half a cosine, after three of warm-up
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0.05 * math.cos(math.pi / 2 * 8 / 9) ** 2, abs=1e-6)


def test_the_final_test_error_may_be_that_of_the_first_images(settings: Settings, data: Path, tmp_path: Path) -> None:
    found = {}
    for name, change in {"first": {"test_subset": 7}, "monitored": {"monitor": 7}}.items():
        start(settings | change, data, tmp_path / name)
        found[name] = json.loads((tmp_path / name / "metrics.json").read_text())
        rows = list(csv.DictReader((tmp_path / name / "history.csv").read_text().splitlines()))
        found[name]["history"] = float(rows[-1]["test_error"])
    assert found["first"]["test_error"] == pytest.approx(found["monitored"]["history"], abs=1e-6)
    assert found["first"]["test_error"] != found["monitored"]["test_error"]


def test_it_learns(settings: Settings, data: Path, tmp_path: Path) -> None:
    start(settings | {"steps": 80, "evaluate_every": 40, "pad": 0}, data, tmp_path)
    # three classes of different brightness: guessing errs on 67 %
    assert json.loads((tmp_path / "metrics.json").read_text())["test_error"] < 25


@pytest.mark.parametrize("interrupted", [False, True])
def test_an_absurd_learning_rate_is_recorded_as_diverged(
    interrupted: bool, settings: Settings, data: Path, tmp_path: Path
) -> None:
    absurd = settings | {
        "architecture": "plain",
        "learning_rate": 1e30,
        "evaluate_every": 3,
        "warmup": {"kind": "constant", "steps": 5, "learning_rate": 0.01},
    }
    if interrupted:
        start(absurd, data, tmp_path, 9)
    start(absurd, data, tmp_path)
    text = (tmp_path / "metrics.json").read_text()
    assert "NaN" not in text and "Infinity" not in text
    metrics = json.loads(text)
    # five steps of warm-up are harmless; the sixth, step 5, breaks the weights, as the evaluation after it finds
    assert metrics["diverged_at_step"] == 5
    assert metrics["train_error"] is metrics["test_error"] is metrics["train_loss"] is None
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["3"]
    assert all(math.isfinite(float(value)) for row in rows for value in row.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


@pytest.mark.parametrize(
    "rate",
    [
        1e39,  # beyond float32, so that the weights become infinite
        1e30,  # within float32, so that the weights stay finite and the logits do not
    ],
)
def test_a_last_update_that_breaks_the_weights_is_recorded_as_diverged(
    rate: float, settings: Settings, data: Path, tmp_path: Path
) -> None:
    warmup = {"kind": "constant", "steps": 5, "learning_rate": 0.01}
    absurd = settings | {"architecture": "plain", "learning_rate": rate, "steps": 6, "warmup": warmup}
    start(absurd, data, tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["diverged_at_step"] == 5 and metrics["test_error"] is None


def test_plain_and_residual_of_a_seed_share_weights_and_batches(settings: Settings, data: Path) -> None:
    splits = load(data, settings["validation"])
    standardise = Standardiser(splits.train.images)
    networks, batches = [], []
    for architecture in ("plain", "residual"):
        given = settings | {"architecture": architecture}
        networks.append(build_network(given, splits))
        batches.append(make_batches(given, splits, standardise, torch.device("cpu")).from_step(0))
    first, second = (network.state_dict() for network in networks)
    assert first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
    for (x, y), (x2, y2) in islice(zip(*batches), 12):
        assert torch.equal(x, x2) and torch.equal(y, y2)
    # and they are different networks all the same
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(networks[0](x), networks[1](x))


def test_a_batch_of_more_images_than_there_are(settings: Settings, data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"recipe.batch = 41: the data set has 40 training images"):
        train_run(settings | {"batch": 41}, data, tmp_path, lambda _: None)


def test_no_data(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="missing: fetch the data set first"):
        train_run(settings, tmp_path / "none", tmp_path, lambda _: None)
