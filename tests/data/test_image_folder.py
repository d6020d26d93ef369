"""A user's images: both layouts, what is done to a picture, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from resnet_notes.data import folder_hash as hashing
from resnet_notes.data.catalogue import Folder, data_key
from resnet_notes.data.fetch import fetch
from resnet_notes.data.folder_hash import folder_hash
from resnet_notes.data.image_folder import list_images, read_image, read_image_folder
from resnet_notes.errors import BadInput


def paint(path: Path, colour: tuple[int, int, int] = (10, 200, 30), size: tuple[int, int] = (12, 8)) -> Path:
    """A plain picture of `size` (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


@pytest.fixture
def root() -> Path:
    return Path("pictures")


def read(root: Path, size: int = 6, grey: bool = False) -> dict:
    return read_image_folder(Folder(root, size, grey))


def test_train_and_test_folders(root: Path) -> None:
    for number in range(3):
        paint(root / "train" / "cat" / f"{number}.png", (number, 0, 0))
        paint(root / "train" / "dog" / f"{number}.JPG")
    paint(root / "test" / "dog" / "a.png")
    paint(root / "val" / "bird" / "a.png")  # neither train nor test: ignored
    tensors = read(root)
    assert tensors["train_images"].shape == (6, 3, 6, 6)
    assert tensors["train_images"][:3, 0, 0, 0].tolist() == [0, 1, 2]
    assert tensors["train_labels"].tolist() == [0, 0, 0, 1, 1, 1]
    assert tensors["test_labels"].tolist() == [1]


def test_a_tenth_of_each_class_is_for_testing(root: Path) -> None:
    for name, count in (("cat", 2), ("dog", 20), ("train", 31)):  # a class may well be called train
        for number in range(count):
            paint(root / name / f"{number:03}.png")
    for entry in (root / "train").iterdir():
        assert entry.is_file()
    listing = list_images(root)
    assert {name: len(members) for name, members in listing.test.items()} == {"cat": 1, "dog": 2, "train": 3}
    for name in ("cat", "dog", "train"):
        assert not set(listing.train[name]) & set(listing.test[name])
        assert len(listing.train[name]) + len(listing.test[name]) == {"cat": 2, "dog": 20, "train": 31}[name]
    assert listing == list_images(root)
    assert listing.test["dog"] == ["dog/004.png", "dog/005.png"]


def test_resize_and_centre_crop(root: Path) -> None:
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, 2:6] = (255, 0, 0)  # the centre
    root.mkdir()
    Image.fromarray(pixels).save(root / "a.png")
    image = read_image(root / "a.png", 4, grey=False)
    assert image.shape == (3, 4, 4)
    assert (image[0] == 255).all()
    assert (image[1:] == 0).all()
    assert read_image(root / "a.png", 2, grey=True).shape == (1, 2, 2)
    assert read_image(root / "a.png", 9, grey=False).shape == (3, 9, 9)


def test_odd_modes_become_rgb_or_grey(root: Path) -> None:
    root.mkdir()
    for mode in ("1", "L", "LA", "P", "RGBA", "CMYK"):
        suffix = "tif" if mode == "CMYK" else "png"
        Image.new(mode, (5, 5)).save(root / f"{mode}.{suffix}")
        assert read_image(root / f"{mode}.{suffix}", 3, grey=False).shape == (3, 3, 3)
        assert read_image(root / f"{mode}.{suffix}", 3, grey=True).shape == (1, 3, 3)


def test_a_photo_is_turned_upright(root: Path) -> None:
    root.mkdir()
    photo = Image.fromarray(np.array([[0, 255]], np.uint8).repeat(8, 0).repeat(4, 1))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    photo.save(root / "a.png", exif=exif)
    image = read_image(root / "a.png", 8, grey=True)
    assert (image[0, 0, 0], image[0, 0, 7]) == (255, 0)


def test_16_bit_images_are_refused(root: Path) -> None:
    root.mkdir()
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(root / "deep.png")
    with pytest.raises(BadInput, match=r"deep\.png has more than 8 bits"):
        read_image(root / "deep.png", 4, grey=True)


@pytest.mark.parametrize("damage", ["cut", "changed", "text", "empty"])
def test_a_broken_image_is_named(root: Path, damage: str) -> None:
    path = root / "broken.png"
    root.mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)).save(path)
    whole = path.read_bytes()
    changed = whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]
    path.write_bytes({"cut": whole[: len(whole) // 2], "changed": changed, "text": b"no image", "empty": b""}[damage])
    with pytest.raises(BadInput, match=r"broken\.png cannot be read"):
        read_image(path, 8, grey=True)


def refusals() -> list:
    """(files to make, part of the message)"""
    return [
        ([], "there is no such folder"),
        (["notes.txt"], "holds no images"),
        (["a.png"], "in no class folders"),
        (["cat/1.png", "cat/2.png"], "one class only"),
        (["cat/1.png", "cat/2.png", "dog/1.png"], "at least two images"),
        (["cat/1.png", "cat/2.png", "dog/notes.txt"], "class dog has no images"),
        (["train/cat/1.png", "train/dog/1.png"], "but no test/"),
        (["test/cat/1.png", "test/dog/1.png"], "but no train/"),
        (["train/cat/1.png", "train/dog/1.png", "test/cow/1.png"], "test/ has the class cow"),
        (["train/cat/1.png", "test/cat/1.png"], "one class only"),
        (["train/cat/1.png", "train/dog/1.png", "test/dog/x.txt"], "class test/dog has no images"),
    ]


@pytest.mark.parametrize(("made", "message"), refusals())
def test_folders_that_cannot_be_used(root: Path, made: list[str], message: str) -> None:
    for name in made:
        if name.endswith(".png"):
            paint(root / name)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    with pytest.raises(BadInput, match=message):
        read(root)


def test_fetch_makes_the_uniform_form(root: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(4):
            paint(root / name / f"{number}.png")
    settings = {"path": str(root), "size": 5, "grey": True}
    key = data_key("mine", settings)
    fetch("mine", Path("data/mine"), key, settings)
    assert load_file(Path("data/mine/images.safetensors"))["train_images"].shape == (6, 1, 5, 5)
    seal = json.loads(Path(f"data/mine/{key}.seal").read_text())
    assert seal["content"] == {"folder": folder_hash(root), "size": 5, "grey": True}
    paint(root / "cat" / "4.png")
    with pytest.raises(BadInput, match="changed, run again"):
        fetch("mine", Path("data/mine"), key, settings)


def test_the_second_hash_reads_no_image(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(root / "cat" / "1.png")
    paint(root / "cat" / "2.png")
    first = folder_hash(root)
    read_files: list[Path] = []
    real = hashing.file_sha256
    monkeypatch.setattr(hashing, "file_sha256", lambda path: read_files.append(path) or real(path))
    assert folder_hash(root) == first
    assert read_files == []
    paint(root / "cat" / "2.png", size=(30, 30))
    assert folder_hash(root) != first
    assert read_files == [root / "cat" / "2.png"]


@pytest.mark.parametrize("damaged", ["", "[]", "null", '{"cat/1.png": 1}', '{"cat/1.png": [1, 2]}'])
def test_a_damaged_cache_only_costs_time(root: Path, damaged: str) -> None:
    paint(root / "cat" / "1.png")
    first = folder_hash(root)
    (cache,) = Path(".cache").iterdir()
    cache.write_text(damaged)
    assert folder_hash(root) == first
