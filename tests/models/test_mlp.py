"""A stack computes what ordinary networks compute one by one, and starts from the distribution that it says."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from resnet_notes.models.mlp import HE, MLPStack, mlp_stack
from resnet_notes.models.sizes import parameter_count, width_for
from resnet_notes.training.seeds import stream

SIZES = [5, 7, 6, 2]


def stack_of(seeds: list[int], activation=torch.relu, sizes: list[int] = SIZES) -> MLPStack:
    count = len(seeds)
    return mlp_stack(sizes, activation, [HE] * count, [0.3] * count, [stream(seed, "weights") for seed in seeds])


def ordinary(stack: MLPStack, index: int, activation: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for weight, bias in zip(stack.weights, stack.biases):
        linear = nn.Linear(weight.shape[1], weight.shape[2])
        linear.weight.data, linear.bias.data = weight[index].detach().mT.clone(), bias[index, 0].detach().clone()
        layers += [linear, activation()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize(("function", "module"), [(torch.relu, nn.ReLU), (torch.tanh, nn.Tanh), (torch.relu_, nn.ReLU)])
@pytest.mark.parametrize("shared", [False, True])
def test_values_and_gradients_are_those_of_linear_layers(function, module: type[nn.Module], shared: bool) -> None:
    stack = stack_of([1, 2, 3], function)
    x = torch.rand(4, 5, generator=stream(0, "x")) if shared else torch.rand(3, 4, 5, generator=stream(0, "x"))
    outputs = stack(x)
    gradients = torch.autograd.grad(outputs.square().sum(), stack.parameters)
    weights, biases = gradients[:3], gradients[3:]
    for index in range(3):
        network = ordinary(stack, index, module)
        expected = network(x if shared else x[index])
        assert torch.allclose(outputs[index], expected, atol=1e-6)
        expected.square().sum().backward()
        linear = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer, weight, bias in zip(linear, weights, biases, strict=True):
            assert torch.allclose(weight[index], _grad(layer.weight).mT, rtol=1e-4, atol=1e-5)
            assert torch.allclose(bias[index, 0], _grad(layer.bias), rtol=1e-4, atol=1e-5)


def _grad(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def test_a_network_starts_alike_in_every_stack() -> None:
    alone, among = stack_of([2]), stack_of([1, 2, 3])
    assert all(torch.equal(a[0], b[1]) for a, b in zip(alone.parameters, among.parameters, strict=True))
    assert not torch.equal(among.weights[0][0], among.weights[0][1])


def test_draws_are_normal_with_the_variances_asked_for() -> None:
    sizes, scales, biases = [300, 400, 2], [0.5, 2.0], [0.0, 1.5]
    stack = mlp_stack(sizes, torch.tanh, scales, biases, [stream(seed, "weights") for seed in (1, 2)])
    for index, (scale, bias) in enumerate(zip(scales, biases)):
        z = stack.weights[0][index].detach().double().flatten() * math.sqrt(300) / scale
        # five standard errors of the mean, the variance, the fourth moment and the share within one sigma
        n = len(z)
        assert abs(z.mean()) < 5 / math.sqrt(n)
        assert abs(z.var() - 1) < 5 * math.sqrt(2 / n)
        assert abs(z.pow(4).mean() - 3) < 5 * math.sqrt(96 / n)
        within = math.erf(math.sqrt(0.5))
        assert abs((z.abs() < 1).double().mean() - within) < 5 * math.sqrt(within * (1 - within) / n)
        assert abs(stack.biases[0][index].std() - bias) <= 5 * bias / math.sqrt(2 * 400)


def test_one_seed_with_two_scales_is_one_draw_scaled() -> None:
    stack = mlp_stack(SIZES, torch.tanh, [1.0, 3.0], [0.1, 0.2], [stream(4, "weights") for _ in range(2)])
    assert torch.allclose(3 * stack.weights[1][0], stack.weights[1][1])
    assert torch.allclose(2 * stack.biases[1][0], stack.biases[1][1])


def test_as_many_scales_as_networks() -> None:
    with pytest.raises(ValueError):
        mlp_stack(SIZES, torch.tanh, [1.0], [0.1, 0.1], [stream(0, "a"), stream(1, "a")])


@pytest.mark.parametrize("layers", [1, 2, 3, 6])
@pytest.mark.parametrize("inputs", [1, 20])
@pytest.mark.parametrize("wanted", [10, 300, 1250, 20_000])
def test_no_other_width_comes_closer(layers: int, inputs: int, wanted: int) -> None:
    def miss(width: int) -> int:
        network = nn.Sequential(*[nn.Linear(a, b) for a, b in pairwise([inputs, *[width] * layers, 1])])
        count = sum(parameter.numel() for parameter in network.parameters())
        assert count == parameter_count([inputs, *[width] * layers, 1])
        return abs(count - wanted)

    width = width_for(wanted, inputs, layers)
    assert miss(width) == min(miss(other) for other in (*range(max(1, width - 3), width + 4), 1, 2 * width))
