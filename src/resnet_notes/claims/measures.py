"""What claims about exact rules and about factors measure."""

import sys
from math import log10

import pandas as pd

from resnet_notes.claims.judgement import Fact


def exceptions(what: str, are: pd.Series) -> Fact:
    """Return that there are no exceptions to a rule as a fact.

    Args:
        what: what an exception is, in the plural.
        are: for each case whether it is one.
    """
    return Fact(what, float(are.sum()), 0.0)


def off(found: pd.Series, expected: float | pd.Series) -> pd.Series:
    """Return the relative distance of numbers from what is expected."""
    return (found / expected - 1).abs()


def magnitude(values: pd.Series) -> pd.Series:
    """Return the logarithm to base 10 of numbers that are not negative; zero counts as the least float."""
    return values.clip(sys.float_info.min, sys.float_info.max).map(log10)
