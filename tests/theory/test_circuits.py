"""Circuits against an evaluation in plain Python, gate by gate, and depth against a recursive walk."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.theory.circuits import (
    ABSENT,
    ROWS,
    Circuit,
    assignments,
    depth,
    evaluate,
    from_terms,
    levels,
    size,
    truth_table,
)


@st.composite
def random_circuits(draw: st.DrawFn) -> Circuit:
    """Any gates on any earlier wires, NOT and threshold gates with negative weights among them."""
    circuit = Circuit(draw(st.integers(1, 5)))
    for _ in range(draw(st.integers(1, 12))):
        wire = circuit.inputs + len(circuit.gates)
        kind = draw(st.sampled_from(["and", "or", "xor", "not", "threshold"]))
        least, most = (1, 1) if kind == "not" else (0, 4)
        sources = draw(st.lists(st.integers(0, wire - 1), min_size=least, max_size=most))
        weights = draw(st.tuples(*[st.integers(-3, 3)] * len(sources))) if kind == "threshold" else ()
        circuit.add(kind, *sources, weights=weights, threshold=draw(st.integers(-4, 4)) if weights else 0)
    return circuit


def by_hand(circuit: Circuit, bits: tuple[int, ...]) -> bool:
    """One assignment, gate by gate, from the meaning of each kind."""
    values = [bool(bit) for bit in bits]
    for gate in circuit.gates:
        read = [values[wire] for wire in gate.inputs]
        if gate.kind == "and":
            values.append(all(read))
        elif gate.kind == "or":
            values.append(any(read))
        elif gate.kind == "xor":
            values.append(read.count(True) % 2 == 1)
        elif gate.kind == "not":
            values.append(not read[0])
        else:
            values.append(sum(w for w, r in zip(gate.weights, read) if r) >= gate.threshold)
    return values[-1]


@given(random_circuits())
def test_truth_table_is_that_of_the_gates(circuit: Circuit):
    rows = list(itertools.product((0, 1), repeat=circuit.inputs))
    assert assignments(circuit.inputs).astype(int).tolist() == [list(row) for row in rows]
    assert truth_table(circuit).tolist() == [by_hand(circuit, row) for row in rows]


@given(random_circuits(), st.data())
def test_any_number_of_given_assignments(circuit: Circuit, data: st.DataObject):
    row = st.tuples(*[st.booleans()] * circuit.inputs)
    rows = data.draw(st.lists(row, min_size=1, max_size=20))
    assert evaluate(circuit, np.array(rows)).tolist() == [by_hand(circuit, bits) for bits in rows]


def test_a_truth_table_longer_than_what_is_evaluated_at_once():
    weights = (5, -4, 3, -2, 1, 7, -6, 2, -1, 4, -3, 6, -7, 2, 1)
    assert 2 ** len(weights) == 2 * ROWS
    circuit = Circuit(len(weights))
    circuit.add("threshold", *range(len(weights)), weights=weights, threshold=5)
    sums = [sum(itertools.compress(weights, row)) for row in itertools.product((0, 1), repeat=len(weights))]
    assert truth_table(circuit).tolist() == [total >= 5 for total in sums]


def longest_path(circuit: Circuit, wire: int) -> int:
    if wire < circuit.inputs:
        return 0
    gate = circuit.gates[wire - circuit.inputs]
    return (gate.kind != "not") + max((longest_path(circuit, below) for below in gate.inputs), default=0)


@given(random_circuits())
def test_depth_is_the_longest_path_and_not_is_free(circuit: Circuit):
    wires = range(circuit.inputs + len(circuit.gates))
    assert levels(circuit) == [longest_path(circuit, wire) for wire in wires]
    assert depth(circuit) == longest_path(circuit, wires[-1])
    assert size(circuit) == len([gate for gate in circuit.gates if gate.kind != "not"])


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[st.integers(0, ABSENT)] * n), min_size=1, max_size=6)))
def test_disjunctive_normal_form_is_the_union_of_its_terms(terms: list[tuple[int, ...]]):
    circuit = from_terms(np.array(terms))
    wanted = [
        any(all(t in (ABSENT, bit) for t, bit in zip(term, row)) for term in terms)
        for row in itertools.product((0, 1), repeat=len(terms[0]))
    ]
    assert truth_table(circuit).tolist() == wanted
    assert size(circuit) == len(terms) + 1 and depth(circuit) == 2


def test_impossible_gates_are_refused():
    circuit = Circuit(2)
    with pytest.raises(ValueError, match="wires 0 to 1"):
        circuit.add("and", 0, 2)
    with pytest.raises(ValueError, match="wires 0 to 1"):
        circuit.add("or", -1)
    with pytest.raises(ValueError, match="one input"):
        circuit.add("not", 0, 1)
    with pytest.raises(ValueError, match="weights"):
        circuit.add("threshold", 0, 1, weights=(1,))
    with pytest.raises(ValueError, match="weights"):
        circuit.add("xor", 0, 1, weights=(1, 1))
    assert circuit.gates == []
