"""Error of a network on a fixed set of images."""

import math

import torch
from torch import Tensor, nn

from resnet_notes.training.batches import Standardiser

BATCH = 250


def error_percent(
    network: nn.Module, images: Tensor, labels: Tensor, standardise: Standardiser, device: torch.device
) -> float:
    """Return the percentage of misclassified images, with batch normalisation in evaluation mode.

    A NaN where any logit is infinite or NaN: such a network classifies nothing.

    Args:
        network: maps float32 [B, C, H, W] to logits [B, classes]; its mode is restored afterwards.
        images: uint8 [N, C, H, W].
        labels: int64 [N].
        standardise: as fitted on the training images.
        device: where the network lies.
    """
    training = network.training
    network.eval()
    wrong = torch.zeros((), dtype=torch.int64, device=device)
    finite = torch.ones((), dtype=torch.bool, device=device)
    with torch.inference_mode():
        for x, y in zip(images.split(BATCH), labels.split(BATCH), strict=True):
            logits = network(standardise(x.to(device)))
            finite &= torch.isfinite(logits).all()
            wrong += (logits.argmax(dim=1) != y.to(device)).sum()
    network.train(training)
    return 100.0 * wrong.item() / len(labels) if finite else math.nan
