"""Claims on what needs no training, on tables in which they hold and on tables in which they do not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.analysis.statistics import t_interval
from resnet_notes.claims import chain, circuits, cures, signals
from resnet_notes.claims.judgement import Evidence, judged
from resnet_notes.claims.measures import farthest
from resnet_notes.theory import linear_chain, parity_size, triangle_map

PARAMS: dict[str, Any] = {"about": 0.1, "vanishing": 0.01, "about_equal": 2.0, "no_effect": 0.01, "level": 0.95}
MODULES = (circuits, chain, signals, cures)

CHAIN = {
    "depths": [1, 2, 30], "weights": [0.5, 1.0, 1.5], "equal_entry": 0.5, "equal_size": 4, "nilpotent_entry": 2.0,
    "sizes": [3], "radii": [0.5, 2.0], "seeds": [0, 1], "learning_rate": 0.01, "target": 1.0,
}  # fmt: skip

FACTORS = {
    ("linear", "uniform"): {"forward": 1 / 3, "back_propagated": 1 / 3, "weight_gradient": 1.0},
    ("tanh", "uniform"): {"forward": 1 / 3, "back_propagated": 0.31, "weight_gradient": 1.05},
    ("relu", "uniform"): {"forward": 1 / 6, "back_propagated": 1 / 6, "weight_gradient": 0.95},
    ("sigmoid", "uniform"): {"forward": 1.0, "back_propagated": 1 / 48, "weight_gradient": 1e-15, "mean": 0.5},
    ("linear", "glorot"): {"forward": 1.0, "back_propagated": 1.0},
    ("tanh", "glorot"): {"forward": 0.97, "back_propagated": 0.96},
    ("relu", "he"): {"forward": 1.0, "back_propagated": 1.0},
}

Key = tuple[str, str, str]


def judge(tables: dict[str, pd.DataFrame], folder: Path) -> dict[str, Any]:
    """Verdicts by what was written, as the command has them."""
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    evidence = Evidence([], {name: folder / f"{name}.csv" for name in tables})
    stated = {name: claim for module in MODULES for name, claim in module.claims(evidence, PARAMS).items()}
    return judged(stated, 0.95)


@pytest.fixture(scope="module")
def built() -> dict[str, pd.DataFrame]:
    """Tables of the exact claims as they are: small ones."""
    return {
        "parity_size": parity_size.table({"inputs": 5, "minimal_dnf_inputs": 4, "bounded_depths": [3]}),
        "triangle_map": triangle_map.table({"layers": [1, 2, 3], "drawn": [1]}),
        "linear_chain": linear_chain.table(CHAIN),
    }


def edited(table: pd.DataFrame, where: dict[str, Any], edits: dict[str, Callable[[Any], Any]]) -> pd.DataFrame:
    """A table with other numbers where columns have some values."""
    chosen = table[list(where)].eq(list(where.values())).all(axis="columns")
    assert chosen.any()
    table = table.copy()
    for column, change in edits.items():
        table[column] = table[column].where(~chosen, change(table[column]))
    return table


def test_exact_claims_as_they_are(built: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    found = judge(built, tmp_path)
    verdicts = {name: claim["verdict"] for name, claim in found.items()}
    imprecise = {"chain_indices", "chain_exponent", "chain_explodes", "chain_vanishes"}
    assert {name for name, verdict in verdicts.items() if verdict == "imprecise"} == imprecise
    assert {name for name, verdict in verdicts.items() if verdict == "refuted"} == {"parity_needs_depth"}
    assert set(verdicts.values()) == {"confirmed", "imprecise", "refuted"}
    assert found["parity_dnf"]["statement"].endswith("up to $n = 4$.")
    assert found["parity_needs_depth"]["found"] == 3, "all sizes from 3 to 5"
    assert found["chain_explodes"]["found"] == found["chain_vanishes"]["found"] == 1
    # by hand: the two weights other than one, at the two depths above one
    assert found["chain_exponent"]["found"] == 4
    # and all three weights there
    assert found["chain_indices"]["found"] == 6


def twice(values: pd.Series) -> pd.Series:
    return 2 * values


def one_more(values: pd.Series) -> pd.Series:
    return values + 1


def constant(number: float) -> Callable[[Any], float]:
    return lambda _: number


@pytest.mark.parametrize(
    ("name", "table", "where", "edits", "verdict"),
    [
        ("parity_tree", "parity_size", {"name": "xor_tree", "inputs": 5}, {"gates": constant(12.0)}, "refuted"),
        ("parity_and_or_tree", "parity_size", {"name": "and_or_tree"}, {"gates": one_more}, "refuted"),
        ("parity_dnf", "parity_size", {"name": "minimal_dnf", "inputs": 4}, {"gates": constant(8.0)}, "refuted"),
        ("parity_needs_depth", "parity_size", {"name": "threshold_network"}, {"gates": constant(99.0)}, "confirmed"),
        ("parity_threshold", "parity_size", {"name": "threshold_network", "inputs": 4}, {"gates": one_more}, "refuted"),
        ("parity_threshold", "parity_size", {"name": "threshold_network", "inputs": 4}, {"depth": constant(3)}, "refuted"),
        ("parity_bounded_depth", "parity_size", {"name": "hastad_3"}, {"gates": constant(99.0)}, "refuted"),
        ("triangle_deep", "triangle_map", {"network": "deep", "layers": 2}, {"pieces": constant(3)}, "refuted"),
        ("triangle_deep", "triangle_map", {"network": "deep", "layers": 3}, {"units": one_more}, "refuted"),
        ("triangle_shallow", "triangle_map", {"network": "shallow", "layers": 3}, {"units": constant(6)}, "refuted"),
        ("triangle_shallow", "triangle_map", {"network": "shallow", "layers": 3}, {"pieces": constant(7)}, "refuted"),
        ("chain_indices", "linear_chain", {"chain": "scalar", "scale": 1.0}, {"closed_form": constant(2.0)}, "refuted"),
        ("chain_exponent", "linear_chain", {"chain": "nilpotent"}, {"closed_form": one_more}, "refuted"),
        ("chain_explodes", "linear_chain", {"chain": "scalar", "scale": 1.5}, {"autograd": constant(0.5)}, "refuted"),
        ("chain_explodes", "linear_chain", {"chain": "nilpotent", "depth": 30}, {"autograd": constant(1e9)},
         "confirmed"),
        ("chain_vanishes", "linear_chain", {"chain": "scalar", "scale": 0.5}, {"autograd": constant(1.0)}, "refuted"),
        ("chain_vanishes", "linear_chain", {"chain": "equal", "depth": 30}, {"autograd": constant(1e-9)}, "confirmed"),
        ("chain_singular_values", "linear_chain", {"chain": "orthogonal", "depth": 30}, {"norm": twice}, "refuted"),
        ("chain_radius", "linear_chain", {"chain": "random", "depth": 30, "scale": 0.5}, {"norm": constant(1e9)},
         "refuted"),
        ("chain_radius", "linear_chain", {"chain": "random", "seed": 1}, {"norm": constant(1.0)}, "undecided"),
        ("chain_overshoots", "linear_chain", {"scale": 1.5, "depth": 30}, {"overshoot": constant(0.9)}, "refuted"),
        ("chain_no_effect", "linear_chain", {"scale": 0.5, "depth": 30}, {"overshoot": constant(0.02)}, "refuted"),
    ],
)  # fmt: skip
def test_exact_claims_otherwise(
    built: dict[str, pd.DataFrame],
    name: str,
    table: str,
    where: dict[str, Any],
    edits: dict[str, Callable[[Any], Any]],
    verdict: str,
    tmp_path: Path,
) -> None:
    found = judge({table: edited(built[table], where, edits)}, tmp_path)
    assert found[name]["verdict"] == verdict


def test_the_notes_exponent_where_it_is_right(built: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    table = built["linear_chain"]
    found = judge({"linear_chain": table[(table["depth"] == 1) | (table["scale"] == 1.0)]}, tmp_path)
    assert found["chain_exponent"]["verdict"] == "confirmed"
    found = judge({"linear_chain": table[table["depth"] == 1]}, tmp_path)
    assert found["chain_indices"]["verdict"] == "confirmed", "one layer has no product of derivatives"
    table = table.assign(closed_form=table["closed_form"].where(table["depth"] == 1, float("nan")))
    assert judge({"linear_chain": table}, tmp_path)["chain_exponent"]["verdict"] == "refuted"


def test_chains_without_weights_above_one_say_nothing_of_them(built: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    table = built["linear_chain"]
    found = judge({"linear_chain": table[(table["chain"] != "scalar") | (table["scale"] < 1)]}, tmp_path)
    assert "chain_vanishes" in found and "chain_no_effect" in found
    assert "chain_explodes" not in found and "chain_overshoots" not in found


def ratios(other: dict[Key, float]) -> pd.DataFrame:
    """Three draws around the factors; theory has the factors themselves."""
    rows: list[tuple] = []
    for (activation, initialisation), quantities in FACTORS.items():
        for quantity, value in quantities.items():
            key = (64, activation, initialisation)
            measured = other.get((activation, initialisation, quantity), value)
            rows.append((*key, "theory", None, quantity, value))
            rows += [(*key, "simulation", draw, quantity, measured * (1 + 0.001 * draw)) for draw in range(3)]
    return pd.DataFrame(rows, columns=["width", "activation", "initialisation", "source", "draw", "quantity", "value"])


def test_ratios_as_they_are(tmp_path: Path) -> None:
    found = judge({"variance_ratios": ratios({})}, tmp_path)
    verdicts = {name: claim["verdict"] for name, claim in found.items()}
    refuted = {"uniform_units_sigmoid", *(f"uniform_gradients_{name}" for name in ("linear", "tanh", "relu"))}
    assert {name for name, verdict in verdicts.items() if verdict == "refuted"} == refuted
    assert {verdict for name, verdict in verdicts.items() if name not in refuted} == {"confirmed"}
    assert {claim["of"] for claim in found.values()} == {"draws"}
    assert all(claim["restated"]["verdict"] == "confirmed" for claim in found.values() if "restated" in claim)
    assert found["uniform_gradients_sigmoid"]["mean"] == pytest.approx(-15, abs=0.01)
    # the mean of the draws is that of the one in the middle
    assert found["glorot_tanh"]["mean"] == pytest.approx(0.96 * 1.001 - 1, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "other", "verdict", "restated"),
    [
        ("uniform_units_linear", {("linear", "uniform", "forward"): 0.5}, "confirmed", "refuted"),
        ("uniform_units_linear", {("linear", "uniform", "forward"): 1.2}, "refuted", "refuted"),
        ("uniform_units_tanh", {("tanh", "uniform", "forward"): 1.2}, "refuted", "refuted"),
        ("uniform_units_relu", {("relu", "uniform", "forward"): 1.2}, "refuted", "refuted"),
        ("uniform_units_relu", {("relu", "uniform", "forward"): 1 / 3}, "confirmed", "refuted"),
        ("uniform_units_sigmoid", {("sigmoid", "uniform", "mean"): 0.01}, "confirmed", None),
        ("uniform_units_sigmoid", {("sigmoid", "uniform", "mean"): -0.3}, "refuted", None),
        ("uniform_half_sigmoid", {("sigmoid", "uniform", "mean"): 0.45}, "confirmed", None),
        ("uniform_half_sigmoid", {("sigmoid", "uniform", "mean"): 0.01}, "refuted", None),
        ("uniform_back_sigmoid", {("sigmoid", "uniform", "back_propagated"): 1 / 16}, "refuted", None),
        ("uniform_gradients_linear", {("linear", "uniform", "weight_gradient"): 1e-4}, "confirmed", None),
        ("uniform_alike_linear", {("linear", "uniform", "weight_gradient"): 1e-4}, "refuted", None),
        ("uniform_alike_linear", {("linear", "uniform", "weight_gradient"): 0.6}, "confirmed", None),
        ("uniform_gradients_tanh", {("tanh", "uniform", "weight_gradient"): 50.0}, "refuted", None),
        ("uniform_gradients_tanh", {("tanh", "uniform", "weight_gradient"): 1e-4}, "confirmed", None),
        ("uniform_gradients_relu", {("relu", "uniform", "weight_gradient"): 1e-4}, "confirmed", None),
        ("uniform_alike_tanh", {("tanh", "uniform", "weight_gradient"): 50.0}, "refuted", None),
        ("uniform_gradients_relu", {("relu", "uniform", "weight_gradient"): 0.1}, "refuted", None),
        ("uniform_alike_relu", {("relu", "uniform", "weight_gradient"): 0.1}, "refuted", None),
        ("uniform_gradients_sigmoid", {("sigmoid", "uniform", "weight_gradient"): 0.5}, "refuted", None),
        ("uniform_gradients_sigmoid", {("sigmoid", "uniform", "weight_gradient"): 0.0}, "confirmed", None),
        ("glorot_linear", {("linear", "glorot", "back_propagated"): 0.2}, "refuted", "refuted"),
        ("glorot_tanh", {("tanh", "glorot", "forward"): 0.85}, "imprecise", "confirmed"),
        ("glorot_tanh", {("tanh", "glorot", "back_propagated"): 0.2}, "refuted", "refuted"),
        ("he_relu", {("relu", "he", "forward"): 2.0}, "imprecise", "confirmed"),
        ("he_relu", {("relu", "he", "forward"): 7.0}, "refuted", "refuted"),
        ("mean_field", {("relu", "he", "back_propagated"): 3.0}, "refuted", None),
    ],
)
def test_ratios_otherwise(
    name: str, other: dict[Key, float], verdict: str, restated: str | None, tmp_path: Path
) -> None:
    claim = judge({"variance_ratios": ratios(other)}, tmp_path)[name]
    assert claim["verdict"] == verdict
    assert claim.get("restated", {"verdict": None})["verdict"] == restated


@pytest.mark.parametrize(("greatest", "verdict"), [(1e-12, "confirmed"), (0.0, "confirmed"), (0.5, "refuted")])
def test_gradients_of_deep_networks(greatest: float, verdict: str, tmp_path: Path) -> None:
    rows = [
        {"activation": activation, "initialisation": initialisation, "source": "simulation", "draw": draw,
         "layer": layer, "weight_gradient": 1.0 if (initialisation, layer) != ("uniform", 1) else value + draw * value}
        for activation, value in (("sigmoid", 1e-40), ("tanh", greatest))
        for initialisation in ("uniform", "he")
        for layer in (1, 100)
        for draw in range(3)
    ]  # fmt: skip
    found = judge({"propagation": pd.DataFrame(rows)}, tmp_path)
    assert found["uniform_gradients_deep"]["verdict"] == verdict


def cured(forward: dict[str, float], backward: dict[str, float]) -> pd.DataFrame:
    """ReLU networks of 11 layers by their factors a layer, and others that are not meant."""
    rows = []
    for name, residual, batch_norm in (("norm", False, True), ("shortcut", True, False), ("both", True, True)):
        for draw in range(3):
            for layer in (1, 4, 11):
                growth = forward[name] ** (layer - 1), (backward[name] + 0.001 * draw) ** (11 - layer)
                key = {"residual": residual, "batch_norm": batch_norm, "source": "simulation", "draw": draw}
                signal = {"layer": layer, "preactivation": growth[0], "back_propagated": growth[1]}
                rows.append({"activation": "relu", "initialisation": "he"} | key | signal)
                signal = {"layer": layer, "preactivation": 1.0, "back_propagated": 1.0}
                rows.append({"activation": "tanh", "initialisation": "glorot"} | key | signal)
    return pd.DataFrame(rows)


FORWARD = {"norm": 1.0, "shortcut": 2.0, "both": 1.04}
BACKWARD = {"norm": 1.467, "shortcut": 2.0, "both": 1.05}


@pytest.mark.parametrize(
    ("forward", "backward", "refuted"),
    [
        ({}, {}, set()),
        ({}, {"norm": 1.0}, {"batch_norm_explodes", "batch_norm_rate"}),
        ({}, {"norm": 1.2}, {"batch_norm_rate"}),
        ({}, {"norm": 2.0}, {"batch_norm_rate"}),
        ({"shortcut": 1.0}, {}, {"shortcuts_explode"}),
        ({"both": 1.3}, {}, {"together_bounded"}),
        ({}, {"both": 1.3}, {"together_bounded"}),
    ],
)
def test_cures(forward: dict[str, float], backward: dict[str, float], refuted: set[str], tmp_path: Path) -> None:
    found = judge({"propagation_cures": cured(FORWARD | forward, BACKWARD | backward)}, tmp_path)
    assert {name for name, claim in found.items() if claim["verdict"] == "refuted"} == refuted
    assert len(found) == 4
    assert {claim["verdict"] for name, claim in found.items() if name not in refuted} == {"confirmed"}


def slopes(deep: dict[str, float]) -> pd.DataFrame:
    """Autocorrelations at lag one of two depths; at the other lag, of the shallow ones and of theory all are 0.5."""
    kinds = [("plain", None), ("centred", None), ("residual", 0.1), ("residual", 1.0), ("white noise", None)]
    rows = [
        {"what": what, "series": name, "beta": beta, "depth": None if name == "white noise" else depth,
         "source": "simulation", "draw": draw, "place": lag,
         "value": deep[name] + 0.01 * draw if (what, depth, lag, beta != 0.1) == ("autocorrelation", 9, 1, True)
         else 0.5}
        for what in ("autocorrelation", "slope")
        for name, beta in kinds
        for depth in (1, 9)
        for lag in (1, 2)
        for draw in range(3)
    ]  # fmt: skip
    theory = {"what": "autocorrelation", "series": "plain", "depth": 9, "source": "theory", "place": 1, "value": 0.5}
    return pd.DataFrame([*rows, theory])


@pytest.mark.parametrize(
    ("plain", "centred", "residual", "verdicts"),
    [
        (0.7, 0.0, 0.6, ("imprecise", "imprecise")),
        (0.0, 0.0, 0.6, ("confirmed", "confirmed")),
        (0.7, 0.6, 0.3, ("refuted", "refuted")),
        (0.7, 0.0, 0.7, ("imprecise", "undecided")),
        (-0.3, -0.3, 0.6, ("refuted", "confirmed")),  # noise alternates no more than it persists
    ],
)
def test_slopes(plain: float, centred: float, residual: float, verdicts: tuple[str, str], tmp_path: Path) -> None:
    table = slopes({"plain": plain, "centred": centred, "residual": residual, "white noise": 0.0})
    found = judge({"shattered_gradients": table}, tmp_path)
    assert (found["shattered_plain"]["verdict"], found["shattered_residual"]["verdict"]) == verdicts


@given(st.lists(st.lists(st.integers(-99, 99), min_size=3, max_size=3), min_size=1, max_size=4), st.integers(1, 99))
def test_where_the_farthest_interval_lies_within_a_margin_all_do(drawn: list[list[int]], margin: int) -> None:
    every = [pd.Series(values, dtype=float) for values in drawn]
    inside = [-margin < t_interval(values).low and t_interval(values).high < margin for values in every]
    interval = t_interval(farthest(every, 0.95))
    assert (-margin < interval.low and interval.high < margin) == all(inside)


def test_a_series_without_its_draws_reaches_farthest() -> None:
    wide, lacking = pd.Series([-50.0, 50.0]), pd.Series([0.0, float("nan"), 0.1])
    assert farthest([wide, lacking], 0.95) is lacking and farthest([], 0.95).empty


def test_one_draw_decides_nothing(tmp_path: Path) -> None:
    table = ratios({})
    found = judge({"variance_ratios": table[~table["draw"].isin([1, 2])]}, tmp_path)
    assert {claim["verdict"] for claim in found.values()} == {"undecided"}


def test_without_tables_there_are_no_claims(tmp_path: Path) -> None:
    assert judge({}, tmp_path) == {}
