"""What holds for all tests; a data set of a few images, and the settings of a run that trains on it in a moment."""

import hashlib
import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch
from safetensors.torch import save_file

# as jobs have it: without it a GPU cannot promise to repeat a product
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

# other work on the machine must not fail a test: speed is measured in benchmarks/
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

TRAIN, VALIDATION, TEST = 48, 8, 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that no core is idle at the end."""
    items.sort(key=lambda item: "emulated" not in item.keywords)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored data set: 48 training and 20 test images of 8 x 8 pixels in three classes of different brightness."""
    folder = tmp_path_factory.mktemp("data") / "tiny"
    folder.mkdir()
    generator = torch.Generator().manual_seed(5)
    stored = {}
    for split, count in (("train", TRAIN), ("test", TEST)):
        labels = torch.arange(count) % 3
        noise = torch.randint(0, 120, (count, 1, 8, 8), generator=generator)
        stored[f"{split}_images"] = (noise + 60 * labels[:, None, None, None]).to(torch.uint8)
        stored[f"{split}_labels"] = labels
    save_file(stored, folder / "images.safetensors")
    return folder


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    """Twelve steps of a residual network of depth 8, with augmentation; five batches in an epoch."""
    return {
        "architecture": "residual",
        "depth": 8,
        "seed": 3,
        "dataset": "tiny",
        "validation": VALIDATION,
        "pool": 1,
        "pad": 1,
        "stem_stride": 2,
        "batch": 8,
        "steps": 12,
        "learning_rate": 0.05,
        "warmup": {"kind": "linear", "steps": 3},
        "decay": {"kind": "cosine"},
        "momentum": 0.9,
        "weight_decay": 0.0001,
        "evaluate_every": 4,
        "monitor": 15,
        "train_subset": 30,
        "test_subset": None,
        "device": "cpu",
        "numerics": "native",
        "threads": 1,
    }


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(name="digests", scope="session")
def digests_fixture() -> Any:
    return digests
