"""Mini-batches from outside: each label is its image's number, so that a batch says which images it holds."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.training.batches import Batches, Standardiser

CPU = torch.device("cpu")


def images_of(count: int, channels: int, height: int, width: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, channels, height, width), generator=generator, dtype=torch.uint8)


def make(images: torch.Tensor, batch: int, pad: int, seed: int = 0) -> Batches:
    return Batches(images, torch.arange(len(images)), Standardiser(images), batch, pad, seed, CPU)


def crops(image: np.ndarray, pad: int) -> list[np.ndarray]:
    """Every crop of a standardised image padded with zeros, then every one of them mirrored."""
    _, height, width = image.shape
    padded = np.pad(image, ((0, 0), (pad, pad), (pad, pad)))
    places = [(top, left) for top in range(2 * pad + 1) for left in range(2 * pad + 1)]
    plain = [padded[:, top : top + height, left : left + width] for top, left in places]
    return plain + [crop[:, :, ::-1] for crop in plain]


SIZES = st.tuples(st.integers(2, 12), st.sampled_from([1, 3]), st.integers(2, 6), st.integers(2, 6))


@settings(max_examples=25)
@given(SIZES, st.integers(0, 3), st.integers(0, 99))
def test_every_image_is_a_crop_of_itself_bit_for_bit(size: tuple[int, int, int, int], pad: int, seed: int) -> None:
    images = images_of(*size, seed)
    standardise = Standardiser(images)
    standard = (images.numpy().astype(np.float32) - standardise.mean.numpy()) * np.float32(standardise.scale)
    for x, y in islice(make(images, 2, pad, seed).from_step(0), 8):
        assert x.dtype == torch.float32 and x.shape == (2, *images.shape[1:])
        for one, label in zip(x.numpy(), y.tolist(), strict=True):
            assert any(np.array_equal(one, crop) for crop in crops(standard[label], pad))


def test_each_image_is_cropped_and_flipped_for_itself_and_every_way_is_as_frequent() -> None:
    images = images_of(40, 1, 4, 4, 1)
    standard = (images.numpy().astype(np.float32) - Standardiser(images).mean.numpy()) * np.float32(
        Standardiser(images).scale
    )
    ways = [crops(image, 1) for image in standard]
    counts, within_batches = Counter(), []
    for x, y in islice(make(images, 20, 1).from_step(0), 90):
        found = [
            next(i for i, crop in enumerate(ways[label]) if np.array_equal(one, crop))
            for one, label in zip(x.numpy(), y.tolist(), strict=True)
        ]
        counts.update(found)
        within_batches.append(len(set(found)))
    # 1,800 draws of 18 ways: chi-square with 17 degrees of freedom exceeds 50 with probability 4e-5
    assert sum((counts[way] - 100) ** 2 / 100 for way in range(18)) < 50
    assert min(within_batches) > 5


@settings(max_examples=30)
@given(st.integers(2, 40), st.data())
def test_an_epoch_holds_each_image_once_at_most_and_drops_only_the_remainder(count: int, data: st.DataObject) -> None:
    batch = data.draw(st.integers(1, count))
    batches = make(images_of(count, 1, 2, 2, 0), batch, data.draw(st.sampled_from([0, 1])))
    sequence = batches.from_step(0)
    for _ in range(3):
        seen = [label for _, y in islice(sequence, batches.per_epoch) for label in y.tolist()]
        assert len(seen) == len(set(seen)) == count - count % batch


@settings(max_examples=30)
@given(st.integers(0, 25), st.integers(1, 9), st.sampled_from([0, 2]))
def test_from_a_step_is_from_the_first_with_those_before_skipped(step: int, batch: int, pad: int) -> None:
    images = images_of(9, 1, 3, 4, 2)
    skipped = islice(make(images, batch, pad).from_step(0), step, step + 12)
    for (x, y), (x2, y2) in zip(skipped, make(images, batch, pad).from_step(step), strict=False):
        assert torch.equal(x, x2) and torch.equal(y, y2)


def orders(seed: int, epochs: int) -> list[tuple[int, ...]]:
    sequence = make(images_of(12, 1, 2, 2, 0), 12, 0, seed).from_step(0)
    return [tuple(y.tolist()) for _, y in islice(sequence, epochs)]


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    found = [order for seed in range(4) for order in orders(seed, 5)]
    assert len(set(found)) == 20
    assert orders(2, 5) == found[10:15]


def test_without_padding_batches_are_what_the_standardiser_gives() -> None:
    images = images_of(10, 3, 5, 7, 4)
    standardise = Standardiser(images)
    for x, y in islice(make(images, 5, 0).from_step(0), 4):
        assert torch.equal(x, standardise(images[y]))
        assert x.is_contiguous(memory_format=torch.channels_last)


@settings(max_examples=30)
@given(SIZES, st.integers(0, 99))
def test_standardiser_as_numpy_in_float64(size: tuple[int, int, int, int], seed: int) -> None:
    images = images_of(*size, seed)
    exact = images.numpy().astype(np.float64)
    standardise = Standardiser(images)
    assert np.array_equal(standardise.mean.numpy(), exact.mean(axis=0).astype(np.float32))
    assert standardise.scale == pytest.approx(1 / exact.std(), rel=1e-9)
    expected = (exact - exact.mean(axis=0)) / exact.std()
    np.testing.assert_allclose(standardise(images).numpy(), expected, rtol=1e-5, atol=1e-5)


def test_standardiser_of_more_images_than_a_chunk_and_of_equal_pixels() -> None:
    many = images_of(5000, 1, 2, 2, 7)
    assert Standardiser(many).scale == pytest.approx(1 / many.numpy().astype(np.float64).std(), rel=1e-12)
    assert Standardiser(torch.full((3, 1, 2, 2), 9, dtype=torch.uint8))(torch.full((1, 1, 2, 2), 9)).eq(0).all()
