"""Which colours can be read on which: contrast as the Web Content Accessibility Guidelines 2.2 define it."""

from matplotlib.colors import to_hex, to_rgb
from matplotlib.typing import ColorType

INKS = ("#1a1a1a", "white")
"""Of the words in a figure; one of them has a contrast of at least 4 on any colour."""

READABLE = 4.5
"""Contrast of words of a figure's size against what they stand on, at least (success criterion 1.4.3)."""


def luminance(colour: ColorType) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: ColorType, other: ColorType) -> float:
    """Contrast ratio of two colours, from 1 for the same to 21 for black and white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: ColorType) -> str:
    """The ink with the higher contrast."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def for_words(colour: str) -> str:
    """The colour itself, or as much darker as words in it need on white paper."""
    red, green, blue = to_rgb(colour)
    share = 100
    while contrast(colour, "white") < READABLE:
        share -= 1
        colour = to_hex((share / 100 * red, share / 100 * green, share / 100 * blue))
    return colour
