"""Independent random streams from one seed, without any state to save: a stream is named, not advanced."""

import hashlib

import torch


def stream(seed: int, *name: str | int) -> torch.Generator:
    """Return the generator of the stream called ``name`` (for example ``"order", epoch``) under ``seed``."""
    digest = hashlib.sha256("/".join(map(str, (seed, *name))).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
