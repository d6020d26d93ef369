"""The up-down algorithm against the pseudo-code of its authors, and a job that learns to classify real images."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from resnet_notes.errors import BadInput
from resnet_notes.models.dbn import DBN
from resnet_notes.models.labelled_dbn import LabelledDBN
from resnet_notes.models.rbm import RBM
from resnet_notes.training import greedy, up_down
from resnet_notes.training.wake_sleep import up_down as update

SIZES, LABELS, TOP, BATCH = (7, 6, 5), 3, 4, 8
MACHINE = {"device": "cpu", "numerics": "portable", "threads": 1}


def a_network(scale: float) -> LabelledDBN:
    """Two directed layers with unlike weights in both directions, and a memory; float64."""
    draw = np.random.default_rng(0)

    def rbm(seen: int, hidden: int, labels: int = 0) -> RBM:
        w, a, b = (torch.from_numpy(scale * draw.normal(size=shape)) for shape in ((seen, hidden), seen, hidden))
        return RBM(w, a, b, labels=labels)

    stack = DBN([rbm(*SIZES[:2]), rbm(*SIZES[1:])])
    network = LabelledDBN.untied(stack, rbm(SIZES[2] + LABELS, TOP, LABELS))
    for layer in network.lower:
        layer.generative += scale * torch.from_numpy(draw.normal(size=tuple(layer.generative.shape)))
    return network


def examples() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    return draw.integers(0, 2, (BATCH, SIZES[0])).astype(float), np.eye(LABELS)[draw.integers(0, LABELS, BATCH)]


def appendix_b(p: dict[str, np.ndarray], data: np.ndarray, targets: np.ndarray, iterations: int, r: float) -> dict:
    """Hinton, Osindero and Teh 2006, appendix B, with the names of the paper; states are rounded probabilities."""

    def logistic(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-np.clip(x, -700, 700)))

    def softmax(x: np.ndarray) -> np.ndarray:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    # UP-PASS
    wakehid = np.round(logistic(data @ p["vishid"] + p["hidrecbiases"]))
    wakepen = np.round(logistic(wakehid @ p["hidpen"] + p["penrecbiases"]))
    wakeop = np.round(logistic(wakepen @ p["pentop"] + targets @ p["labtop"] + p["topbiases"]))
    poslabtop, pospentop = targets.T @ wakeop, wakepen.T @ wakeop
    # GIBBS SAMPLING
    negop = wakeop
    for _ in range(iterations):
        negpen = np.round(logistic(negop @ p["pentop"].T + p["pengenbiases"]))
        neglab = softmax(negop @ p["labtop"].T + p["labgenbiases"])
        negop = np.round(logistic(negpen @ p["pentop"] + neglab @ p["labtop"] + p["topbiases"]))
    negpentop, neglabtop = negpen.T @ negop, neglab.T @ negop
    # DOWN-PASS
    sleeppen = negpen
    sleephid = np.round(logistic(sleeppen @ p["penhid"] + p["hidgenbiases"]))
    sleepvis = logistic(sleephid @ p["hidvis"] + p["visgenbiases"])
    # PREDICTIONS
    psleeppen = logistic(sleephid @ p["hidpen"] + p["penrecbiases"])
    psleephid = logistic(sleepvis @ p["vishid"] + p["hidrecbiases"])
    pvis = logistic(wakehid @ p["hidvis"] + p["visgenbiases"])
    phid = logistic(wakepen @ p["penhid"] + p["hidgenbiases"])
    return {
        "hidvis": p["hidvis"] + r * wakehid.T @ (data - pvis),
        "visgenbiases": p["visgenbiases"] + r * (data - pvis).sum(0),
        "penhid": p["penhid"] + r * wakepen.T @ (wakehid - phid),
        "hidgenbiases": p["hidgenbiases"] + r * (wakehid - phid).sum(0),
        "labtop": p["labtop"] + r * (poslabtop - neglabtop),
        "labgenbiases": p["labgenbiases"] + r * (targets - neglab).sum(0),
        "pentop": p["pentop"] + r * (pospentop - negpentop),
        "pengenbiases": p["pengenbiases"] + r * (wakepen - negpen).sum(0),
        "topbiases": p["topbiases"] + r * (wakeop - negop).sum(0),
        "hidpen": p["hidpen"] + r * sleephid.T @ (sleeppen - psleeppen),
        "penrecbiases": p["penrecbiases"] + r * (sleeppen - psleeppen).sum(0),
        "vishid": p["vishid"] + r * sleepvis.T @ (sleephid - psleephid),
        "hidrecbiases": p["hidrecbiases"] + r * (sleephid - psleephid).sum(0),
    }


def named(network: LabelledDBN) -> dict[str, np.ndarray]:
    """The parameters under the names of the paper."""
    (low, high), top = network.lower, network.top
    own, label = top.weights.split([top.units, LABELS])
    pengen, labgen = top.visible_bias.split([top.units, LABELS])
    tensors = {
        "vishid": low.recognition, "hidrecbiases": low.recognition_bias, "hidpen": high.recognition,
        "penrecbiases": high.recognition_bias, "hidvis": low.generative, "visgenbiases": low.generative_bias,
        "penhid": high.generative, "hidgenbiases": high.generative_bias, "pentop": own, "labtop": label,
        "pengenbiases": pengen, "labgenbiases": labgen, "topbiases": top.hidden_bias,
    }  # fmt: skip
    return {name: tensor.numpy().copy() for name, tensor in tensors.items()}


@pytest.mark.parametrize("gibbs_steps", [1, 3])
def test_an_update_is_that_of_the_papers_pseudo_code(gibbs_steps: int) -> None:
    """Weights so large that every probability is 0 or 1 to the last digit: drawing a state is rounding it."""
    network, (v, labels) = a_network(scale=2000.0), examples()
    expected = appendix_b(named(network), v, labels, gibbs_steps, 0.8 / BATCH)
    before = named(network)
    update(network, torch.from_numpy(v), torch.from_numpy(labels), gibbs_steps, 0.8, torch.Generator())
    found = named(network)
    for name, value in expected.items():
        assert np.allclose(found[name], value, atol=1e-9), name
    assert sum(not np.allclose(found[name], before[name], atol=1e-9) for name in found) >= 10


def test_the_free_energy_of_a_label_is_that_of_the_memory() -> None:
    network, (v, _) = a_network(scale=1.0), examples()
    x = torch.from_numpy(v)
    found = network.free_energies(x)
    for label, one in enumerate(torch.eye(LABELS, dtype=torch.float64)):
        together = torch.cat([network.up(x), one.expand(BATCH, -1)], dim=1)
        assert torch.allclose(found[:, label], network.top.free_energy(together))
    again = LabelledDBN.of(network.tensors())
    assert torch.equal(again.classify(x), found.argmin(dim=1)) and again.top.labels == LABELS


def test_dreams_of_a_label_follow_the_joint_distribution() -> None:
    """Against the enumerated distribution of features given a label, passed down."""
    network = a_network(scale=0.7)
    top, low, high = network.top, *network.lower
    states = torch.tensor([[int(bit) for bit in f"{number:05b}"] for number in range(32)], dtype=torch.float64)
    label = torch.eye(LABELS, dtype=torch.float64)[1].expand(32, -1)
    p = torch.softmax(-top.free_energy(torch.cat([states, label], dim=1)), dim=0)
    middle = high.down(states)
    hidden = torch.tensor([[int(bit) for bit in f"{number:06b}"] for number in range(64)], dtype=torch.float64)
    odds = (hidden[None] * middle[:, None] + (1 - hidden[None]) * (1 - middle[:, None])).prod(dim=2)
    expected = (p @ odds) @ low.down(hidden)
    count = 20_000
    found = network.sample(torch.ones(count, dtype=torch.int64), 30, torch.Generator().manual_seed(0))
    assert (found.mean(dim=0) - expected).abs().max() < 5 * 0.5 / count**0.5


def test_a_label_stays_a_probability_while_pixels_are_sampled() -> None:
    rbm = a_network(scale=1.0).top
    v = rbm.sample(50, 5, torch.Generator().manual_seed(0))
    assert set(v[:, : rbm.units].unique().tolist()) == {0.0, 1.0}
    assert torch.allclose(v[:, rbm.units :].sum(dim=1), torch.ones(50, dtype=torch.float64))
    assert ((v[:, rbm.units :] > 0) & (v[:, rbm.units :] < 1)).all()


@pytest.fixture
def given(settings: dict[str, Any]) -> dict[str, Any]:
    rbm = {"epochs": 3, "batch": 8, "learning_rate": 0.1, "momentum": [0.5, 0.9], "momentum_epochs": 2,
           "weight_decay": 1e-4, "k": 1}  # fmt: skip
    shared = {"dataset": settings["dataset"], "validation": settings["validation"], "images": 40, "batch": 8}
    return MACHINE | shared | {
        "layers": [6], "top": 8, "epochs": [2, 1], "gibbs_steps": [1, 3], "learning_rate": 0.05, "monitor": 30,
        "rbm": rbm, "steps": 6, "seed": 0,
    }  # fmt: skip


def train(given: dict[str, Any], data: Path, folder: Path) -> pd.DataFrame:
    folder.mkdir()
    stack = folder / "greedy"
    stack.mkdir()
    below = {name: given[name] for name in ("dataset", "validation", "images", "rbm", "seed", *MACHINE)}
    greedy.train_run(below | {"layers": [6, 5], "steps": 6}, data, stack, lambda progress: None)
    seen: list[int] = []
    up_down.train_run(given, data, folder, lambda progress: seen.append(progress.step), [stack])
    assert seen == list(range(1, 7))
    return pd.read_csv(folder / "history.csv")


def test_the_job_leaves_errors_dreams_and_the_network(given: dict[str, Any], data: Path, tmp_path: Path) -> None:
    history = train(given, data, tmp_path / "run")
    assert history["epoch"].tolist() == [0, 1, 2, 3] and history["gibbs_steps"].tolist() == [0, 1, 1, 3]
    assert history["test_error"].notna().tolist() == [True, False, False, True]
    assert history["validation_error"].between(0, 100).all()
    dreams = load_file(tmp_path / "run" / "dreams.safetensors")
    network = LabelledDBN.of(load_file(tmp_path / "run" / "network.safetensors"))
    assert (
        dreams["greedy"].shape == dreams["up_down"].shape == (network.top.labels, network.lower[0].generative.shape[1])
    )
    assert dreams["greedy"].dtype == torch.uint8 and not torch.equal(dreams["greedy"], dreams["up_down"])
    train(given, data, tmp_path / "again")
    for name in ("network.safetensors", "dreams.safetensors", "history.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"images": 10**6}, "images = 1000000: the training split has"),
        ({"layers": [6, 7]}, "-6-5 units, "),
    ],
)
def test_what_does_not_fit_is_named(
    given: dict[str, Any], data: Path, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        train(given | changed, data, tmp_path / "run")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_divergence_is_named() -> None:
    network = a_network(scale=1.0)
    up_down.refuse_divergence(network, 3, 0.5)
    network.lower[1].generative_bias[2] = torch.inf
    with pytest.raises(BadInput, match=r"diverged in epoch 3: learning_rate = 0\.5"):
        up_down.refuse_divergence(network, 3, 0.5)
