"""Which ink can be read on a colour: contrast as the Web Content Accessibility Guidelines 2.1 define it."""

from matplotlib.colors import to_rgb

from resnet_notes.figures.style import INK

INKS = (INK, "white")
"""One of them has a contrast of at least 4 on any colour."""

Colour = str | tuple[float, ...]


def luminance(colour: Colour) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, from 1 for the same to 21 for black and white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: Colour) -> str:
    """The ink with the higher contrast."""
    return max(INKS, key=lambda ink: contrast(ink, colour))
