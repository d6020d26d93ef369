"""Errors counted again, an image at a time."""

import pytest
import torch
from torch import nn

from resnet_notes.training.batches import Standardiser
from resnet_notes.training.evaluation import BATCH, error_percent


@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, 2 * BATCH + 101])
def test_as_counted_by_hand(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    images = torch.randint(0, 256, (count, 1, 3, 3), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 4, (count,), generator=generator)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten())
    with torch.no_grad():
        network[0].weight.copy_(torch.randn(4, 1, 3, 3, generator=generator))
        network[0].bias.copy_(torch.randn(4, generator=generator))
        network[1].running_mean.copy_(torch.randn(4, generator=generator))
        network[1].running_var.copy_(0.5 + torch.rand(4, generator=generator))
    standardise = Standardiser(images)
    found = error_percent(network, images, labels, standardise, torch.device("cpu"))

    weight, bias = network[0].weight.detach().double().view(4, 9), network[0].bias.detach().double()
    mean, deviation = network[1].running_mean.double(), (network[1].running_var.double() + 1e-5).sqrt()
    wrong = 0
    for image, label in zip(images.double(), labels.tolist(), strict=True):
        x = ((image - standardise.mean.double()) * standardise.scale).flatten()
        logits = ((weight @ x + bias - mean) / deviation).tolist()
        wrong += max(range(4), key=logits.__getitem__) != label
    assert found == pytest.approx(100 * wrong / count, abs=1e-12)
    # a mistake in the counting that always gives the same number would pass a single class
    assert count == 1 or 0 < found < 100


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_as_it_was(training: bool) -> None:
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(4, 2)).train(training)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    images = torch.arange(24, dtype=torch.uint8).view(6, 1, 2, 2)
    error_percent(network, images, torch.zeros(6, dtype=torch.int64), Standardiser(images), torch.device("cpu"))
    assert network.training is training and network[0].training is training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
