"""The graph of what the notes are made from, as a picture whose nodes are links."""

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Any

from resnet_notes.publish.layered import draw

ROW, LANE, HEAD = 22, 5, 30
"""Pixels of a node with its space, of an edge that passes a column, and of the line of titles."""
BOX = 17
"""Pixels that a node is high."""
LETTER = 6.6
"""Pixels that a letter of the widest usual font is wide, at the size in the stylesheet."""
GAP = 64
"""Pixels between two columns."""
EVERYWHERE = ("device", "numerics", "threads")
"""Sections that nearly everything depends on; their edges would hide the others."""


def columns_of(lineage: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Return the title of each column, and its nodes: the anchor that each one leads to, and its name."""
    sections = [name for name in lineage["params"] if name not in EVERYWHERE]
    given = {f"params:{name}": name for name in sections} | {f"data:{name}": f"data/{name}" for name in lineage["data"]}
    columns = [("Params and data", given)]
    placed: set[str] = set()
    while len(placed) < len(lineage["experiments"]):
        below = [
            name
            for name, entry in lineage["experiments"].items()
            if name not in placed and placed.issuperset(entry["starts_from"])
        ]
        columns.append(("Runs from other runs" if placed else "Runs", {f"experiment:{name}": name for name in below}))
        placed |= set(below)
    shown = (*lineage["figures"], *lineage["summaries"])
    return [
        *columns,
        ("Tables", {f"table:{name}": f"{name}.csv" for name in lineage["tables"]}),
        ("Figures and numbers", {f"origin:{name}": name for name in shown}),
        ("Notes", {"origin:notes": "notes"}),
    ]


def edges(lineage: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what leads where, each edge once and named by the anchors of its ends."""
    found = []
    for name, experiment in lineage["experiments"].items():
        found += [(f"params:{section}", f"experiment:{name}") for section in experiment["sections"]]
        found += [(f"data:{data}", f"experiment:{name}") for data in experiment["data"]]
        found += [(f"experiment:{start}", f"experiment:{name}") for start in experiment["starts_from"]]
    for name, table in lineage["tables"].items():
        found += [(f"params:{section}", f"table:{name}") for section in table["sections"]]
        found += [(f"experiment:{experiment}", f"table:{name}") for experiment in table["experiments"]]
    found += [(f"table:{figure['table']}", f"origin:{name}") for name, figure in lineage["figures"].items()]
    for name, summary in lineage["summaries"].items():
        found += [(f"params:{section}", f"origin:{name}") for section in summary["sections"] if section == name]
        found += [(f"experiment:{experiment}", f"origin:{name}") for experiment in summary["experiments"]]
        found += [(f"table:{table}", f"origin:{name}") for table in summary["tables"]]
    found += [(f"origin:{name}", "origin:notes") for name in (*lineage["figures"], *lineage["summaries"])]
    left_out = {f"params:{name}" for name in EVERYWHERE}
    return [edge for edge in found if edge[0] not in left_out]


def graph_svg(lineage: Mapping[str, Any]) -> str:
    """Return the graph as SVG to be put into a page; its look is the stylesheet's.

    An edge names its ends by their numbers in ``data-from`` and ``data-to``, a node its own in ``data-node``.

    Args:
        lineage: what ``provenance.lineage.lineage`` returns.
    """
    titles, columns = zip(*columns_of(lineage))
    drawing = draw([list(column) for column in columns], edges(lineage), ROW, LANE)
    width = round(LETTER * max(len(name) for column in columns for name in column.values())) + 14
    step = width + GAP
    numbers = {anchor: number for number, anchor in enumerate(anchor for column in columns for anchor in column)}
    total, height = step * len(columns) - GAP, HEAD + drawing.height
    parts = [f'<svg viewBox="0 0 {total} {height}" width="{total}" height="{height}" role="group">']
    parts += [f'<text class="title" x="{at * step + 1}" y="14">{title}</text>' for at, title in enumerate(titles)]
    parts += [
        f'<path data-from="{numbers[source]}" data-to="{numbers[target]}" d="{curve(path, width, step)}"/>'
        for (source, target), path in drawing.paths.items()
    ]
    for at, column in enumerate(columns):
        for anchor, name in column.items():
            middle = HEAD + drawing.heights[anchor]
            parts.append(
                f'<a href="#{escape(anchor)}" data-node="{numbers[anchor]}">'
                f'<rect x="{at * step + 1}" y="{middle - BOX // 2}" width="{width - 2}" height="{BOX}" rx="3"/>'
                f'<text x="{at * step + 7}" y="{middle + 4}">{escape(name)}</text></a>'
            )
    return "\n".join([*parts, "</svg>"])


def curve(path: list[tuple[int, int]], width: int, step: int) -> str:
    """Return an edge's way: it bends between two columns, and passes one as a straight line."""
    drawn = f"M{path[0][0] * step + width - 1} {HEAD + path[0][1]}"
    for (_, before), (column, height) in pairwise(path):
        start, bend = column * step + 1, column * step - GAP // 2
        drawn += f"C{bend} {HEAD + before} {bend} {HEAD + height} {start} {HEAD + height}"
        drawn += f"H{start + width - 2}" if (column, height) != path[-1] else ""
    return drawn
