"""Deep fully connected networks with every technique against torch's own modules."""

from itertools import product

import pytest
import torch
from torch import nn

from resnet_notes.models.technique import _BatchNorm, technique_stack
from resnet_notes.training.seeds import stream

SIZES = [7, 5, 5, 5, 5, 5, 3]


def reference(stack, network: int, x: torch.Tensor, activation: str, batch_norm: bool, shortcuts: bool, training: bool):
    """Outputs of one network of a stack, with torch's layers."""
    act = {"sigmoid": torch.sigmoid, "relu": torch.relu}[activation]
    passed = None
    for layer, (weight, bias) in enumerate(zip(stack.weights[:-1], stack.biases[:-1])):
        total = nn.functional.linear(x, weight[network].T, None if batch_norm else bias[network, 0])
        if batch_norm:
            norm = nn.BatchNorm1d(total.shape[1]).to(total)
            norm.load_state_dict(norm.state_dict() | {
                "weight": stack.gains[layer][network, 0], "bias": bias[network, 0],
                "running_mean": stack.means[layer][network, 0], "running_var": stack.variances[layer][network, 0],
            })  # fmt: skip
            total = norm.train(training)(total)
        if shortcuts and layer in (2, 4):
            total = total + passed
        x = act(total)
        passed = x if layer % 2 == 0 else passed
    return nn.functional.linear(x, stack.weights[-1][network].T, stack.biases[-1][network, 0])


@pytest.mark.parametrize(("activation", "batch_norm", "shortcuts"), [*product(("sigmoid", "relu"), (0, 1), (0, 1))])
def test_a_stack_computes_what_torchs_layers_do(activation: str, batch_norm: int, shortcuts: int) -> None:
    generators = [stream(seed, "weights") for seed in (0, 4)]
    stack = technique_stack(SIZES, activation, "glorot", bool(batch_norm), bool(shortcuts), generators)
    x = torch.rand(20, 7, generator=torch.Generator().manual_seed(0))
    for training in (True, False):
        stack.training = training
        expected = [reference(stack, n, x, activation, bool(batch_norm), bool(shortcuts), training) for n in (0, 1)]
        assert torch.allclose(stack(x), torch.stack(expected), atol=1e-5)
    assert len(stack.parameters) == 12 + 5 * batch_norm


def test_gradients_of_batch_normalisation_are_torchs() -> None:
    x, g = (torch.randn(3, 20, 4, generator=torch.Generator().manual_seed(seed)).double() for seed in (0, 1))
    gain, bias = torch.rand(3, 1, 4).double() + 0.5, torch.rand(3, 1, 4).double()
    parts = [part.requires_grad_() for part in (x, gain, bias)]
    own = torch.autograd.grad(_BatchNorm.apply(*parts)[0], parts, g)
    theirs = [nn.functional.batch_norm(x[n], None, None, gain[n, 0], bias[n, 0], True) for n in range(3)]
    for one, two in zip(own, torch.autograd.grad(torch.stack(theirs), parts, g), strict=True):
        assert torch.allclose(one, two, atol=1e-12)


def test_running_statistics_approach_those_of_the_data() -> None:
    stack = technique_stack(SIZES, "relu", "he", True, False, [stream(0, "weights")])
    x = torch.rand(500, 7, generator=torch.Generator().manual_seed(0))
    for _ in range(100):
        trained = stack(x)
    stack.training = False
    assert torch.allclose(stack(x), trained, atol=1e-3)


@pytest.mark.parametrize(("initialisation", "variance"), [("he", 2 / 400), ("uniform", 1 / 1200), ("glorot", 2 / 700)])
def test_weights_start_by_their_rule(initialisation: str, variance: float) -> None:
    stack = technique_stack([400, 300, 300, 2], "relu", initialisation, False, False, [stream(0, "weights")])
    assert stack.weights[0].var().item() == pytest.approx(variance, rel=0.02)
    assert not any(bias.any() for bias in stack.biases)
