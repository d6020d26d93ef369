"""Figure `parity_circuits`: three circuits for parity side by side, gate by gate (the notes, Figure 2)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from resnet_notes.figures import style

BODY = 3.15
"""Inches."""

PANELS = {"xor_tree": "Balanced tree", "dnf": "Disjunctive normal form", "threshold_network": "One hidden layer"}
WIDTHS = {"xor_tree": 1.0, "dnf": 1.5, "threshold_network": 1.15}
NAMES = {"xor": "XOR", "and": "AND", "or": "OR", "threshold": "threshold units"}
ORANGE, NAVY = style.ARCHITECTURE_COLOURS.values()
INPUT, OUTPUT = 0.0, 1.0
"""Heights of the lowest and the highest row in every panel."""


@style.house
def draw(table: pd.DataFrame) -> Figure:
    """Draw the table of `theory.parity_circuits`."""
    n = int(table["inputs"].str.extractall(r"x(\d+)")[0].astype(int).max())
    lines = [
        "The output is 1 where an odd number of inputs is 1. NOT is not counted.",
        "Middle: a column is one AND; \u25cf takes the input, \u25cb its negation.",
        "Right: \u2265 k is 1 for a weighted sum of at least k; solid weighs +1, dashed \u22121.",
    ]
    figure, place = style.canvas(BODY, f"Three circuits for the parity of {n} bits", lines, right=0.1)
    place |= {"left": 0.1 / style.WIDTH, "bottom": 0.1 / figure.get_figheight(), "wspace": 0.06}
    place["top"] -= 0.2 / figure.get_figheight()
    panels = figure.subplots(1, 3, width_ratios=list(WIDTHS.values()), gridspec_kw=place)
    for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
        gates = table[table["circuit"] == name]
        axes.set_axis_off()
        axes.set(xlim=(0, WIDTHS[name]), ylim=(-0.09, 1.16))
        axes.text(0, 1.11, title, transform=axes.transAxes, size=10.5, weight="bold")
        axes.text(0, 1.03, cost(gates), transform=axes.transAxes, size=9.5, color=style.MUTED)
        PAINT[name](axes, gates, n)
    return figure


def cost(gates: pd.DataFrame) -> str:
    """Gates by kind and the depth: what the title of a panel says."""
    kinds = gates.loc[gates["kind"] != "not", "kind"].value_counts(sort=False)
    parts = " + ".join(f"{number} {NAMES[str(kind)]}" for kind, number in kinds.items())
    return f"{parts}, depth {gates['level'].max()}"


def tree(axes: Axes, gates: pd.DataFrame, n: int) -> None:
    """Inputs in a row at the bottom, each XOR above the middle of what it reads."""
    step = (OUTPUT - INPUT) / gates["level"].max()
    places = input_row(axes, n, WIDTHS["xor_tree"])
    for gate in gates.itertuples():
        sources = [places[name] for name in str(gate.inputs).split()]
        x, y = sum(x for x, _ in sources) / len(sources), INPUT + step * int(str(gate.level))
        for source in sources:
            axes.plot(*zip(source, (x, y)), color=NAVY, lw=1.3, zorder=1)
        box(axes, x, y, "XOR", width=0.24)
        places[str(gate.gate)] = (x, y)
    output(axes, *places[gates["gate"].iloc[-1]])


def grid(axes: Axes, gates: pd.DataFrame, n: int) -> None:
    """Inputs as rails, ANDs as columns with a dot on every rail that they read, and the OR across the top."""
    ands = gates[gates["kind"] == "and"]
    left, right, foot = 0.2, WIDTHS["dnf"] - 0.06, 0.66
    rails = {f"x{i + 1}": foot - 0.17 - (foot - 0.17 - INPUT) * i / (n - 1) for i in range(n)}
    for name, y in rails.items():
        axes.plot([left - 0.08, right], [y, y], color=style.MUTED, lw=0.9, zorder=1)
        axes.text(left - 0.11, y, label(name), ha="right", va="center")
    for column, term in enumerate(ands["inputs"]):
        x = left + (right - left) * (column + 0.5) / len(ands)
        axes.plot([x, x], [INPUT, OUTPUT], color=ORANGE, lw=1.3, zorder=1)
        for literal in term.split():
            face = ORANGE if literal in rails else "white"
            axes.plot(x, rails[literal.removeprefix("not-")], "o", ms=5.5, mfc=face, mec=ORANGE, mew=1.3, zorder=3)
        # Of more than eight columns none is wide enough for the word.
        word = "AND" if len(ands) <= 8 else "&"
        width = min(0.11, 0.84 * (right - left) / len(ands))
        box(axes, x, foot + 0.03, word, width, height=0.2, turned=word == "AND")
    middle = (left + right) / 2
    box(axes, middle, OUTPUT, "OR", width=right - left)
    output(axes, middle, OUTPUT)


def network(axes: Axes, gates: pd.DataFrame, n: int) -> None:
    """Inputs at the bottom, the hidden layer above them, the output unit on top."""
    width = WIDTHS["threshold_network"]
    places = input_row(axes, n, width)
    hidden = gates["level"] == 1
    middles = iter(spread_out(int(hidden.sum()), width))
    for gate in gates.itertuples():
        x, y = (next(middles), 0.5) if gate.level == 1 else (width / 2, OUTPUT)
        for name, weight in zip(str(gate.inputs).split(), str(gate.weights).split(), strict=True):
            positive = int(weight) > 0
            colour, dashes = (NAVY, "-") if positive else (ORANGE, (0, (3, 1.5)))
            wide, alpha = (0.7, 0.6) if gate.level == 1 else (1.5, 1.0)
            axes.plot(*zip(places[name], (x, y)), color=colour, ls=dashes, zorder=1, lw=wide, alpha=alpha)
        box(axes, x, y, f"\u2265 {int(float(str(gate.threshold)))}", width=min(0.2, 0.85 * width / n))
        places[str(gate.gate)] = (x, y)
    output(axes, width / 2, OUTPUT)


PAINT = {"xor_tree": tree, "dnf": grid, "threshold_network": network}


def spread_out(number: int, width: float) -> list[float]:
    """The middles of equal parts of a panel."""
    return [width * (i + 0.5) / number for i in range(number)]


def input_row(axes: Axes, n: int, width: float) -> dict[str, tuple[float, float]]:
    """Write the inputs' names in a row at the bottom; where each one's lines begin."""
    places = {f"x{i + 1}": (x, INPUT + 0.03) for i, x in enumerate(spread_out(n, width))}
    for name, (x, y) in places.items():
        axes.text(x, y - 0.02, label(name), ha="center", va="top")
    return places


def box(axes: Axes, x: float, y: float, text: str, width: float, height: float = 0.12, turned: bool = False) -> None:
    """A gate: its name in a box."""
    corner = (x - width / 2, y - height / 2)
    shape = FancyBboxPatch(corner, width, height, "round,pad=0,rounding_size=0.03", fc="white", ec=style.INK, lw=1.2)
    axes.add_patch(shape).set_zorder(4)
    axes.text(x, y, text, ha="center", va="center", size=9, rotation=90 if turned else 0, zorder=5)


def output(axes: Axes, x: float, y: float) -> None:
    """An arrow up out of the last gate."""
    axes.annotate("", (x, 1.16), (x, y + 0.06), arrowprops={"arrowstyle": "-|>", "color": style.INK, "lw": 1.3})


def label(name: str) -> str:
    """x1 with its number as an index."""
    return f"$x_{name[1:]}$"
