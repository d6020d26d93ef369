"""The shortest disjunctive normal form of a Boolean function, found exactly.

Quine 1952 and McCluskey 1956: a shortest form consists of prime implicants, and is a smallest set of them
that covers every assignment where the function is 1. Here the terms are the 3^n cubes of a lattice, an array
of n axes of length 3 (negated, plain, absent). Whole arrays are combined, an axis at a time, so implicants,
primes and what they cover come out without a list of terms.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from resnet_notes.errors import BadInput
from resnet_notes.theory.circuits import ABSENT

MOST_INPUTS = 17
"""The lattice of 3^17 cubes is 0.13 GB, and the search holds up to four arrays of that size."""


class MinimalDnf(NamedTuple):
    """A shortest disjunctive normal form and how it was found."""

    terms: np.ndarray
    """Integers (terms, n): 1 for an input, 0 for its negation, 2 (`circuits.ABSENT`) for an absent one."""
    primes: int
    """Prime implicants of the function."""
    essential: int
    """Of them, those that every shortest form contains: each alone covers some assignment."""


def minimal_dnf(table: np.ndarray) -> MinimalDnf:
    """A disjunctive normal form with as few terms as possible.

    Args:
        table: The function on all assignments: booleans (2^n,) in the order of `circuits.assignments`.

    Returns:
        No terms for the function that is 0 everywhere.

    Raises:
        BadInput: n is 0 or more than `MOST_INPUTS`.
        ValueError: The length is no power of two.
    """
    n = len(table).bit_length() - 1
    if len(table) != 1 << n:
        raise ValueError(f"a truth table has 2^n rows, got {len(table)}")
    if not 1 <= n <= MOST_INPUTS:
        raise BadInput(f"minimal DNF of {n} inputs: 1 to {MOST_INPUTS} are possible, as memory grows by 3^n")
    wanted = table.reshape((2,) * n).astype(bool)
    primes = prime_implicants(wanted)
    essential = primes & _holds_any(wanted & (_covers(primes) == 1))
    left = wanted & (_covers(essential) == 0)
    chosen = np.argwhere(essential)
    if left.any():
        chosen = np.concatenate([chosen, _smallest_cover(np.argwhere(primes & ~essential), np.argwhere(left))])
    return MinimalDnf(chosen.astype(np.int8), int(primes.sum()), int(essential.sum()))


def prime_implicants(wanted: np.ndarray) -> np.ndarray:
    """The cubes on which the function is 1 throughout and that no larger such cube holds.

    Args:
        wanted: The function: booleans (2, ..., 2).

    Returns:
        Booleans (3, ..., 3): an index is a cube, each of its entries 0 (negated), 1 (plain) or 2 (absent).
    """
    implicants = wanted
    for axis in range(wanted.ndim):
        both = implicants.all(axis, keepdims=True)
        implicants = np.concatenate([implicants, both], axis)
    primes = implicants.copy()
    for axis in range(wanted.ndim):
        # A view with the axis in front: a cube is no prime when it stays an implicant without this input.
        larger = np.moveaxis(implicants, axis, 0)[ABSENT]
        np.moveaxis(primes, axis, 0)[:ABSENT] &= ~larger
    return primes


def _covers(cubes: np.ndarray) -> np.ndarray:
    """For each assignment how many of the cubes hold it: 0, 1, or 2 for two or more."""
    number = cubes.view(np.uint8)
    for axis in range(cubes.ndim):
        front = np.moveaxis(number, axis, 0)
        number = np.moveaxis(np.minimum(front[:ABSENT] + front[ABSENT], 2), 0, axis)
    return number


def _holds_any(marked: np.ndarray) -> np.ndarray:
    """For each cube whether it holds a marked assignment: booleans (3, ..., 3) from booleans (2, ..., 2)."""
    for axis in range(marked.ndim):
        marked = np.concatenate([marked, marked.any(axis, keepdims=True)], axis)
    return marked


def _smallest_cover(cubes: np.ndarray, left: np.ndarray) -> np.ndarray:
    """As few cubes as cover the assignments, by integer programming.

    Args:
        cubes: Integers (cubes, n).
        left: Integers (assignments, n), each in some cube.
    """
    covers = np.ones((len(left), len(cubes)), bool)
    for axis in range(cubes.shape[1]):
        cube, assignment = cubes[None, :, axis], left[:, None, axis]
        covers &= (cube == ABSENT) | (cube == assignment)
    solution = milp(
        np.ones(len(cubes)),
        integrality=np.ones(len(cubes)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(covers.astype(float), lb=1),
        options={"mip_rel_gap": 0},
    )
    if not solution.success:
        raise RuntimeError(f"no smallest cover: {solution.message}")
    return cubes[solution.x > 0.5]
