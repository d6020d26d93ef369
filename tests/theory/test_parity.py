"""Every circuit computes parity, and has the size and depth that the literature gives it."""

import itertools
from collections.abc import Callable
from functools import partial
from math import ceil, log2, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from resnet_notes.params.parity import Parity
from resnet_notes.theory import parity_circuits, parity_size
from resnet_notes.theory.circuits import Circuit, count, depth, evaluate, size, truth_table
from resnet_notes.theory.parity import (
    and_or_tree,
    bounded_depth,
    dnf,
    parity,
    threshold_network,
    xor_chain,
    xor_tree,
)

BUILD: dict[str, Callable[[int], Circuit]] = {
    "xor_chain": xor_chain,
    "xor_tree": xor_tree,
    "and_or_tree": and_or_tree,
    "threshold_network": threshold_network,
    "dnf": dnf,
} | {f"depth_{k}": partial(bounded_depth, depth=k) for k in (2, 3, 4, 5)}


@pytest.mark.parametrize("name", BUILD)
@settings(max_examples=30)
@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=9), min_size=1, max_size=9))
def test_circuits_agree_with_the_definition(name: str, rows: list[list[bool]]):
    for row in rows:
        odd = False
        for bit in row:
            odd ^= bit
        found = evaluate(BUILD[name](len(row)), np.array([row]))
        assert found.tolist() == [odd] == parity(np.array([row])).tolist()


@pytest.mark.parametrize("name", [name for name in BUILD if name not in ("dnf", "depth_2")])
@settings(max_examples=15, deadline=None)
@given(st.integers(10, 40), st.integers(0, 2**40 - 1))
def test_circuits_agree_with_the_definition_for_many_inputs(name: str, n: int, number: int):
    # A wide DNF is out of reach for n = 40; of depth 3 up to 25 inputs are.
    n = min(n, 25) if name.startswith("depth") else n
    number &= 2**n - 1
    bits = np.array([[number >> i & 1 == 1 for i in range(n)]])
    assert evaluate(BUILD[name](n), bits).tolist() == [number.bit_count() % 2 == 1]


@pytest.mark.parametrize("n", range(2, 11))
def test_sizes_and_depths_are_the_known_ones(n: int):
    high = ceil(log2(n))
    assert (size(xor_chain(n)), depth(xor_chain(n))) == (n - 1, n - 1)
    assert (size(xor_tree(n)), depth(xor_tree(n))) == (n - 1, high)
    assert (size(and_or_tree(n)), depth(and_or_tree(n))) == (3 * (n - 1), 2 * high)
    assert count(dnf(n)) == {"not": n, "and": 2 ** (n - 1), "or": 1} and depth(dnf(n)) == 2
    assert count(threshold_network(n)) == {"threshold": n + 1} and depth(threshold_network(n)) == 2


def test_a_tree_with_a_number_of_inputs_that_is_a_power_of_two():
    # log2 of a float cannot be trusted to say so, and this does not ask it.
    assert [depth(xor_tree(2**k)) for k in range(1, 9)] == list(range(1, 9))
    assert [depth(xor_tree(2**k + 1)) for k in range(1, 9)] == list(range(2, 10))


@pytest.mark.parametrize("n", [4, 8, 12])
def test_one_hidden_layer_of_n_threshold_units_computes_parity(n: int):
    """The numbers of inputs for which it was computed before."""
    network = threshold_network(n)
    rows = list(itertools.product((0, 1), repeat=n))
    assert truth_table(network).tolist() == [sum(row) % 2 == 1 for row in rows]
    assert all(set(gate.inputs) == set(range(n)) for gate in network.gates[:n])
    assert network.gates[n].inputs == tuple(range(n, 2 * n)) and len(network.gates) == n + 1


@pytest.mark.parametrize("n", range(2, 20))
def test_bounded_depth(n: int):
    circuits = [bounded_depth(n, k) for k in (3, 4, 5, 6)]
    assert all(depth(circuit) <= k for k, circuit in zip((3, 4, 5, 6), circuits))
    assert all(set(count(circuit)) <= {"and", "or", "not"} for circuit in circuits)
    # Any number of blocks is an upper bound: b blocks of at most s inputs make b 2^s clauses and 2^(b-1) terms.
    others = [2 ** (b - 1) + 1 + b * 2 ** ceil(n / b) for b in range(1, n)]
    assert size(circuits[0]) <= min([2 ** (n - 1) + 1, *others])


def test_negation_stands_at_the_inputs_only():
    circuit = bounded_depth(12, 4)
    assert all(max(gate.inputs) < 12 for gate in circuit.gates if gate.kind == "not")


def test_depth_three_grows_as_published():
    """Paturi, Pudlák and Zane 1999: the least size is n^(1/4) 2^sqrt(n), up to a constant factor."""
    ratios = [size(bounded_depth(n, 3)) / (n**0.25 * 2 ** sqrt(n)) for n in (9, 16, 25, 36, 64, 81)]
    assert max(ratios) < 1.2 * min(ratios)


def test_depth_two_is_the_disjunctive_normal_form():
    assert [count(bounded_depth(n, 2)) for n in range(2, 9)] == [count(dnf(n)) for n in range(2, 9)]


SETTINGS = {"drawn_inputs": 4, "inputs": 7, "minimal_dnf_inputs": 6, "bounded_depths": [3, 4]}


def test_table_of_sizes():
    table = parity_size.table(SETTINGS)
    rows = table.set_index(["name", "inputs"])
    assert rows.index.is_unique and not table[["gates", "inputs"]].isna().any(axis=None)
    assert rows.loc[("xor_tree", 7), "gates"] == rows.loc[("n_minus_1", 7), "gates"] == 6
    assert rows.loc[("dnf", 7), "gates"] == rows.loc[("dnf_terms", 7), "gates"] + 1 == 65
    assert [rows.loc[("minimal_dnf", n), "gates"] for n in range(2, 7)] == [3, 5, 9, 17, 33]
    assert rows.loc[("hastad_3", 7), "gates"] == pytest.approx(2 ** (7**0.5 / 1000**0.5))
    circuits, bounds = table[table["kind"] != "bound"], table[table["kind"] == "bound"]
    assert circuits["depth"].notna().all() and bounds["depth"].isna().all()
    pd.testing.assert_frame_equal(parity_size.table(SETTINGS), table)


def test_a_wrong_circuit_stops_the_table():
    wrong = Circuit(3)
    wrong.add("xor", 0, 1)
    with pytest.raises(ArithmeticError, match="wrong of 3 inputs"):
        parity_size.measured("wrong", wrong)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_drawn_circuits_can_be_rebuilt_from_their_rows(n: int):
    table = parity_circuits.table({"drawn_inputs": n})
    for name, build in (("xor_tree", xor_tree), ("dnf", dnf), ("threshold_network", threshold_network)):
        rows = table[table["circuit"] == name]
        circuit = Circuit(n)
        wires = {f"x{i + 1}": i for i in range(n)}
        for row in rows.itertuples():
            threshold = row.kind == "threshold"
            weights = tuple(int(w) for w in row.weights.split()) if threshold else ()
            sources = [wires[source] for source in row.inputs.split()]
            wires[row.gate] = circuit.add(
                row.kind, *sources, weights=weights, threshold=row.threshold if threshold else 0
            )
        assert circuit == build(n) and rows["level"].max() == depth(circuit)


def test_params_refuse_what_is_out_of_reach():
    assert Parity(**SETTINGS).inputs == 7
    for wrong in ({"inputs": 19}, {"minimal_dnf_inputs": 18}, {"drawn_inputs": 6}, {"bounded_depths": [2]},
                  {"bounded_depths": [3, 3]}, {"inputs": 1}):  # fmt: skip
        with pytest.raises(ValidationError, match=f"1 validation error for Parity\n{next(iter(wrong))}"):
            Parity(**(SETTINGS | wrong))
