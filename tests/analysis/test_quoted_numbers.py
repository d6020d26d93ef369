"""Numbers that the text quotes with their intervals, against what they are by hand."""

import json
from math import comb
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from resnet_notes.analysis import features, path_lengths, probe_gains, random_networks
from resnet_notes.analysis.published import likelihoods
from resnet_notes.analysis.summary import summary

DRAWS = range(4)


def examined(folder: Path, experiment: str, rows: list[dict[str, Any]], architecture: str = "plain") -> dict[str, Any]:
    place = folder / f"{experiment}-{architecture}"
    place.mkdir()
    pd.DataFrame(rows).to_csv(place / f"{experiment}.csv", index=False)
    told = {"architecture": architecture, "depth": 20, "dataset": "mnist"}
    return told | {"experiment": experiment, "folder": str(place)}


def test_paths_that_all_carry_the_same_are_distributed_as_their_number() -> None:
    blocks = 9
    shares = [100 * comb(blocks, length) / 2**blocks for length in range(blocks + 1)]
    rows = [{"depth": 20, "seed": 0, "length": n, "share_of_gradient": share} for n, share in enumerate(shares)]
    found = path_lengths.lengths(pd.DataFrame(rows[::-1])).iloc[0]
    assert found["mean_length"] == pytest.approx(blocks / 2)
    assert found["covering_length"] == stats.binom(blocks, 0.5).ppf(0.95)


def test_probes_are_those_of_the_first_and_the_last_layer_but_not_of_the_image() -> None:
    told = {"architecture": "plain", "depth": 20, "seed": 0}
    rows = [told | {"trained": trained, "layer": layer, "error": 50.0 - 3 * layer * trained}
            for trained in (1, 0) for layer in (3, 0, 1)]  # fmt: skip
    found = probe_gains.gains(pd.DataFrame(rows)).set_index("weights")
    assert found.loc["trained", ["first", "last", "gain"]].tolist() == [47.0, 41.0, -6.0]
    assert found.loc["random", "gain"] == 0


def test_probes_of_a_greedy_stack_are_summed_with_that_of_the_image(tmp_path: Path) -> None:
    rows = [{"seed": seed, "trained": trained, "layer": layer, "error": 50.0 - 3 * layer * trained + seed}
            for seed in (0, 1) for trained in (1, 0) for layer in (2, 0, 1)]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "dbn_probes.csv", index=False)
    told = {"experiment": "dbn_probes", "dataset": "mnist", "layers": [9, 9], "images": 99, "folder": str(tmp_path)}
    found = summary([told])["dbn_probes"]
    means = {name: number["mean"] for name, number in found["trained"].items()}
    assert means == {"image": 50.5, "first": 47.5, "last": 44.5, "gain": -3.0}
    assert found["random"]["gain"] == {"mean": 0.0, "low": 0.0, "high": 0.0, "n": 2}


def test_likeness_is_counted_once_a_unit_and_not_for_each_of_its_pictures() -> None:
    rows = [{"seed": 0, "trained": trained, "layer": layer, "unit": unit, "part": part, "agreement": unit / layer}
            for trained in (0, 1) for layer in (1, 4) for unit in (0, 1) for part in ("weights", "top", "top")]  # fmt: skip
    found = features.likenesses(pd.DataFrame(rows)).set_index(["weights", "layer", "unit"])["likeness"]
    assert len(found) == 8 and found["random", 4].tolist() == [0, 0.25] and found["trained", 1].tolist() == [0, 1]


def test_examinations_are_summed_by_what_was_examined(tmp_path: Path) -> None:
    responses = [{"seed": seed, "layer": layer, "response": 1.0 + seed + layer} for seed in (0, 1) for layer in (1, 3)]
    gradients = [
        {"seed": seed, "step": step, "layer": layer, "log10_norm": 10.0 * step + layer * seed}
        for seed in (0, 1) for step in (0, 5) for layer in (1, 19)
    ]  # fmt: skip
    found = summary([examined(tmp_path, "responses", responses), examined(tmp_path, "gradients", gradients)])
    assert found.keys() == {"responses", "gradients"} and json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["responses"]["plain"]["20"]["response"]["mean"] == 3.5
    assert found["gradients"]["plain"]["20"]["log10_ratio"]["mean"] == -9.0, "the mean of 0 and 1 - 19, at step 0"


def test_an_extension_needs_the_networks_that_it_extends(tmp_path: Path) -> None:
    rows = [{"seed": 0, "shallow": 20, "deep": 56, "extended_error": 15.0, "logit_difference": 0.0}]
    assert summary([examined(tmp_path, "extension", rows)]) == {}


def ratios() -> pd.DataFrame:
    values = {"forward": 0.5, "back_propagated": 0.25, "weight_gradient": 1e-3, "mean": 0.1, "between_examples": 9.0}
    told = {"activation": "relu", "initialisation": "uniform"}
    rows = [told | {"source": "simulation", "draw": draw, "quantity": name, "value": value}
            for name, value in values.items() for draw in DRAWS]  # fmt: skip
    return pd.DataFrame([*rows, told | {"source": "theory", "quantity": "forward", "value": 99.0}])


def test_factors_of_random_networks() -> None:
    found = random_networks.factors(ratios())
    assert list(found["draw"]) == list(DRAWS)
    first = found.iloc[0]
    assert (first["forward"], first["back_propagated"], first["mean"]) == (0.5, 0.25, 0.1)
    assert first["weight_gradient"] == pytest.approx(-3)
    gone = random_networks.factors(ratios().replace(1e-3, 0.0))
    assert gone["weight_gradient"].isna().all()


def test_factors_of_cured_networks_are_geometric_means_of_relu_networks_with_the_weights_of_he() -> None:
    rows = [
        {"activation": activation, "initialisation": "he", "residual": residual, "batch_norm": not residual,
         "source": "simulation", "draw": draw, "layer": layer, "preactivation": 2.0**layer,
         "back_propagated": 1.5**-layer if activation == "relu" else 1.0}
        for activation in ("relu", "tanh") for residual in (True, False) for draw in DRAWS for layer in (1, 2, 11)
    ]  # fmt: skip
    found = random_networks.cured_factors(pd.DataFrame(rows))
    assert set(found["technique"]) == {"shortcuts", "batch-norm"} and len(found) == 2 * len(DRAWS)
    assert found["preactivation"].tolist() == pytest.approx([2.0] * 8)
    assert found["back_propagated"].tolist() == pytest.approx([1.5] * 8)


def test_metrics_of_draws_say_that_they_are_no_seeds() -> None:
    rows = [
        {"what": "autocorrelation", "series": name, "beta": beta, "depth": depth, "source": "simulation", "draw": draw,
         "place": lag, "value": draw + lag}
        for name, beta, depth in (("plain", None, 50.0), ("residual", 0.1, 50.0), ("white noise", None, None))
        for draw in DRAWS for lag in (0, 1)
    ]  # fmt: skip
    found = summary([], {"shattered_gradients": pd.DataFrame(rows), "parity_size": pd.DataFrame()})
    assert found.keys() == {"shattered_gradients"} and found["shattered_gradients"].keys() == {"plain", "residual-0.1"}
    interval = found["shattered_gradients"]["residual-0.1"]["50"]["autocorrelation"]
    assert (interval["mean"], interval["n"], interval["of"]) == (2.5, 4, "draws")


def test_published_likelihoods_are_those_of_one_size(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text(
        "dataset,model,quantity,value\n"
        "mnist,RBM CD1 20 hidden,test log-likelihood nats (exact),-164.50\n"
        "mnist,RBM PCD 20 hidden,test log-likelihood nats (exact),-150.11\n"
        "mnist,RBM CD1 500 hidden,test log-likelihood nats (AIS),-124.09\n"
        "mnist,RBM CD3 20 hidden,train log-likelihood nats,-9\n"
        "omniglot,RBM CD1 20 hidden,test log-likelihood nats (exact),-1\n"
    )
    assert likelihoods(path) == {("CD", 1): -164.5, ("PCD", 1): -150.11}
