"""What ``auto`` becomes; asked in a process of its own, so that whoever plans need not load torch."""

import subprocess
import sys


def resolve(device: str) -> str:
    """Return ``cuda`` or ``cpu`` for ``auto``, and any other device as it is."""
    if device != "auto":
        return device
    question = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
    return subprocess.run([sys.executable, "-c", question], check=True, capture_output=True, text=True).stdout.strip()
