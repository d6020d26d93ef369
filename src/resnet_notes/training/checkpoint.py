"""Files of a run, each put in place as a whole."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from resnet_notes.replacing import replacing
from resnet_notes.training.loop import Progress
from resnet_notes.training.optimiser import SGD


def save_tensors(path: Path, tensors: dict[str, Tensor], note: str | None = None) -> None:
    """Write tensors to a safetensors file, the same bytes for the same tensors.

    The file has one metadata key at most: safetensors writes several in random order.
    """
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = save(contiguous, metadata=None if note is None else {"note": note})
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, content: dict) -> None:
    """Write ``content`` with sorted keys; a NaN is refused."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_history(path: Path, rows: Sequence[dict], columns: Sequence[str]) -> None:
    """Write rows as CSV with six digits after the point for what is not whole."""

    def cell(value: float) -> str:
        return str(value) if isinstance(value, int) else f"{value:.6f}"

    lines = [",".join(columns)] + [",".join(cell(row[c]) for c in columns) for row in rows]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def save_state(path: Path, network: nn.Module, optimiser: SGD, progress: Progress) -> None:
    """Write all that a restart needs: network, momentum, step and history."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    tensors |= {f"velocity.{i}": v for i, v in enumerate(optimiser.velocities) if v is not None}
    save_tensors(path, tensors, json.dumps(vars(progress)))


def load_state(path: Path, network: nn.Module, optimiser: SGD) -> Progress:
    """Put network and optimiser back where :func:`save_state` left them; a fresh start where there is no file."""
    if not path.exists():
        return Progress()
    with safe_open(path, "pt") as file:
        progress = Progress(**json.loads(file.metadata()["note"]))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    network.load_state_dict({n[8:]: t for n, t in tensors.items() if n.startswith("network.")})
    for index, parameter in enumerate(optimiser.parameters):
        if f"velocity.{index}" in tensors:  # without momentum there is none
            optimiser.velocities[index] = torch.empty_like(parameter).copy_(tensors[f"velocity.{index}"])
    return progress
