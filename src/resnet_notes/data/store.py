"""The uniform form on disk: `images.safetensors`, and last the seal that says which data set is whole."""

import json
import os
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from resnet_notes.data.folder_hash import file_sha256

IMAGES = "images.safetensors"


def is_finished(target: Path, key: str) -> bool:
    """Whether `target` holds the data set of `key` whole: the seal is there, and the bytes are those it states."""
    try:
        seal = json.loads((target / f"{key}.seal").read_text())
        return seal["key"] == key and seal["sha256"][IMAGES] == file_sha256(target / IMAGES)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def store(
    tensors: dict[str, Tensor], target: Path, work: Path, *, key: str, dataset: str, content: dict[str, Any]
) -> None:
    """Puts the tensors and their seal in place; `work` is a folder on the same file system as `target`.

    Each file is replaced in one step and the seal comes last, so that a stop at any moment leaves either the old
    data set, or something without a seal. The bytes depend on the tensors only.
    """
    # safetensors' own save_file makes files that only their owner may read
    (work / IMAGES).write_bytes(save(tensors))
    sha256 = {IMAGES: file_sha256(work / IMAGES)}
    seal = {"key": key, "dataset": dataset, "content": content, "sha256": sha256}
    (work / "seal").write_text(json.dumps(seal, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for outdated in target.glob("*.seal"):
        outdated.unlink()
    os.replace(work / IMAGES, target / IMAGES)
    os.replace(work / "seal", target / f"{key}.seal")
