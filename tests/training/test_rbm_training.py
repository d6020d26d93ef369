"""Training of RBMs against the enumerated transition matrix and gradient, and bad input in one line."""

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from resnet_notes.errors import BadInput
from resnet_notes.models.log_partition import exact_log_likelihood
from resnet_notes.models.rbm import RBM
from resnet_notes.training.chains import ContrastiveDivergence, ParallelTempering, PersistentChains, Sampler
from resnet_notes.training.rbm import BernoulliRBM, GaussianRBM, RBMTraining, Update, fit_rbm, new_rbm
from resnet_notes.training.seeds import stream

V, H = 4, 3
SEEN, HIDDEN = (np.array(list(product((0.0, 1.0), repeat=units))) for units in (V, H))
DATA = SEEN[[1, 3, 3, 14]]
"""Four visible states, one of them twice."""


def an_rbm(seed: int = 0, scale: float = 1.0) -> RBM:
    draw = np.random.default_rng(seed)
    return RBM(*(torch.from_numpy(draw.normal(0, scale, shape)).float() for shape in ((V, H), V, H)))


def conditionals(rbm: RBM) -> tuple[np.ndarray, np.ndarray]:
    """P(h | v) [2^V, 2^H] and P(v | h) [2^H, 2^V], from the energy's definition."""
    w, a, b = (part.double().numpy() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
    weight = np.exp((SEEN @ a)[:, None] + (HIDDEN @ b)[None] + SEEN @ w @ HIDDEN.T)
    return weight / weight.sum(axis=1, keepdims=True), (weight / weight.sum(axis=0)).T


def model(rbm: RBM) -> np.ndarray:
    """P(v) [2^V]."""
    w, a, b = (part.double().numpy() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias))
    weight = np.exp((SEEN @ a)[:, None] + (HIDDEN @ b)[None] + SEEN @ w @ HIDDEN.T).sum(axis=1)
    return weight / weight.sum()


def data_distribution() -> np.ndarray:
    return np.array([(SEEN[row] == DATA).all(axis=1).mean() for row in range(len(SEEN))])


def statistics(rbm: RBM, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of v h, v and h when v has the distribution ``p`` and h its conditional one."""
    to_hidden, _ = conditionals(rbm)
    h = to_hidden @ HIDDEN
    return SEEN.T @ (p[:, None] * h), p @ SEEN, p @ h


def expected_update(rbm: RBM, k: int | None) -> list[np.ndarray]:
    """The mean CD-k update, by the k-th power of the transition matrix; the likelihood's gradient for None."""
    to_hidden, to_seen = conditionals(rbm)
    p = data_distribution()
    end = model(rbm) if k is None else p @ np.linalg.matrix_power(to_hidden @ to_seen, k)
    return [first - last for first, last in zip(statistics(rbm, p), statistics(rbm, end), strict=True)]


def mean_update(rbm: RBM, k: int, copies: int = 10_000) -> list[np.ndarray]:
    """What the trainer computes for very many copies of the data."""
    x = torch.from_numpy(DATA).float().repeat(copies, 1)
    training = RBMTraining(batch=len(x), k=k, sampled_visible=True)
    update = Update(rbm, x, training, ContrastiveDivergence(rbm, len(x), k, True, torch.Generator().manual_seed(3)))
    return gradients_of(update, len(x))


def gradients_of(update: Update, batch: int) -> list[np.ndarray]:
    """The gradients of one update, read off a step with learning rate 1 and no momentum."""
    parts = (update.rbm.weights, update.rbm.visible_bias, update.rbm.hidden_bias)
    before = [part.clone() for part in parts]
    update.training = RBMTraining(**vars(update.training) | {"weight_decay": 0.0})
    update(torch.arange(batch), 1.0, 0.0)
    return [(part - old).double().numpy() for part, old in zip(parts, before, strict=True)]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_mean_cd_update_is_the_enumerated_one(k: int) -> None:
    for found, expected in zip(mean_update(an_rbm(), k), expected_update(an_rbm(), k), strict=True):
        # standard deviation of a mean of 40,000 products of bits: at most 0.5 / 200
        assert np.abs(found - expected).max() < 5 * 0.5 / 200


def test_the_cd_update_approaches_the_gradient_as_k_grows() -> None:
    rbm = an_rbm()
    exact = expected_update(rbm, None)
    misses = [
        max(np.abs(a - b).max() for a, b in zip(expected_update(rbm, k), exact, strict=True)) for k in (1, 2, 4, 8)
    ]
    assert all(later < earlier for earlier, later in pairwise(misses)) and misses[-1] < 0.05 * misses[0]
    sampled = [np.abs(a - b).max() for a, b in zip(mean_update(an_rbm(), 50), exact, strict=True)]
    assert max(sampled) < 5 * 0.5 / 200


def test_the_exact_gradient_is_that_of_the_likelihood() -> None:
    rbm = an_rbm()
    weights = rbm.weights.double().numpy()

    def likelihood(moved: np.ndarray) -> float:
        changed = RBM(torch.from_numpy(moved), rbm.visible_bias, rbm.hidden_bias)
        return float(data_distribution() @ np.log(model(changed)))

    step = 1e-5
    for place in np.ndindex(V, H):
        up, down = weights.copy(), weights.copy()
        up[place] += step
        down[place] -= step
        slope = (likelihood(up) - likelihood(down)) / (2 * step)
        assert slope == pytest.approx(expected_update(rbm, None)[0][place], abs=1e-7)


def test_the_centred_gradient_is_melchiors() -> None:
    """Written out: <(v - m)(h - l)> of data less model, and the biases' gradients less what the offsets put into them."""
    rbm, k = an_rbm(), 1
    x = torch.from_numpy(DATA).float().repeat(10_000, 1)
    training = RBMTraining(batch=len(x), sampled_visible=True, centred=True)
    update = Update(rbm, x, training, ContrastiveDivergence(rbm, len(x), k, True, torch.Generator().manual_seed(3)))
    found = gradients_of(update, len(x))
    m, lam = DATA.mean(axis=0), update.hidden_offset.double().numpy()
    to_hidden, to_seen = conditionals(an_rbm())
    p = data_distribution()
    (vh0, v0, h0), (vh1, v1, h1) = (statistics(an_rbm(), d) for d in (p, p @ to_hidden @ to_seen))
    weights = (vh0 - vh1) - np.outer(m, h0 - h1) - np.outer(v0 - v1, lam)
    expected = [weights, (v0 - v1) - weights @ lam, (h0 - h1) - m @ weights]
    for one, other in zip(found, expected, strict=True):
        assert np.abs(one - other).max() < 0.02


@pytest.mark.parametrize("kind", ["PCD", "PT"])
def test_chains_that_go_on_reach_the_model(kind: str) -> None:
    rbm, count = an_rbm(scale=1.5), 4000
    generator = torch.Generator().manual_seed(5)
    phase = (
        PersistentChains(rbm, count, 40, True, generator)
        if kind == "PCD"
        else ParallelTempering(rbm, count, 40, 5, generator)
    )
    v, h = torch.empty(count, V), torch.empty(count, H)
    for _ in range(3):
        phase(h, v, h)
    found = np.bincount((v.numpy() @ [8, 4, 2, 1]).astype(int), minlength=16) / count
    assert (np.abs(found - model(rbm)) < 5 * np.sqrt(model(rbm) / count) + 1e-3).all()


def test_tempering_leaves_every_temperature_its_own_distribution() -> None:
    rbm, count = an_rbm(scale=1.5), 4000
    phase = ParallelTempering(rbm, count, 60, 3, torch.Generator().manual_seed(2))
    phase(torch.empty(count, H), torch.empty(count, V), torch.empty(count, H))
    for rung, beta in enumerate((0.0, 0.5, 1.0)):
        cooled = RBM(*(beta * part for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias)))
        v = phase.v[rung * count : (rung + 1) * count].numpy()
        found = np.bincount((v @ [8, 4, 2, 1]).astype(int), minlength=16) / count
        assert (np.abs(found - model(cooled)) < 5 * np.sqrt(model(cooled) / count) + 1e-3).all(), beta


def images(count: int = 400, units: int = 12) -> torch.Tensor:
    """Bits that come in three equal groups."""
    bits = torch.randint(2, (count, 3), generator=torch.Generator().manual_seed(0)).float()
    return bits.repeat_interleave(units // 3, dim=1)


def noisy_images() -> torch.Tensor:
    """Bits in three equal groups of four, a tenth of them turned over."""
    generator = torch.Generator().manual_seed(0)
    bits = torch.randint(2, (1000, 3), generator=generator).float().repeat_interleave(4, dim=1)
    return (bits - (torch.rand(bits.shape, generator=generator) < 0.1).float()).abs()


@pytest.mark.parametrize("method", ["CD", "PCD", "PT"])
def test_training_learns_and_repeats_its_bits(method: str) -> None:
    """Base rates alone give 12 log 1/2 = -8.3 nats; the training finds that bits come in groups."""
    x = noisy_images()
    given: dict[str, Any] = {"method": method, "epochs": 30, "batch": 20, "sampled_visible": True, "decay": True}
    first, second = (BernoulliRBM(8, seed=1, **given).fit(x, x[:50]) for _ in range(2))
    assert torch.equal(first.rbm.weights, second.rbm.weights)
    assert first.history[-1]["pseudo_likelihood"] > first.history[0]["pseudo_likelihood"] + 1
    likelihood = exact_log_likelihood(first.rbm, x)
    assert sum(likelihood) / len(x) > 12 * np.log(0.5) + 1
    assert first.transform(x).shape == (1000, 8) and first.score_samples(x).shape == (1000,)
    assert set(first.sample(20, 5).unique().tolist()) == {0.0, 1.0}


def test_a_gaussian_rbm_learns() -> None:
    x = images() - 0.5 + 0.1 * torch.rand(400, 12, generator=torch.Generator().manual_seed(1))
    rbm = GaussianRBM(8, epochs=40, batch=20, learning_rate=0.01).fit(x)
    assert rbm.history[-1]["reconstruction_error"] < 0.5 * rbm.history[0]["reconstruction_error"]
    with pytest.raises(BadInput, match="PT"):
        GaussianRBM(8, method="PT", batch=20).fit(x)


def test_sparsity_and_weight_decay_do_what_they_say() -> None:
    x = images()
    plain, sparse, decayed = (
        BernoulliRBM(8, epochs=40, batch=20, learning_rate=0.1, **extra).fit(x)
        for extra in ({}, {"sparsity_target": 0.1, "sparsity_cost": 1.0}, {"weight_decay": 0.1})
    )
    activity = [model.transform(x).mean().item() for model in (plain, sparse)]
    assert abs(activity[1] - 0.1) < 0.05 < abs(activity[0] - 0.1)
    assert decayed.rbm.weights.norm() < 0.7 * plain.rbm.weights.norm()


def test_the_start_is_hintons() -> None:
    x = torch.rand(500, 30, generator=torch.Generator().manual_seed(0)).round()
    x[:, 0] = 0
    rbm = new_rbm(x, 400, stream(0, "weights"))
    p = x.double().mean(dim=0)[1:]
    assert rbm.weights.std().item() == pytest.approx(0.01, rel=0.03) and not rbm.hidden_bias.any()
    assert torch.allclose(rbm.visible_bias[1:].double(), torch.log(p / (1 - p)), atol=1e-6)
    assert torch.isfinite(rbm.visible_bias).all() and rbm.visible_bias[0] < -6


def test_momentum_and_decay_follow_their_schedule() -> None:
    """With a gradient that is the same at every step the path is known."""
    x = images(40)
    rbm = new_rbm(x, 2, stream(0, "weights"))
    training = RBMTraining(batch=40, weight_decay=0.0)
    update = Update(rbm, x, training, ContrastiveDivergence(rbm, 40, 1, False, torch.Generator()))
    start, velocity, place = rbm.hidden_bias.clone(), 0.0, 0.0
    ones = (torch.zeros(12, 2), torch.zeros(12), torch.ones(2))
    for rate, momentum in ((0.1, 0.5), (0.1, 0.5), (0.05, 0.9)):
        update.step(ones, rate, momentum)
        velocity = momentum * velocity + rate
        place += velocity
    assert torch.allclose(rbm.hidden_bias - start, torch.full((2,), place))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"k": 0}, "k = 0: must be a whole number above 0"),
        ({"k": 1.5}, "k = 1.5"),
        ({"epochs": -1}, "epochs = -1"),
        ({"batch": 0}, "batch = 0"),
        ({"learning_rate": 0}, "learning_rate = 0: must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate = nan"),
        ({"momentum": (0.5, 1.0)}, "momentum = "),
        ({"momentum": (0.5,)}, "momentum = "),
        ({"momentum": 0.5}, "momentum = 0.5: must be two numbers"),
        ({"momentum": ("0.5", 0.9)}, "momentum = "),
        ({"learning_rate": "0.1"}, "learning_rate = '0.1'"),
        ({"weight_decay": True}, "weight_decay = True"),
        ({"sparsity_cost": 0.1}, "sparsity_cost = 0.1: must be 0 without a sparsity_target"),
        ({"weight_decay": -1e-4}, "weight_decay = -0.0001"),
        ({"sparsity_target": 1.0}, "sparsity_target = 1.0"),
        ({"temperatures": 1}, "temperatures = 1"),
        ({"method": "CDD"}, "method = 'CDD': there are CD, PCD and PT"),
        ({"rate": 1}, "rate"),
    ],
)
def test_impossible_settings_are_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        BernoulliRBM(3, **wrong)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (torch.full((20, 3), 1.5), "from 1.5 to 1.5"),
        (torch.full((20, 3), -0.1), "from -0.1 to -0.1"),
        (torch.full((20, 3), torch.nan), "NaN"),
        (torch.zeros(20), "shape"),
        (torch.zeros(0, 3), "shape"),
        (torch.zeros(5, 3), "batch = 10: there are 5 examples"),
        (torch.zeros(20, 3, dtype=torch.int64), "type torch.int64"),
        (torch.full((20, 3), torch.inf), "infinity"),
    ],
)
def test_data_that_does_not_fit_is_named(x: torch.Tensor, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        BernoulliRBM(3, batch=10).fit(x)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_what_an_rbm_is_asked_for_is_checked() -> None:
    fresh = BernoulliRBM(3, batch=10)
    for ask in (lambda: fresh.transform(images()), lambda: fresh.score_samples(images()), lambda: fresh.sample(1)):
        with pytest.raises(BadInput, match="BernoulliRBM: not trained yet; call `fit` first"):
            ask()
    trained = BernoulliRBM(3, batch=10, epochs=1).fit(images())
    for x, said in ((images()[:, :5], "5 columns"), (2 * images(), "from 0 to 2"), (images() * torch.nan, "NaN")):
        for ask in (trained.transform, trained.score_samples):
            with pytest.raises(BadInput, match=said):
                ask(x)
    with pytest.raises(BadInput, match="steps = 0: must be a whole number above 0"):
        trained.sample(3, 0)
    with pytest.raises(BadInput, match="5 columns: the RBM has 12 visible units"):
        BernoulliRBM(3, batch=10).fit(images(), validation=images()[:, :5])


def test_labels_need_chains_that_know_them() -> None:
    x = torch.cat([images(), torch.eye(2).repeat(200, 1)], dim=1)
    rbm = new_rbm(x, 3, stream(0, "weights"), labels=2)
    assert torch.allclose(rbm.visible_bias[-2:].exp(), torch.tensor([0.5, 0.5]), atol=1e-6)
    fit_rbm(rbm, x, RBMTraining(epochs=1, batch=10), 0)
    assert torch.allclose(rbm.visible_means(torch.rand(4, 3))[:, -2:].sum(dim=1), torch.ones(4))
    with pytest.raises(BadInput, match="PT"):
        fit_rbm(rbm, x, RBMTraining(method="PT", batch=10), 0)
    with pytest.raises(BadInput, match="label"):
        exact_log_likelihood(rbm, x)


def test_the_centred_gradient_with_offsets_of_zero_is_the_plain_one() -> None:
    """Melchior et al. 2016: with both offsets zero their update is that of contrastive divergence."""
    rbm, x = an_rbm(), torch.from_numpy(DATA).float()

    def gradients(centred: bool) -> list[np.ndarray]:
        training = RBMTraining(batch=4, centred=centred, sampled_visible=True)
        own = RBM(*(part.clone() for part in (rbm.weights, rbm.visible_bias, rbm.hidden_bias)))
        update = Update(own, x, training, ContrastiveDivergence(own, 4, 1, True, torch.Generator().manual_seed(5)))
        if centred:
            update.visible_mean.zero_()
            update.hidden_offset.zero_()
        update.OFFSET_MEMORY = 1.0  # type: ignore[misc]
        return gradients_of(update, 4)

    for plain, centred in zip(gradients(False), gradients(True), strict=True):
        assert np.allclose(plain, centred, atol=1e-6)


def test_momentum_changes_at_its_epoch_and_the_rate_falls_to_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[float, float]] = []
    plain = Update.__call__

    def spied(self: Update, chosen: torch.Tensor, rate: float, momentum: float) -> None:
        given.append((rate, momentum))
        plain(self, chosen, rate, momentum)

    monkeypatch.setattr(Update, "__call__", spied)
    training = RBMTraining(epochs=4, batch=100, learning_rate=0.8, decay=True, momentum=(0.25, 0.5), momentum_epochs=3)
    fit_rbm(new_rbm(images(), 2, stream(0, "weights")), images(), training, 0)
    rates, momenta = zip(*given, strict=True)
    assert np.allclose(rates, [0.8 * (1 - step / 16) for step in range(16)])
    assert list(momenta) == [0.25] * 12 + [0.5] * 4


def test_other_columns_and_no_hidden_unit_are_named() -> None:
    with pytest.raises(BadInput, match="12 columns: the RBM has 4 visible units"):
        fit_rbm(an_rbm(), images(), RBMTraining(), 0)
    with pytest.raises(BadInput, match="hidden = 0"):
        BernoulliRBM(0).fit(images())


def test_a_divergence_is_named() -> None:
    x = 1e20 * torch.randn(100, 5, generator=torch.Generator().manual_seed(0))
    with pytest.raises(BadInput, match=r"diverged in epoch \d+: learning_rate = 10 is too large"):
        GaussianRBM(3, batch=10, learning_rate=10.0).fit(x)


@settings(deadline=None, max_examples=25)
@given(
    count=st.integers(10, 40), units=st.integers(1, 6), hidden=st.integers(1, 5), batch=st.integers(1, 10),
    method=st.sampled_from(["CD", "PCD", "PT"]), centred=st.booleans(),
)  # fmt: skip
def test_any_shape_stays_finite(count: int, units: int, hidden: int, batch: int, method: Any, centred: bool) -> None:
    x = torch.rand(count, units, generator=torch.Generator().manual_seed(count))
    rbm = BernoulliRBM(hidden, method=method, epochs=1, batch=batch, chains=7, centred=centred).fit(x).rbm
    assert rbm.weights.shape == (units, hidden) and torch.isfinite(rbm.weights).all()


def test_numbers_that_drive_chains_are_uniform_and_independent() -> None:
    like, generator = torch.empty(301, 333), torch.Generator().manual_seed(4)
    sampler, other = Sampler(like, generator), Sampler(like, generator)
    drawn = sampler.draw().clone()
    assert drawn.shape == like.shape and drawn.min() >= 0 and drawn.max() <= 1
    exact = Sampler(like.double(), torch.Generator().manual_seed(4)).draw()
    assert torch.equal(exact * 2**32, (exact * 2**32).round()) and exact.max() < 1
    assert (drawn - exact).abs().max() <= 2**-24
    numbers = drawn.flatten().double().numpy()
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    again = sampler.draw().flatten().double().numpy()
    neighbours = (numbers[:-1], numbers[1:]), (numbers, again), (numbers, other.draw().flatten().double().numpy())
    for one, two in neighbours:
        assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(len(one))
    states = sampler.bernoulli(torch.full_like(like, 0.2), torch.empty_like(like))
    assert set(states.unique().tolist()) == {0.0, 1.0} and abs(states.mean().item() - 0.2) < 0.01
