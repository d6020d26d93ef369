"""Table `parity_circuits`: three circuits for parity, gate by gate (the notes, Figure 2)."""

from typing import Any

import pandas as pd

from resnet_notes.theory.circuits import Circuit, Gate, levels
from resnet_notes.theory.parity import dnf, threshold_network, xor_tree

CIRCUITS = {"xor_tree": xor_tree, "dnf": dnf, "threshold_network": threshold_network}


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """The balanced XOR tree, the disjunctive normal form and the network of threshold units.

    Args:
        settings: The section `parity`; `drawn_inputs` is used.

    Returns:
        One row per gate in an order in which each reads earlier ones only: circuit, gate (a NOT is named by what it
        negates, the others are g1, g2, ...), kind, level (gates on the longest path up to it, NOT left out),
        inputs (names of gates or x1, x2, ..., separated by spaces) and, of threshold gates only, weights
        (likewise) and threshold.
    """
    n = settings["drawn_inputs"]
    rows = [{"circuit": name, **row} for name, build in CIRCUITS.items() for row in gate_rows(build(n))]
    return pd.DataFrame(rows).astype({"threshold": "Int64"})


def gate_rows(circuit: Circuit) -> list[dict[str, Any]]:
    """A circuit's gates with names instead of wires."""
    names = [f"x{wire + 1}" for wire in range(circuit.inputs)]
    rows = []
    for gate, level in zip(circuit.gates, levels(circuit)[circuit.inputs :]):
        names.append(_name(gate, names))
        sources = " ".join(names[wire] for wire in gate.inputs)
        row = {"gate": names[-1], "kind": gate.kind, "level": level, "inputs": sources, "weights": None}
        if gate.kind == "threshold":
            row["weights"] = " ".join(map(str, gate.weights))
        rows.append(row | {"threshold": gate.threshold if gate.kind == "threshold" else None})
    return rows


def _name(gate: Gate, names: list[str]) -> str:
    if gate.kind == "not":
        return f"not-{names[gate.inputs[0]]}"
    return f"g{sum(name.startswith('g') for name in names) + 1}"
