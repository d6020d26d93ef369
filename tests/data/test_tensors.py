"""The splits and the pooling that training reads."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from resnet_notes.data import tensors
from resnet_notes.data.tensors import average_pool, fixed_order, load
from resnet_notes.errors import BadInput


def numbered(folder: Path, train: int, test: int, side: int = 2) -> Path:
    """A stored data set whose labels are the images' places, and whose pixels repeat them."""
    stored = {}
    for split, count in (("train", train), ("test", test)):
        stored[f"{split}_labels"] = torch.arange(count)
        pixels = stored[f"{split}_labels"].to(torch.uint8)[:, None, None, None]
        stored[f"{split}_images"] = pixels.expand(count, 1, side, side).contiguous()
    folder.mkdir(exist_ok=True)
    save_file(stored, folder / "images.safetensors")
    return folder


@settings(max_examples=50)
@given(data=st.data(), train=st.integers(1, 200), test=st.integers(1, 50))
def test_splits_are_disjoint_cover_everything_and_stay_fixed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, train: int, test: int
) -> None:
    folder = numbered(tmp_path_factory.mktemp("set"), train, test)
    validation = data.draw(st.integers(0, train - 1))
    splits = load(folder, validation)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (
        train - validation,
        validation,
        test,
    )
    labels = torch.cat([splits.train.labels, splits.validation.labels])
    assert torch.equal(labels, fixed_order(train))
    assert sorted(labels.tolist()) == list(range(train))
    assert sorted(splits.test.labels.tolist()) == list(range(test))
    for part in (splits.train, splits.validation, splits.test):
        assert torch.equal(part.images[:, 0, 0, 0].long(), part.labels)  # images and labels move together
        assert (part.images.dtype, part.labels.dtype) == (torch.uint8, torch.int64)


def test_the_order_is_the_same_everywhere() -> None:
    """Written down on one machine: another torch or machine that draws otherwise would change every result."""
    torch.manual_seed(123)  # the global state has no part in it
    assert fixed_order(10).tolist() == [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]
    assert fixed_order(60_000)[:5].tolist() == [36044, 10678, 57327, 55074, 21567]


def test_the_train_split_does_not_depend_on_the_order_of_calls(tmp_path: Path) -> None:
    folder = numbered(tmp_path / "set", 100, 20)
    small, large = load(folder, 10), load(folder, 30)
    assert torch.equal(small.train.labels[:70], large.train.labels)


@settings(max_examples=50)
@given(data=st.data(), pool=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_pooling_against_brute_force(data: st.DataObject, pool: int, seed: int) -> None:
    count, channels, rows, columns = (data.draw(st.integers(1, 3)) for _ in range(4))
    shape = (count, channels, rows * pool, columns * pool)
    low, high = sorted(data.draw(st.tuples(st.integers(0, 255), st.integers(0, 255))))
    images = np.random.default_rng(seed).integers(low, high + 1, shape, dtype=np.uint8)
    expected = np.empty((count, channels, rows, columns), np.uint8)
    for n, c, y, x in np.ndindex(expected.shape):
        block = images[n, c, y * pool : (y + 1) * pool, x * pool : (x + 1) * pool]
        expected[n, c, y, x] = np.floor(block.astype(np.float64).mean() + 0.5)
    assert np.array_equal(average_pool(torch.from_numpy(images), pool).numpy(), expected)


def test_load_pools_every_split(tmp_path: Path) -> None:
    splits = load(numbered(tmp_path / "set", 9, 3, side=4), validation=2, pool=2)
    for part in (splits.train, splits.validation, splits.test):
        assert part.images.shape[1:] == (1, 2, 2)
        assert torch.equal(part.images[:, 0, 1, 1].long(), part.labels)


@pytest.mark.parametrize(("validation", "pool"), [(10, 1), (11, 1), (-1, 1), (2, 3), (2, 0), (2, -2)])
def test_impossible_splits_and_pools_are_refused(tmp_path: Path, validation: int, pool: int) -> None:
    with pytest.raises(BadInput, match="does not fit 10|cannot be averaged"):
        load(numbered(tmp_path / "set", 10, 3, side=4), validation, pool)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"images\.safetensors is missing: fetch"):
        load(tmp_path, 1)
    for content in (b"", b"not tensors at all"):
        (tmp_path / "images.safetensors").write_bytes(content)
        with pytest.raises(BadInput, match=r"images\.safetensors is damaged"):
            load(tmp_path, 1)
    save_file({"other": torch.zeros(1)}, tmp_path / "images.safetensors")
    with pytest.raises(BadInput, match=r"images\.safetensors is damaged"):
        load(tmp_path, 1)


def test_it_needs_only_what_a_bare_machine_has() -> None:
    """Standard library aside: torch, safetensors and the errors."""
    assert tensors.__file__ is not None
    modules = set()
    for node in ast.walk(ast.parse(Path(tensors.__file__).read_text())):
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module)
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
    assert modules == {"dataclasses", "pathlib", "torch", "safetensors", "resnet_notes.errors"}
