"""What ``auto`` becomes, and whether there is a GPU; asked in another process, so that a plan need not load torch."""

import subprocess
import sys

from resnet_notes.errors import BadInput


def resolve(device: str) -> str:
    """Return ``cuda`` or ``cpu`` for ``auto``, and any other device as it is."""
    if device != "auto":
        return device
    return "cuda" if has_cuda() else "cpu"


def require(device: str) -> None:
    """Refuse ``cuda`` where there is none, before any job begins.

    Raises:
        BadInput: torch finds no CUDA device.
    """
    if device == "cuda" and not has_cuda():
        raise BadInput("device cuda: torch finds no CUDA device here; use device cpu or auto")


def has_cuda() -> bool:
    """Whether torch finds a CUDA device."""
    question = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", question], stderr=subprocess.DEVNULL).returncode == 0
