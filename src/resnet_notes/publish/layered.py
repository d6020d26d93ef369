"""A layered drawing of a graph: columns from left to right, few crossings, short edges.

The steps of Sugiyama, Tagawa and Toda (1981): waypoints where an edge passes a column, an order in each column by the
barycentres of the neighbours, then heights. Sums are of whole numbers, so every machine finds the same places.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

SWEEPS = 12


class Drawing(NamedTuple):
    """Where everything is."""

    heights: dict[str, int]
    """The middle of each node, the topmost edge of all nodes being 0."""
    paths: dict[tuple[str, str], list[tuple[int, int]]]
    """Of each edge the columns and heights that it leads through, both ends included."""
    height: int
    """Of the whole drawing."""


def draw(columns: Sequence[Sequence[str]], edges: Sequence[tuple[str, str]], row: int, lane: int) -> Drawing:
    """Return where nodes and edges are.

    Args:
        columns: the nodes from left to right, each once, in an order that is kept where no edge says otherwise.
        edges: each leads from a node to one in a column further to the right.
        row: the height of a node with the space around it.
        lane: that of an edge which passes a column.
    """
    column_of = {node: column for column, nodes in enumerate(columns) for node in nodes}
    routes = {edge: waypoints(edge, edges, column_of) for edge in edges}
    layers = [list(nodes) for nodes in columns]
    for route in routes.values():
        for offset, point in enumerate(route[1:-1]):
            layer = layers[column_of[route[0]] + 1 + offset]
            if point not in layer:
                layer.append(point)
    links = sorted({link for route in routes.values() for link in pairwise(route)})
    layers = ordered(layers, links)
    sizes = {point: row if point in column_of else lane for layer in layers for point in layer}
    heights = levelled(layers, links, sizes)
    top = min((heights[point] - sizes[point] // 2 for point in heights), default=0)
    heights = {point: height - top for point, height in heights.items()}
    paths = {
        edge: [(column_of[edge[0]] + offset, heights[point]) for offset, point in enumerate(route)]
        for edge, route in routes.items()
    }
    bottom = max((heights[point] + (sizes[point] + 1) // 2 for point in heights), default=0)
    return Drawing({node: heights[node] for node in column_of}, paths, bottom)


def waypoints(edge: tuple[str, str], edges: Sequence[tuple[str, str]], column_of: Mapping[str, int]) -> list[str]:
    """Return what an edge leads through; long edges run together, at the end that has more of them."""
    source, target = edge
    long = [(a, b) for a, b in edges if column_of[b] - column_of[a] > 1]
    together = max((source, target), key=lambda node: sum(node in ends for ends in long))
    between = range(column_of[source] + 1, column_of[target])
    return [source, *(f"{together} in column {column}" for column in between), target]


def ordered(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the layers in the order with the fewest crossings that the sweeps to and fro find."""
    best = current = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = neighbours(links, forth)
        current = [list(layer) for layer in current]
        indices = range(1, len(current)) if forth else range(len(current) - 2, -1, -1)
        for index in indices:
            before = current[index - 1 if forth else index + 1]
            place = {point: at for at, point in enumerate(before)}
            current[index] = by_barycentre(current[index], near, place)
        best = min(best, current, key=lambda found: crossings(found, links))
    return best


def neighbours(links: Sequence[tuple[str, str]], to_the_left: bool) -> dict[str, list[str]]:
    """Return of each point those that it is linked to on one side."""
    found: dict[str, list[str]] = {}
    for left, right in links:
        point, other = (right, left) if to_the_left else (left, right)
        found.setdefault(point, []).append(other)
    return found


def by_barycentre(layer: Sequence[str], near: Mapping[str, list[str]], place: Mapping[str, int]) -> list[str]:
    """Return a layer in the order of the means of its neighbours' places; a point without any keeps its share."""
    share = len(place) / max(len(layer), 1)
    means = {
        point: sum(place[other] for other in near[point]) / len(near[point]) if point in near else at * share
        for at, point in enumerate(layer)
    }
    return sorted(layer, key=lambda point: means[point])


def crossings(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    """Return how many pairs of links cross."""
    place = {point: (column, at) for column, layer in enumerate(layers) for at, point in enumerate(layer)}
    drawn: dict[int, list[tuple[int, int]]] = {}
    for left, right in links:
        drawn.setdefault(place[left][0], []).append((place[left][1], place[right][1]))
    return sum(
        (a < c and b > d) or (a > c and b < d)
        for between in drawn.values()
        for at, (a, b) in enumerate(between)
        for c, d in between[:at]
    )


def levelled(
    layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]], sizes: Mapping[str, int]
) -> dict[str, int]:
    """Return heights near those of the neighbours, at which no two points of a layer overlap."""
    near = {point: found for point, found in neighbours(links, True).items()}
    for point, found in neighbours(links, False).items():
        near[point] = [*near.get(point, []), *found]
    heights: dict[str, int] = {}
    for layer in layers:
        heights |= apart(layer, [0] * len(layer), sizes)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wished = [
                sum(heights[other] for other in near[point]) // len(near[point]) if point in near else heights[point]
                for point in layer
            ]
            heights |= apart(layer, wished, sizes)
    return heights


def apart(layer: Sequence[str], wished: Sequence[int], sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the heights nearest to those wished, in the least squares, that keep order and distance.

    Points that would overlap form a block, which goes to the mean of its wishes.
    """
    offsets, end = [], 0
    for point in layer:
        offsets.append(end + sizes[point] // 2)
        end += sizes[point]
    blocks: list[tuple[int, int]] = []  # sum and number of the wishes, seen from the block's own top
    for wish, offset in zip(wished, offsets):
        total, number = wish - offset, 1
        while blocks and blocks[-1][0] * number >= total * blocks[-1][1]:
            total, number = total + blocks[-1][0], number + blocks[-1][1]
            blocks.pop()
        blocks.append((total, number))
    tops = [total // number for total, number in blocks for _ in range(number)]
    return {point: top + offset for point, top, offset in zip(layer, tops, offsets)}
