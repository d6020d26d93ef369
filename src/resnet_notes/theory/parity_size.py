"""Table `parity_size`: gates and depth of every circuit for parity against the number of inputs, and bounds."""

from collections.abc import Callable, Iterator
from functools import partial
from math import log2, sqrt
from typing import Any

import numpy as np
import pandas as pd

from resnet_notes.theory.circuits import Circuit, assignments, depth, from_terms, size, truth_table
from resnet_notes.theory.minimal_dnf import minimal_dnf
from resnet_notes.theory.parity import and_or_tree, bounded_depth, dnf, parity, threshold_network, xor_chain, xor_tree

CIRCUITS: dict[str, Callable[[int], Circuit]] = {
    "xor_chain": xor_chain,
    "xor_tree": xor_tree,
    "and_or_tree": and_or_tree,
    "threshold_network": threshold_network,
    "dnf": dnf,
}


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """Build every circuit, compare it with the definition on all its inputs, count its gates and measure its depth.

    Args:
        settings: The section `parity`; `inputs`, `bounded_depths` and `minimal_dnf_inputs` are used.

    Returns:
        One row per circuit or bound and number of inputs: kind (circuit, minimum, bound), name, inputs, gates
        (NOT is free), depth (missing for a bound). The minimum is the form that `minimal_dnf` finds, built
        and counted as a circuit.

    Raises:
        ArithmeticError: A circuit differs from the definition.
    """
    circuits = CIRCUITS | {f"depth_{k}": partial(bounded_depth, depth=k) for k in settings["bounded_depths"]}
    inputs = range(2, settings["inputs"] + 1)
    rows = [("circuit", name, n, *measured(name, build(n))) for name, build in circuits.items() for n in inputs]
    for n in range(2, settings["minimal_dnf_inputs"] + 1):
        smallest = from_terms(minimal_dnf(parity(assignments(n))).terms)
        rows.append(("minimum", "minimal_dnf", n, *measured("minimal_dnf", smallest)))
    rows += [("bound", name, n, value, None) for n in inputs for name, value in bounds(n, settings["bounded_depths"])]
    frame = pd.DataFrame(rows, columns=["kind", "name", "inputs", "gates", "depth"])
    return frame.astype({"gates": float, "depth": "Int64"})


def measured(name: str, circuit: Circuit) -> tuple[int, int]:
    """Gates and depth of a circuit that computes parity.

    Raises:
        ArithmeticError: It does not, for some input.
    """
    if not np.array_equal(truth_table(circuit), parity(assignments(circuit.inputs))):
        raise ArithmeticError(f"{name} of {circuit.inputs} inputs does not compute parity")
    return size(circuit), depth(circuit)


def bounds(n: int, depths: list[int]) -> Iterator[tuple[str, float]]:
    """Published bounds on the number of gates for n inputs, each with its name.

    Args:
        n: Inputs.
        depths: For which depths to give Håstad's bound.

    Yields:
        n_minus_1: gates of two inputs need this many to read every input.
        n_log_n: the notes' O(N log N) for a balanced tree, as N log2 N.
        dnf_terms: ANDs in any disjunctive normal form, 2^(n-1): no two odd assignments are neighbours.
        hastad_K: no circuit of depth K has this size, once n exceeds n0^K with an n0 that is not stated:
            2^(c n^(1/(K-1))) with c = (1/10)^(K/(K-1)) (Håstad 1986).
        paturi_3: n^(1/4) 2^sqrt(n), which is the least size at depth 3 up to a constant factor that is not
            stated (Paturi, Pudlák and Zane 1999).
    """
    yield "n_minus_1", n - 1
    yield "n_log_n", n * log2(n)
    yield "dnf_terms", 2 ** (n - 1)
    for k in depths:
        yield f"hastad_{k}", 2 ** (0.1 ** (k / (k - 1)) * n ** (1 / (k - 1)))
    yield "paturi_3", sqrt(sqrt(n)) * 2 ** sqrt(n)
