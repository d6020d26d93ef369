"""Which files of a user's folder are images, and one hash over them all; a cache makes the second call fast."""

import contextlib
import hashlib
import json
import os
from pathlib import Path

from resnet_notes.errors import BadInput

# What torchvision's ImageFolder takes for an image; repeated here because importing torchvision takes seconds.
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")

CACHE = Path(".cache")  # in the current folder

Stamps = dict[str, list[int | str]]  # relative name: [bytes, mtime in ns, SHA-256]


def image_files(root: Path) -> list[str]:
    """The images below `root` as sorted relative names with `/`, hidden files and folders left out.

    Raises BadInput where `root` is no folder or holds no image.
    """
    if not root.is_dir():
        raise BadInput(f"image folder {root}: there is no such folder")
    names: list[str] = []
    for place, folders, files in os.walk(root, followlinks=True):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        within = Path(place).relative_to(root)
        shown = (file for file in files if not file.startswith("."))
        names += [(within / file).as_posix() for file in shown if file.lower().endswith(IMAGE_SUFFIXES)]
    if not names:
        raise BadInput(f"image folder {root}: it holds no images ({', '.join(IMAGE_SUFFIXES)})")
    return sorted(names)


def folder_hash(root: Path) -> str:
    """SHA-256 (hex) over the sorted relative names of the images below `root` and the SHA-256 of each one's bytes.

    The hash of a file whose path, size and mtime have not changed comes from `.cache/` in the current folder.
    Raises BadInput as `image_files` does.
    """
    cache = CACHE / f"images-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]}.json"
    before = _read(cache)
    now: Stamps = {}
    for name in image_files(root):
        stat = (root / name).stat()
        size, mtime, digest = before.get(name, (None, None, ""))
        if (size, mtime) != (stat.st_size, stat.st_mtime_ns):
            digest = file_sha256(root / name)
        now[name] = [stat.st_size, stat.st_mtime_ns, str(digest)]
    if now != before:
        _write(cache, now)
    listing = [[name, digest] for name, (_, _, digest) in now.items()]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(cache: Path) -> Stamps:
    """The cache's stamps; none where it is missing or damaged, since it only saves time."""
    try:
        stamps = json.loads(cache.read_text())
        return stamps if all(len(stamp) == 3 for stamp in stamps.values()) else {}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(cache: Path, stamps: Stamps) -> None:
    """Replaces the cache in one step; a folder that cannot be written to only costs time."""
    partial = cache.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        cache.parent.mkdir(exist_ok=True)
        partial.write_text(json.dumps(stamps))
        os.replace(partial, cache)
