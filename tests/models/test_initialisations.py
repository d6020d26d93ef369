"""Initial weights have the bounds of their rule, and unfolded deep belief networks compute what their RBMs do."""

import numpy as np
import pytest
import torch

from resnet_notes.models.dbn import DBN
from resnet_notes.models.initialisations import pretrained_stack, random_stack
from resnet_notes.models.rbm import RBM
from resnet_notes.training.seeds import stream

SIZES = [300, 200, 100, 10]


@pytest.mark.parametrize(
    ("rule", "bounds"),
    [
        ("uniform", [1 / 300**0.5, 1 / 200**0.5, 1 / 100**0.5]),
        ("glorot", [(6 / 500) ** 0.5, (6 / 300) ** 0.5, (6 / 110) ** 0.5]),
        ("glorot-sigmoid", [4 * (6 / 500) ** 0.5, 4 * (6 / 300) ** 0.5, (6 / 110) ** 0.5]),
    ],
)
def test_weights_are_uniform_within_their_bounds(rule: str, bounds: list[float]) -> None:
    stack = random_stack(SIZES, rule, [stream(seed, "weights") for seed in (0, 1)])
    for weight, bias, bound in zip(stack.weights, stack.biases, bounds, strict=True):
        w = weight.detach().double().numpy()
        assert np.abs(w).max() <= bound * (1 + 1e-6) and np.abs(w).max() > 0.99 * bound
        # the standard deviation of a sample variance is below its mean times sqrt(1 / n)
        assert w.var() == pytest.approx(bound**2 / 3, rel=5 / w.size**0.5)
        assert not bias.any() and weight.requires_grad and bias.requires_grad


def test_a_network_depends_on_its_own_seed_alone_and_rules_scale_the_same_draws() -> None:
    both = random_stack(SIZES, "glorot", [stream(0, "weights"), stream(1, "weights")])
    alone = random_stack(SIZES, "glorot", [stream(1, "weights")])
    scaled = random_stack(SIZES, "uniform", [stream(1, "weights")])
    for two, one, other in zip(both.weights, alone.weights, scaled.weights, strict=True):
        assert torch.equal(two[1], one[0]) and not torch.equal(two[0], one[0])
        ratio = other / one
        assert torch.allclose(ratio, ratio.flatten()[0].expand_as(ratio), rtol=1e-4)


def a_dbn(seed: int = 0) -> DBN:
    draw = torch.Generator().manual_seed(seed)
    sizes = [(12, 8), (8, 6), (6, 5)]
    return DBN([RBM(*(torch.rand(shape, generator=draw) - 0.5 for shape in ((v, h), v, h))) for v, h in sizes])  # type: ignore[misc]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_unfolded_network_computes_the_means_of_its_rbms(depth: int) -> None:
    networks = [a_dbn(0), a_dbn(1)]
    stack = pretrained_stack(networks, depth, 4, [stream(seed, "weights") for seed in (0, 1)])
    x = torch.rand(7, 12)
    outputs = stack(x)
    for own, weight, bias, network in zip(outputs, stack.weights[-1], stack.biases[-1], networks, strict=True):
        h = x.double().numpy()
        for rbm in network.rbms[:depth]:
            h = 1 / (1 + np.exp(-(h @ rbm.weights.double().numpy() + rbm.hidden_bias.double().numpy())))
        assert np.allclose(network.up(x, depth).numpy(), h, atol=1e-6)
        expected = h @ weight.detach().double().numpy() + bias.detach().double().numpy()
        assert np.allclose(own.detach().numpy(), expected, atol=1e-5)


def test_a_network_is_what_its_tensors_say() -> None:
    network = a_dbn()
    again = DBN.of(network.tensors())
    x = torch.rand(3, 12)
    assert torch.equal(again.up(x), network.up(x)) and len(again.rbms) == 3
    assert torch.equal(again.down(network.up(x, 2), 2), network.down(network.up(x, 2), 2))


def test_samples_come_from_the_top_downwards() -> None:
    """With a top RBM that knows one state only, the pass down is known."""
    network = a_dbn()
    top = network.rbms[-1]
    top.weights.zero_()
    top.visible_bias.copy_(torch.tensor([50.0, -50, 50, -50, 50, -50]))
    means = network.sample(4000, 3, torch.Generator().manual_seed(0)).double().mean(dim=0)
    known = torch.tensor([1.0, 0, 1, 0, 1, 0])
    below = network.rbms[1].visible_means(known)
    states = torch.rand(4000, 8, generator=torch.Generator().manual_seed(1)) < below
    expected = network.rbms[0].visible_means(states.float()).double()
    error = expected.std(dim=0) * (2 / 4000) ** 0.5
    assert ((means - expected.mean(dim=0)).abs() < 5 * error).all()


def test_layers_that_do_not_meet_are_refused() -> None:
    first, second, third = a_dbn().rbms
    with pytest.raises(ValueError, match="6 visible units on 8 hidden ones"):
        DBN([first, third])
    assert DBN([second, third])


def test_layers_that_are_not_there_are_refused() -> None:
    network = a_dbn()
    v = torch.rand(2, len(network.rbms[0].visible_bias))
    for ask in (lambda n: network.up(v, n), lambda n: network.down(v, n), lambda n: network.unfold(n)):
        for wrong in (0, -1, len(network.rbms) + 1):
            with pytest.raises(ValueError, match=f"layers = {wrong}"):
                ask(wrong)
    with pytest.raises(ValueError, match="at least one"):
        DBN.of({})
    tensors = network.tensors()
    del tensors["hidden_bias.1"]
    with pytest.raises(ValueError, match=r"without hidden_bias\.1"):
        DBN.of(tensors)
    assert DBN.of(network.tensors(), visible="gaussian").rbms[0].visible == "gaussian"


def test_a_single_rbm_gives_means_too() -> None:
    network = DBN(a_dbn().rbms[:1])
    v = network.sample(50, 3, torch.Generator().manual_seed(0))
    assert ((v > 0) & (v < 1)).all()


def test_the_output_layer_of_a_pretrained_network_is_that_of_the_random_one() -> None:
    network = a_dbn()
    sizes = [len(network.rbms[0].visible_bias), *(len(rbm.hidden_bias) for rbm in network.rbms), 4]
    pretrained = pretrained_stack([network], len(network.rbms), 4, [stream(0, "weights")])
    random = random_stack(sizes, "uniform", [stream(0, "weights")])
    assert torch.equal(pretrained.weights[-1], random.weights[-1])
