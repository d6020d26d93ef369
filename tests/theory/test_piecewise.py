"""Piece counting: agrees with an enumeration of all activation patterns, and with what the network computes."""

from fractions import Fraction
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.theory.piecewise import Layer, Network, function_of, rectified, through

HALVES = st.integers(-6, 6).map(lambda n: Fraction(n, 2))
THIRDS = st.integers(-6, 6).map(lambda n: Fraction(n, 3))


@st.composite
def networks(draw: st.DrawFn, depth: int = 3) -> Network:
    """Up to `depth` hidden layers of up to three units, whose weights are often zero, equal or cancel."""
    widths = [1, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=depth)), 1]
    return [
        Layer([[draw(HALVES) for _ in range(before)] for _ in range(width)], [draw(THIRDS) for _ in range(width)])
        for before, width in pairwise(widths)
    ]


def value(network: Network, x: Fraction) -> Fraction:
    """A plain forward pass."""
    activations = [x]
    for number, (weights, biases) in enumerate(network, start=1):
        sums = [sum((w * a for w, a in zip(row, activations, strict=True)), bias) for row, bias in zip(weights, biases)]
        activations = sums if number == len(network) else [max(z, Fraction(0)) for z in sums]
    return activations[0]


def places_where_a_unit_may_switch(network: Network) -> list[Fraction]:
    """For every pattern of active units, each sum is affine in x; its root is where the pattern may end."""
    units = sum(len(layer.biases) for layer in network[:-1])
    roots = set()
    for pattern in product((0, 1), repeat=units):
        active, affine = iter(pattern), [(Fraction(1), Fraction(0))]
        for weights, biases in network[:-1]:
            sums = [
                (sum(w * a for w, (a, _) in zip(row, affine)), sum(w * b for w, (_, b) in zip(row, affine)) + bias)
                for row, bias in zip(weights, biases, strict=True)
            ]
            roots |= {-b / a for a, b in sums if a and 0 < -b / a < 1}
            affine = [(a * on, b * on) for (a, b), on in zip(sums, active)]
    return sorted({Fraction(0), Fraction(1), *roots})


def brute_force_pieces(network: Network) -> int:
    places = places_where_a_unit_may_switch(network)
    values = [value(network, x) for x in places]
    slopes = [(v1 - v0) / (x1 - x0) for (x0, x1), (v0, v1) in zip(pairwise(places), pairwise(values), strict=True)]
    return 1 + sum(before != after for before, after in pairwise(slopes))


@given(networks())
def test_pieces_are_those_that_an_enumeration_of_activation_patterns_finds(network: Network):
    assert function_of(network).pieces == brute_force_pieces(network)


@given(networks(), st.fractions(0, 1, max_denominator=97))
def test_the_function_is_what_a_forward_pass_computes(network: Network, x: Fraction):
    points = function_of(network).points()
    assert [(place, value(network, place)) for place, _ in points] == points
    (x0, y0), (x1, y1) = next((left, right) for left, right in pairwise(points) if left[0] <= x <= right[0])
    assert value(network, x) == y0 + (y1 - y0) * (x - x0) / (x1 - x0)


@given(networks(depth=1))
def test_a_hidden_layer_has_at_most_one_kink_a_unit(network: Network):
    assert function_of(network).pieces <= len(network[0].biases) + 1


@given(networks(), st.integers(1, 20))
def test_equal_functions_are_equal_however_they_are_written(network: Network, parts: int):
    found = function_of(network)
    places = sorted({*(x for x, _ in found.points()), *(Fraction(i, parts) for i in range(parts + 1))})
    assert through([(x, value(network, x)) for x in places]) == found
    assert rectified(rectified(found)) == rectified(found)


def test_kinks_at_the_ends_outside_and_cancelled_ones_do_not_count():
    one, ends = Fraction(1), [Fraction(0), Fraction(-1), Fraction(-2)]
    outside = [Layer([[one]] * 3, ends), Layer([[one] * 3], [Fraction(0)])]
    assert function_of(outside).pieces == 1
    # relu(x - 1/2) - relu(1/2 - x) = x - 1/2
    cancelled = [Layer([[one], [-one]], [Fraction(-1, 2), Fraction(1, 2)]), Layer([[one, -one]], [Fraction(0)])]
    assert function_of(cancelled).points() == [(0, Fraction(-1, 2)), (1, Fraction(1, 2))]
