"""A product: what one job makes, where it lies, and the key that says what it was made from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from resnet_notes.provenance.files import canonical, hash_of_file, short_hash

VERSION = 1
"""Raised by hand when results made before must not count any more though no key shows it."""


@dataclass(frozen=True)
class Product:
    """What one job makes.

    Attributes:
        kind: ``data``, ``run``, ``theory``, ``table``, ``figure``, ``metrics`` or ``claims``.
        name: unique within its kind.
        phase: ``data``, ``pretraining``, ``training``, ``inside``, ``theory``, ``figures`` or ``notes``.
        folder: where its files lie, below the project's folder.
        files: their names.
        seal: the file that is written last and marks the product as finished, as seen from the folder.
        key: twelve hexadecimal digits.
        origin: what the key was made from.
    """

    kind: str
    name: str
    phase: str
    folder: Path
    files: tuple[str, ...]
    seal: str
    key: str
    origin: dict = field(hash=False)

    @property
    def paths(self) -> list[str]:
        """Every file, the seal last."""
        return [str(self.folder / name) for name in (*self.files, self.seal)]

    def is_finished(self) -> bool:
        """Whether the seal and every file lie there, unread."""
        return all(Path(path).is_file() for path in self.paths)

    def seal_text(self) -> str:
        """What the seal holds: the key, what it was made from, and the SHA-256 of each file."""
        hashes = {name: hash_of_file(self.folder / name) for name in self.files}
        content = {"product": f"{self.kind} {self.name}", "key": self.key, "origin": self.origin, "sha256": hashes}
        return canonical(content) + "\n"


def make_key(origin: dict) -> str:
    """Return the key of a product made from ``origin``."""
    return short_hash(origin | {"version": VERSION})


def finish(product: Product) -> None:
    """Write the seal of a product whose files lie in their place."""
    seal = product.folder / product.seal
    seal.parent.mkdir(parents=True, exist_ok=True)
    temporary = seal.with_name(f".{seal.name}.{os.getpid()}")
    temporary.write_text(product.seal_text(), encoding="utf-8")
    os.replace(temporary, seal)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Name the folder in an error that names no file, as that of a write to a full disk does not."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(folder)
        raise


@contextmanager
def making(product: Product) -> Iterator[Path]:
    """Give a folder to make a product's files in; put them in place and seal them when all went well.

    Seals of the same files under other keys go first: from here to the end the files count as missing.
    """
    product.folder.mkdir(parents=True, exist_ok=True)
    with writing(product.folder), TemporaryDirectory(prefix=".making-", dir=product.folder) as temporary:
        yield Path(temporary)
        for seal in other_seals(product):
            seal.unlink()
        (product.folder / product.seal).unlink(missing_ok=True)
        for name in product.files:
            os.replace(Path(temporary) / name, product.folder / name)
        finish(product)


def other_seals(product: Product) -> list[Path]:
    """Return the seals that lie beside a product of fixed name and hold another key."""
    stem = product.seal.removesuffix(f".{product.key}.seal")
    found = product.folder.glob(f"{stem}.*.seal")
    return [path for path in found if path != product.folder / product.seal]
