"""The training job on a GPU: the network's forward and backward pass are replayed as CUDA graphs.

A training step of these small networks is a thousand kernels of a few microseconds each, and the processor takes longer
to launch them than the card to run them. A graph is launched at once; its kernels, and so the bits, are the same.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_notes.data.tensors import Splits
from resnet_notes.models.convnet import ConvNet
from resnet_notes.training import run
from resnet_notes.training.loop import Progress


def train_run(settings: dict, data: Path, folder: Path, on_step: Callable[[Progress], None]) -> None:
    """Train one network as :func:`resnet_notes.training.run.train_run` does."""
    run.train_run(settings, data, folder, on_step, build_network)


def build_network(settings: dict, splits: Splits) -> ConvNet:
    """Return the network of a run, to be captured at its first training step on a GPU."""
    network = run.build_network(settings, splits)
    capture_at_first_step(network)
    return network


def capture_at_first_step(network: nn.Module) -> None:
    """Let a network replay graphs from its second training step on a GPU on; elsewhere nothing changes.

    The first call in training mode with images on a GPU captures the graphs for mini-batches of its shape, and itself
    runs as usual. In evaluation mode the network runs as usual, too.

    Args:
        network: maps images [B, C, H, W] to logits; it has no hooks.
    """

    def capture(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        (x,) = given
        if not (x.is_cuda and module.training):
            return
        hook.remove()  # a network with hooks cannot be captured
        before = [buffer.clone() for buffer in module.buffers()]
        torch.cuda.make_graphed_callables(module, (torch.zeros_like(x),))
        with torch.no_grad():  # capturing runs the network a few times, which moves the running statistics
            for buffer, kept in zip(module.buffers(), before, strict=True):
                buffer.copy_(kept)

    hook = network.register_forward_pre_hook(capture)
