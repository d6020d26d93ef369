"""Hashes of files and of settings."""

import hashlib
import json
from pathlib import Path
from typing import Any


def hash_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical(content: Any) -> str:
    """Return JSON that is the same for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def short_hash(content: Any) -> str:
    """Return a key: twelve hexadecimal digits of the SHA-256 of ``content`` as canonical JSON."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()[:12]
