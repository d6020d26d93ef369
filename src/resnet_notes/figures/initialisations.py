"""How the three initialisations look and what they are called."""

from typing import Any

NAMES = {"uniform": "uniform", "glorot": "Glorot", "he": "He"}
"""In the order of their scale, smallest first; ``uniform`` is that on [-1/sqrt(k), 1/sqrt(k)]."""

COLOURS = {"uniform": "#d97f00", "glorot": "#123f7a", "he": "#0a8f6c"}
"""Amber, navy and green: apart in every common kind of colour vision, and in lightness, so on grey paper, too."""

MARKERS = {"uniform": "s", "glorot": "o", "he": "^"}
LINES: dict[str, Any] = {"uniform": (0, (4, 1.5)), "glorot": "-", "he": (0, (1, 1.2))}

ACTIVATIONS = {"linear": "Linear", "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU"}
"""What the activation functions are called, in the order in which they are shown."""
