"""Circuits as data: a list of gates that can be built, evaluated, counted and measured.

Size counts every gate but NOT, and depth is the longest path with NOT of no length: negation is free, the
usual convention for circuits whose gates have any number of inputs (Håstad 1986).
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Kind = Literal["and", "or", "xor", "not", "threshold"]

ABSENT = 2
"""In a term: the input does not occur. 1 stands for the input itself and 0 for its negation."""

ROWS = 1 << 14
"""Rows of a truth table that are evaluated at once: 2 kB a gate, so 64 MB for 32,768 gates."""


@dataclass(frozen=True)
class Gate:
    """A gate and the wires it reads."""

    kind: Kind
    inputs: tuple[int, ...]
    """Wires: a circuit's inputs come first, then its gates in order."""
    weights: tuple[int, ...] = ()
    """Of a threshold gate, one per input."""
    threshold: int = 0
    """A threshold gate is 1 where the weighted sum of its inputs is at least this."""


@dataclass
class Circuit:
    """Gates in an order in which each reads earlier wires only; the last wire is the output."""

    inputs: int
    """How many inputs; they are the wires 0 to inputs - 1."""
    gates: list[Gate] = field(default_factory=list)

    def add(self, kind: Kind, *inputs: int, weights: tuple[int, ...] = (), threshold: int = 0) -> int:
        """Append a gate.

        Args:
            kind: AND, OR and XOR (1 where an odd number of inputs is 1) read any number of wires, NOT one.
            inputs: Wires that exist already.
            weights: Of a threshold gate, one per input.
            threshold: Of a threshold gate.

        Returns:
            The gate's wire.

        Raises:
            ValueError: A wire that does not exist, a NOT with other than one input, or weights that do not fit.
        """
        wire = self.inputs + len(self.gates)
        if any(not 0 <= source < wire for source in inputs):
            raise ValueError(f"gate {wire} reads {inputs}: there are the wires 0 to {wire - 1}")
        if kind == "not" and len(inputs) != 1:
            raise ValueError(f"a NOT has one input, got {len(inputs)}")
        if len(weights) != (len(inputs) if kind == "threshold" else 0):
            raise ValueError(f"a {kind} gate of {len(inputs)} inputs cannot have {len(weights)} weights")
        self.gates.append(Gate(kind, inputs, weights, threshold))
        return wire


def assignments(n: int, start: int = 0, stop: int | None = None) -> np.ndarray:
    """Rows of the truth table of n inputs as booleans (rows, n); the first input is the most significant bit."""
    rows = np.arange(start, 1 << n if stop is None else stop)
    return (rows[:, None] >> np.arange(n - 1, -1, -1)) & 1 == 1


def evaluate(circuit: Circuit, given: np.ndarray) -> np.ndarray:
    """The output for each of many assignments.

    Args:
        circuit: With n inputs.
        given: Booleans (rows, n).

    Returns:
        Booleans (rows,).
    """
    # Eight rows a byte: a gate is one operation on the packed columns of its inputs.
    columns = np.packbits(given, axis=0).T
    values = np.empty((circuit.inputs + len(circuit.gates), columns.shape[1]), np.uint8)
    values[: circuit.inputs] = columns
    for wire, gate in enumerate(circuit.gates, circuit.inputs):
        values[wire] = _apply(gate, values[list(gate.inputs)])
    return np.unpackbits(values[-1], count=len(given)).astype(bool)


def truth_table(circuit: Circuit) -> np.ndarray:
    """The output on all 2^n assignments: booleans in the order of `assignments`."""
    rows = 1 << circuit.inputs
    parts = [(start, min(start + ROWS, rows)) for start in range(0, rows, ROWS)]
    return np.concatenate([evaluate(circuit, assignments(circuit.inputs, *part)) for part in parts])


def size(circuit: Circuit) -> int:
    """How many gates there are; NOT is free."""
    return sum(number for kind, number in count(circuit).items() if kind != "not")


def count(circuit: Circuit) -> dict[Kind, int]:
    """How many gates there are of each kind, NOT among them."""
    return dict(Counter(gate.kind for gate in circuit.gates))


def levels(circuit: Circuit) -> list[int]:
    """For each wire the gates on the longest path that leads to it, itself among them and NOT left out."""
    found = [0] * circuit.inputs
    for gate in circuit.gates:
        below = max((found[wire] for wire in gate.inputs), default=0)
        found.append(below + (gate.kind != "not"))
    return found


def depth(circuit: Circuit) -> int:
    """Gates on the longest path from an input to the output, NOT left out."""
    return levels(circuit)[-1]


def literals(circuit: Circuit) -> list[tuple[int, int]]:
    """For each input the wires of its negation, for which a NOT is added, and of itself."""
    return [(circuit.add("not", wire), wire) for wire in range(circuit.inputs)]


def from_terms(terms: np.ndarray) -> Circuit:
    """The disjunctive normal form: an AND per term, and one OR of them all.

    Args:
        terms: Integers (terms, n): 1 for an input, 0 for its negation, `ABSENT` where a term lacks it.
    """
    circuit = Circuit(terms.shape[1])
    wires = literals(circuit)
    ands = [
        circuit.add("and", *(pair[value] for pair, value in zip(wires, term) if value != ABSENT))
        for term in terms.tolist()
    ]
    circuit.add("or", *ands)
    return circuit


def _apply(gate: Gate, values: np.ndarray) -> np.ndarray:
    """Packed outputs (bytes,) from packed inputs (inputs, bytes)."""
    match gate.kind:
        case "and":
            return np.bitwise_and.reduce(values, axis=0)
        case "or":
            return np.bitwise_or.reduce(values, axis=0)
        case "xor":
            return np.bitwise_xor.reduce(values, axis=0)
        case "not":
            return ~values[0]
        case "threshold":
            sums = np.array(gate.weights) @ np.unpackbits(values, axis=1).astype(np.int64)
            return np.packbits(sums >= gate.threshold)
