"""How numbers are written in the notes: with their interval and their number of seeds, or of draws.

An interval is a mapping with mean, low, high and n, as ``metrics.json`` and ``claims.json`` have it, where None stands
for what is not defined: a mean of no seed, the ends of one seed.
"""

from collections.abc import Mapping
from math import floor, log10
from typing import Any

from resnet_notes.errors import BadInput

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
SIGNED_UNITS = ("points", "nats")
"""Units of effects that begin with them; such an effect is written with its sign and one digit after the point."""
MOST_DIGITS = 4
"""Digits after the point that the results are rounded to."""


class Branch(dict[str, Any]):
    """Nested results whose missing keys can be named.

    Args:
        values: nested mappings with keys that are strings.
        path: how the text writes where they are, such as ``metrics["degradation"]``.
    """

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        self.path = path
        super().__init__(
            (key, Branch(value, f'{path}["{key}"]') if isinstance(value, Mapping) else value)
            for key, value in values.items()
        )

    def lacks(self, key: object) -> str:
        """Return a line about a key that is not there, and which are."""
        return f'{self.path}["{key}"] is not there; there is {", ".join(self) or "nothing"}'


def number(value: object, digits: int = 0) -> str:
    """Return a plain number with some digits after the point, a comma between thousands, and a true minus sign.

    Raises:
        BadInput: not a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{named(value)} is not a number")
    text = f"{value:,.{digits}f}"
    zero = not text.strip("-0.")
    return text.removeprefix("-") if zero else text.replace("-", MINUS)


def percent(value: object, digits: int = 1) -> str:
    """Return an interval of percentages, such as 44.1 % (38.2 to 50.0, 5 seeds)."""
    return measured(value, "%", digits)


def points(value: object, digits: int = 1) -> str:
    """Return an interval of differences of percentages, such as +33.6 points (25.4 to 41.7, 5 seeds)."""
    return measured(value, "points", digits, sign="+")


def nats(value: object, digits: int = 1) -> str:
    """Return an interval of natural logarithms, such as -84.5 nats (-85.0 to -84.0, 3 seeds)."""
    return measured(value, "nats", digits)


def measured(value: object, unit: str = "", digits: int = 2, sign: str = "") -> str:
    """Return an interval in a unit, or of what has none; a mean above zero has the sign.

    It has more digits where its ends would else look the same.
    """
    found, low, high = (interval(value)[name] for name in ("mean", "low", "high"))
    while low != high and number(low, digits) == number(high, digits) and digits < MOST_DIGITS:
        digits += 1
    said = (
        "no value"
        if found is None
        else f"{sign if found > 0 else ''}{number(found, digits)}{SPACE if unit else ''}{unit}"
    )
    return f"{said} ({spread(value, digits)})"


def effect(claim: Mapping[str, Any]) -> str:
    """Return what a claim measured, with its interval and its unit.

    An effect in points or nats has its unit behind the mean; of any other, what it is stands in the brackets. It has
    two digits of half the interval's width, since more would say nothing.
    """
    what = claim["effect"]
    if "found" in claim:
        return f"{fact(claim['found'])} ({what})"
    if what.split()[0] in SIGNED_UNITS:
        return measured(claim, what, 1, sign="+")
    digits = digits_of(claim)
    mean = "no value" if claim["mean"] is None else number(claim["mean"], digits)
    return f"{mean} ({spread(claim, digits)}; {what})"


def fact(value: float) -> str:
    """Return an exact number: whole, or with up to six digits."""
    return number(value) if value == int(value) else f"{value:.6g}".replace("-", MINUS)


def digits_of(interval: Mapping[str, Any]) -> int:
    """Return the digits after the point that show two digits of half an interval's width; two where it has no ends.

    Where all values are the same, it is those that they have.
    """
    if interval["low"] is None:
        return 2
    if interval["low"] == interval["high"]:
        return len(f"{interval['low']:.{MOST_DIGITS}f}".rstrip("0").partition(".")[2])
    return min(max(1 - floor(log10((interval["high"] - interval["low"]) / 2)), 0), MOST_DIGITS)


def spread(value: object, digits: int) -> str:
    """Return the ends of an interval and its number of seeds, or of what it is of; no ends where all are the same."""
    found = interval(value)
    of = found.get("of", "seeds")
    counted = f"{found['n']}{SPACE}{of.removesuffix('s') if found['n'] == 1 else of}"
    if found["low"] is None or found["high"] is None:
        return f"no interval, {counted}"
    if found["low"] == found["high"]:
        return f"the same in all {counted}"
    return f"{number(found['low'], digits)} to {number(found['high'], digits)}, {counted}"


def interval(value: object) -> Mapping[str, Any]:
    """Return what has a mean, two ends and a number of seeds.

    Raises:
        BadInput: something else.
    """
    if not isinstance(value, Mapping) or not {"mean", "low", "high", "n"} <= value.keys():
        raise BadInput(f"{named(value)} is not an interval with mean, low, high and n")
    return value


def named(value: object) -> str:
    """Return where a value lies, or else the value."""
    return value.path if isinstance(value, Branch) else repr(value)
