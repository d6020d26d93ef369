"""Circuits for parity, which is 1 where the sum of the inputs is odd (the notes, section 1)."""

from collections.abc import Callable
from functools import cache
from itertools import accumulate, pairwise, product
from typing import Literal

import numpy as np

from resnet_notes.theory.circuits import Circuit, assignments, from_terms, literals


def parity(given: np.ndarray) -> np.ndarray:
    """The definition: whether the sum of each row is odd.

    Args:
        given: Booleans (rows, n).

    Returns:
        Booleans (rows,).
    """
    return given.sum(axis=1) % 2 == 1


def xor_chain(n: int) -> Circuit:
    """One XOR gate after the other, n - 1 of them: depth n - 1."""
    circuit = Circuit(n)
    wire = 0
    for other in range(1, n):
        wire = circuit.add("xor", wire, other)
    return circuit


def xor_tree(n: int) -> Circuit:
    """The balanced tree of n - 1 XOR gates: depth ceil(log2 n) (the notes, Figure 2, left)."""
    circuit = Circuit(n)
    _tree(n, lambda a, b: circuit.add("xor", a, b))
    return circuit


def and_or_tree(n: int) -> Circuit:
    """The same tree with each XOR as (a or b) and not (a and b): 3(n - 1) gates, depth 2 ceil(log2 n)."""
    circuit = Circuit(n)

    def join(a: int, b: int) -> int:
        either, both = circuit.add("or", a, b), circuit.add("and", a, b)
        return circuit.add("and", either, circuit.add("not", both))

    _tree(n, join)
    return circuit


def dnf(n: int) -> Circuit:
    """The disjunctive normal form: a term for each of the 2^(n-1) odd assignments (the notes, Figure 2, right)."""
    rows = assignments(n)
    return from_terms(rows[parity(rows)].astype(int))


def threshold_network(n: int) -> Circuit:
    """One hidden layer of n threshold units: unit i is 1 where the sum is at least i.

    Where the sum is s, the first s units are 1; their sum with the weights +1, -1, +1, ... is 1 for an odd
    s and 0 for an even one (Rumelhart, Hinton and Williams 1986).
    """
    circuit = Circuit(n)
    hidden = [circuit.add("threshold", *range(n), weights=(1,) * n, threshold=i) for i in range(1, n + 1)]
    circuit.add("threshold", *hidden, weights=tuple((-1) ** i for i in range(n)), threshold=1)
    return circuit


def bounded_depth(n: int, depth: int) -> Circuit:
    """AND, OR and NOT gates of depth at most `depth`: blocks within blocks, in the numbers that cost least.

    Parity of n inputs is the parity of its blocks' parities. Written as a disjunctive normal form above and
    conjunctive ones below, in turn, neighbouring layers are of one kind and merge, so that depth - 1 nested
    forms make a circuit of this depth. Its size is 2^O(n^(1/(depth - 1))), and no circuit of this depth beats
    it by more than the constant in the exponent (Håstad 1986); at depth 3 not by more than a constant factor:
    n^(1/4) 2^sqrt(n) (Paturi, Pudlák and Zane 1999).

    Args:
        n: Inputs.
        depth: At least 2, which is the disjunctive normal form.
    """
    circuit = Circuit(n)
    _, odd = _parities(circuit, literals(circuit), depth - 1, "or", top=True)
    circuit.add("or", *odd)
    return circuit


def _tree(n: int, join: Callable[[int, int], int]) -> None:
    """Join neighbours until one wire is left; the last of an odd number waits."""
    wires = list(range(n))
    while len(wires) > 1:
        joined = [join(a, b) for a, b in zip(wires[::2], wires[1::2])]
        wires = joined + wires[2 * len(joined) :]


def _parities(
    circuit: Circuit, wires: list[tuple[int, int]], forms: int, kind: Literal["and", "or"], top: bool = False
) -> tuple[list[int], list[int]]:
    """Gates whose AND or OR (`kind`) says that the block's sum is even, and those that say that it is odd.

    Whoever reads them makes that AND or OR, so that no gate is spent on it.

    Args:
        circuit: Where gates are added.
        wires: For each input of the block its negation and itself.
        forms: Normal forms nested in one another, at least 1.
        kind: "or" for a disjunctive form on top, "and" for a conjunctive one.
        top: Leaves out what only an even sum needs.
    """
    if len(wires) == 1:
        return [wires[0][0]], [wires[0][1]]
    _, blocks = _fewest_gates(len(wires), forms, top)
    inner = "or" if kind == "and" else "and"
    edges = list(accumulate(_block_sizes(len(wires), blocks), initial=0))
    below = [_parities(circuit, wires[low:high], forms - 1, inner) for low, high in pairwise(edges)]
    found: tuple[list[int], list[int]] = ([], [])
    for choice in product((0, 1), repeat=blocks):
        # A clause of a conjunctive form excludes the one assignment that differs from its choice everywhere.
        odd = (sum(choice) if kind == "or" else blocks - sum(choice) + 1) % 2
        if odd or not top:
            sources = [wire for block, value in zip(below, choice) for wire in block[value]]
            found[odd].append(circuit.add(inner, *sources))
    return found


@cache
def _fewest_gates(n: int, forms: int, top: bool = False) -> tuple[int, int]:
    """The gates of a block of n inputs, and the number of blocks in it for which they are fewest."""
    if n == 1:
        return 0, 1
    choices = range(2, n + 1) if forms > 1 else [n]
    return min(
        (2 ** (blocks - top) + sum(_fewest_gates(part, forms - 1)[0] for part in _block_sizes(n, blocks)), blocks)
        for blocks in choices
    )


def _block_sizes(n: int, blocks: int) -> list[int]:
    """Parts of n that differ by at most one, the larger ones first."""
    return [n // blocks + (i < n % blocks) for i in range(blocks)]
