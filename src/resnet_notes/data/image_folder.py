"""A user's own images: which are for training and which for testing, and reading them into tensors.

Two layouts (torchvision's ImageFolder): `train/<class>/*` and `test/<class>/*`, where other folders are ignored; or
`<class>/*`, where a fixed tenth of each class becomes the test set. Labels number the sorted classes of the training
images. Hidden files and folders are ignored.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from resnet_notes.data.catalogue import Folder
from resnet_notes.data.folder_hash import image_files
from resnet_notes.errors import BadInput

ByClass = dict[str, list[str]]  # class: its files, sorted, relative to the user's folder


@dataclass(frozen=True)
class Listing:
    """The images of a folder, those for training and those for testing."""

    train: ByClass
    test: ByClass


def read_image_folder(folder: Folder) -> dict[str, Tensor]:
    """The folder's four tensors: images uint8 [N, C, size, size] with C = 1 (grey) or 3, labels int64 [N].

    Images are in the order of their classes, then names. Raises BadInput for what `list_images` and `read_image`
    refuse, one class only, and a class of the test set that the training set lacks.
    """
    listing = list_images(folder.path)
    classes = sorted(listing.train)
    if len(classes) < 2:
        raise BadInput(f"image folder {folder.path}: it has one class only ({classes[0]}), two are needed")
    if unknown := sorted(set(listing.test) - set(classes)):
        raise BadInput(f"image folder {folder.path}: test/ has the class {unknown[0]}, train/ does not")
    tensors: dict[str, Tensor] = {}
    for split, by_class in (("train", listing.train), ("test", listing.test)):
        files = [(file, label) for label, name in enumerate(classes) for file in by_class.get(name, [])]
        images = torch.empty(len(files), 1 if folder.grey else 3, folder.size, folder.size, dtype=torch.uint8)
        for place, (file, _) in enumerate(files):
            images[place] = read_image(folder.path / file, folder.size, folder.grey)
        tensors[f"{split}_images"] = images
        tensors[f"{split}_labels"] = torch.tensor([label for _, label in files], dtype=torch.int64)
    return tensors


def list_images(root: Path) -> Listing:
    """Sorts the folder's images by split and class.

    Raises BadInput for a folder that is missing, has no classes or a class without images, has only one of train/
    and test/, or has a class too small to be split.
    """
    files = image_files(root)
    given = [split for split in ("train", "test") if _subfolders(root / split)]
    if len(given) == 2:
        return Listing(_by_class(root, "train", files), _by_class(root, "test", files))
    if given:
        missing = "test" if given == ["train"] else "train"
        raise BadInput(f"image folder {root}: it has {given[0]}/ with classes in it, but no {missing}/")
    whole = _by_class(root, "", files)
    parts = {name: _split(root / name, members) for name, members in whole.items()}
    return Listing(
        {name: train for name, (train, _) in parts.items()}, {name: test for name, (_, test) in parts.items()}
    )


def read_image(path: Path, size: int, grey: bool) -> Tensor:
    """One image, uint8 [C, size, size]: turned upright, shorter side brought to `size`, the centre cut out.

    Raises BadInput, naming the file, where it is broken or has more than 8 bits a channel.
    """
    try:
        with Image.open(path) as image:
            image.verify()  # finds damage that decoding passes over; the file must be opened anew after it
        with Image.open(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
    except Exception as error:  # PIL's decoders raise whatever they meet
        raise BadInput(f"image {path} cannot be read: {error}") from error
    if upright.mode[0] in "IF":
        raise BadInput(f"image {path} has more than 8 bits a channel (PIL mode {upright.mode}): convert it first")
    image = upright.convert("L" if grey else "RGB")
    return pil_to_tensor(ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR))


def _by_class(root: Path, split: str, files: list[str]) -> ByClass:
    """The images below `root`/`split` by class; every class must have some."""
    start = f"{split}/" if split else ""
    classes = _subfolders(root / split)
    if not classes:
        raise BadInput(f"image folder {root}: its images lie in no class folders")
    by_class = {name: [file for file in files if file.startswith(f"{start}{name}/")] for name in classes}
    if empty := [name for name, members in by_class.items() if not members]:
        raise BadInput(f"image folder {root}: the class {start}{empty[0]} has no images")
    return by_class


def _split(folder: Path, files: list[str]) -> tuple[list[str], list[str]]:
    """Train and test files of one class: a tenth (at least one), drawn with a fixed seed, is for testing."""
    if len(files) < 2:
        raise BadInput(f"image folder {folder}: a class needs at least two images to be split, it has one")
    drawn = torch.randperm(len(files), generator=torch.Generator().manual_seed(0)).tolist()
    test = set(drawn[: max(1, len(files) // 10)])
    train_files = [file for place, file in enumerate(files) if place not in test]
    return train_files, [file for place, file in enumerate(files) if place in test]


def _subfolders(folder: Path) -> list[str]:
    """Sorted names of the folders in `folder`, none where it is no folder; hidden ones left out."""
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
