"""The minimal form against exhaustive searches, and its primes against their definition."""

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.errors import BadInput
from resnet_notes.theory.circuits import ABSENT, assignments, from_terms, truth_table
from resnet_notes.theory.minimal_dnf import MOST_INPUTS, minimal_dnf
from resnet_notes.theory.parity import parity


def cubes(n: int) -> dict[tuple[int, ...], int]:
    """Every term and the assignments that it holds, as bits of a number."""
    rows = list(itertools.product((0, 1), repeat=n))
    return {
        term: sum(1 << i for i, row in enumerate(rows) if all(t in (ABSENT, bit) for t, bit in zip(term, row)))
        for term in itertools.product((0, 1, ABSENT), repeat=n)
    }


def fewest_terms(n: int, wanted: int) -> int:
    """By trying, for the lowest assignment that is left, every term that holds it and does not exceed the function."""
    allowed = [held for held in cubes(n).values() if held & ~wanted == 0]

    @cache
    def search(left: int) -> int:
        if not left:
            return 0
        lowest = left & -left
        return 1 + min(search(left & ~held) for held in allowed if held & lowest)

    return search(wanted)


def primes_by_definition(n: int, wanted: int) -> set[tuple[int, ...]]:
    """Implicants from which no input can be dropped."""
    held = cubes(n)
    implicants = {term for term, rows in held.items() if rows & ~wanted == 0}
    return {
        term
        for term in implicants
        if not any(term[i] != ABSENT and (*term[:i], ABSENT, *term[i + 1 :]) in implicants for i in range(n))
    }


def check(n: int, wanted: int) -> None:
    table = np.array([wanted >> i & 1 == 1 for i in range(2**n)])
    found = minimal_dnf(table)
    primes = primes_by_definition(n, wanted)
    terms = {tuple(term) for term in found.terms.tolist()}
    assert len(terms) == len(found.terms) == fewest_terms(n, wanted)
    assert terms <= primes and found.primes == len(primes)
    covered = [[term for term in primes if cubes(n)[term] >> i & 1] for i in range(2**n) if wanted >> i & 1]
    alone = {terms[0] for terms in covered if len(terms) == 1}
    assert found.essential == len(alone) and alone <= terms
    assert np.array_equal(truth_table(from_terms(found.terms)), table)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_function_of_up_to_three_inputs(n: int):
    for wanted in range(2**2**n):
        check(n, wanted)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16 - 1))
def test_functions_of_four_inputs(wanted: int):
    check(4, wanted)


def test_a_cyclic_core():
    """Six primes around a hexagon, none of them essential: only a search shows that three are enough."""
    found = minimal_dnf(np.array([True, True, True, False, False, True, True, True]))
    assert (found.primes, found.essential, len(found.terms)) == (6, 0, 3)


@pytest.mark.parametrize("n", range(1, 11))
def test_parity_needs_every_odd_assignment(n: int):
    """2^(n-1) terms of n literals each, every one of them essential."""
    rows = assignments(n)
    found = minimal_dnf(parity(rows))
    assert len(found.terms) == found.primes == found.essential == 2 ** (n - 1)
    assert {tuple(term) for term in found.terms.tolist()} == {
        row for row in itertools.product((0, 1), repeat=n) if sum(row) % 2
    }


def test_majority_and_constants():
    """Known: majority of five has the ten terms of three inputs; constants have no term or an empty one."""
    found = minimal_dnf(assignments(5).sum(axis=1) >= 3)
    assert len(found.terms) == found.primes == 10 and (np.sort(found.terms) == [1, 1, 1, ABSENT, ABSENT]).all()
    assert minimal_dnf(np.zeros(8, bool)).terms.shape == (0, 3)
    assert minimal_dnf(np.ones(8, bool)).terms.tolist() == [[ABSENT] * 3]


def test_too_large_is_one_clear_line():
    with pytest.raises(
        BadInput, match=f"minimal DNF of {MOST_INPUTS + 1} inputs: 1 to {MOST_INPUTS} are possible"
    ) as e:
        minimal_dnf(np.zeros(2 ** (MOST_INPUTS + 1), bool))
    assert "\n" not in str(e.value)
    with pytest.raises(ValueError, match="2\\^n rows, got 6"):
        minimal_dnf(np.zeros(6, bool))
