"""Streams are named: what one gives depends on its name alone."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.training.seeds import stream

NAMES = st.tuples(st.integers(0, 50), st.sampled_from(["order", "weights"]), st.integers(0, 50))


@given(NAMES, NAMES)
def test_equal_names_give_equal_streams_and_others_differ(one: tuple, other: tuple) -> None:
    first, second = (torch.randint(2**40, (4,), generator=stream(*name)).tolist() for name in (one, other))
    assert (first == second) == (one == other)


def test_a_stream_does_not_touch_the_global_one() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    torch.rand(9, generator=stream(1, "weights"))
    assert torch.equal(torch.rand(2), expected)
