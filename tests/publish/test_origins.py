"""The appendix on origins, read as a browser would, and the layout of its graph."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pypandoc")
pytest.importorskip("typst")

from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.params.study import load_study
from resnet_notes.provenance.lineage import lineage
from resnet_notes.provenance.plan import Plan
from resnet_notes.publish.graph import BOX, EVERYWHERE
from resnet_notes.publish.html import to_html
from resnet_notes.publish.layered import apart, draw
from resnet_notes.publish.origins import origins_markdown
from resnet_notes.publish.pandoc import convert
from resnet_notes.publish.pdf import to_pdf

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "notes"


class Page(HTMLParser):
    """The ids and links of a page, the links of each thing with an id, and the elements of its graph."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.below: dict[str, list[str]] = {}
        self.words: dict[str, str] = {}
        self.graph: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if "id" in has:
            self.ids.append(has["id"])
        if tag == "a":
            self.links.append(has["href"])
            if self.ids:
                self.below.setdefault(self.ids[-1], []).append(has["href"].removeprefix("#"))
        if "data-from" in has or "data-node" in has or tag == "rect":
            self.graph.append((tag, has))

    def handle_data(self, data: str) -> None:
        if self.ids:
            self.words[self.ids[-1]] = self.words.get(self.ids[-1], "") + data


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return lineage(Plan(ROOT, load_study(ROOT)))


@pytest.fixture(scope="module")
def text(found: dict[str, Any]) -> str:
    figure = '![One.](figures/paths.svg){#fig:paths table="paths.csv" sections="paths"}'
    return f"---\ntitle: T\n---\n\n{figure}\n\n# Where\n\n{origins_markdown(found, ['paths'])}\n"


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(to_html(text, ROOT / "results", NOTES).decode())


def test_every_link_has_its_target(page: Page) -> None:
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= {*page.ids}
    assert "#fig:paths" in page.links and page.links.count("#origin:paths") >= 2


def test_everything_has_an_entry(found: dict[str, Any], page: Page) -> None:
    anchors = {"params": "params", "data": "data", "runs": "run", "experiments": "experiment", "tables": "table"}
    anchors |= {"figures": "origin", "summaries": "origin"}
    for kind, anchor in anchors.items():
        assert {f"{anchor}:{name}" for name in found[kind]} <= {*page.ids}, kind
    for name, run in found["runs"].items():
        assert run["key"] in page.words[f"run:{name}"]
    for name, data in found["data"].items():
        assert all(sha in page.words[f"data:{name}"] for sha in data["content"].values())


def reached(start: str, page: Page) -> set[str]:
    """All that the links of an entry lead to, and theirs; not back into the text."""
    seen, waiting = set(), [start]
    while waiting:
        anchor = waiting.pop()
        if anchor not in seen and not anchor.startswith("fig:"):
            seen.add(anchor)
            waiting += page.below.get(anchor, [])
    return seen


def test_a_figure_leads_to_all_that_it_depends_on(found: dict[str, Any], page: Page) -> None:
    """An entry and its table are read apart by the page's ids, so both are followed."""
    for name, figure in found["figures"].items():
        anchors = reached(f"origin:{name}", page) | reached(f"table:{figure['table']}", page)
        assert {f"params:{section}" for section in (*figure["sections"], *figure["shared"])} <= anchors, name
        assert {f"data:{data}" for data in figure["data"]} <= anchors, name
        rows = {run for run in found["runs"] if f"run:{run}" in anchors}
        rows |= {
            run
            for experiment, entry in found["experiments"].items()
            for run in entry["runs"]
            if f"experiment:{experiment}" in anchors
        }
        assert set(figure["runs"]) <= rows, name
        assert any(anchor.startswith("module:figures.") for anchor in anchors), name


def test_the_graph_has_the_edges_of_the_lineage(found: dict[str, Any], page: Page) -> None:
    anchor = {node["data-node"]: node["href"].removeprefix("#") for _, node in page.graph if "data-node" in node}
    edges = {(anchor[edge["data-from"]], anchor[edge["data-to"]]) for _, edge in page.graph if "data-from" in edge}
    assert len(edges) == sum("data-from" in edge for _, edge in page.graph)
    for name, figure in {**found["figures"], **found["summaries"]}.items():
        above, waiting = set(), {f"origin:{name}"}
        while waiting:
            waiting = {source for source, target in edges if target in waiting} - above
            above |= waiting
        wanted = {f"params:{one}" for one in (*figure["sections"], *figure["shared"]) if one not in EVERYWHERE}
        # an experiment starts from some runs of another: the graph is the coarser of the two
        assert wanted <= above, name
        assert {f"data:{data}" for data in figure["data"]} <= above, name
        assert (f"origin:{name}", "origin:notes") in edges


def test_no_two_boxes_touch(page: Page) -> None:
    columns: dict[str, list[int]] = {}
    for tag, drawn in page.graph:
        if tag == "rect":
            columns.setdefault(drawn["x"], []).append(int(drawn["y"]))
    assert len(columns) == 6
    for tops in columns.values():
        assert all(below - above > BOX for above, below in pairwise(sorted(tops)))


def test_it_is_small_and_the_same_each_time(found: dict[str, Any], text: str) -> None:
    appendix, plan = origins_markdown(found, ["paths"]), Plan(ROOT, load_study(ROOT))
    assert len(appendix.encode()) < 600 * len(plan.products) and appendix in text  # some words and a key for each
    assert appendix == origins_markdown(lineage(plan), ["paths"])


def test_in_print_there_is_a_short_table(found: dict[str, Any], text: str) -> None:
    source = convert(text, "typst", NOTES, [])
    assert "<svg" not in source and "details" not in source
    for entry in (*found["figures"].values(), *found["tables"].values(), *found["summaries"].values()):
        assert entry["key"] in source
    pages = [len(re.findall(rb"/Type\s*/Page\b", to_pdf(each, ROOT / "results", NOTES))) for each in (text, "# A\n")]
    assert pages[0] - pages[1] <= 2


def test_without_the_appendix_a_caption_has_no_link(text: str) -> None:
    page = Page(to_html(text.partition("# Where")[0], ROOT / "results", NOTES).decode())
    assert not any("origin:" in link for link in page.links)


@st.composite
def graphs(draws: st.DrawFn) -> tuple[list[list[str]], list[tuple[str, str]]]:
    columns = [
        [f"{at}{number}" for number in range(size)]
        for at, size in enumerate(draws(st.lists(st.integers(1, 5), min_size=2, max_size=4)))
    ]
    pairs = [(a, b) for at, left in enumerate(columns) for a in left for right in columns[at + 1 :] for b in right]
    return columns, draws(st.lists(st.sampled_from(pairs), unique=True, max_size=15))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_a_drawing_keeps_columns_apart_and_edges_whole(graph: tuple[list[list[str]], list[tuple[str, str]]]) -> None:
    columns, edges = graph
    drawing = draw(columns, edges, row=20, lane=4)
    assert drawing == draw(columns, edges, row=20, lane=4)
    column_of = {node: at for at, nodes in enumerate(columns) for node in nodes}
    for nodes in columns:
        heights = sorted(drawing.heights[node] for node in nodes)
        assert heights[0] >= 10 and heights[-1] + 10 <= drawing.height
        assert all(b - a >= 20 for a, b in pairwise(heights))
    assert set(drawing.paths) == set(edges)
    for (source, target), path in drawing.paths.items():
        assert [column for column, _ in path] == list(range(column_of[source], column_of[target] + 1))
        assert (path[0][1], path[-1][1]) == (drawing.heights[source], drawing.heights[target])
        # where it passes a column it runs between the boxes
        for column, height in path[1:-1]:
            assert all(abs(height - drawing.heights[node]) >= 12 for node in columns[column])


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8))
def test_wishes_that_leave_room_are_granted(steps: list[int]) -> None:
    layer = [str(number) for number in range(len(steps))]
    sizes = dict.fromkeys(layer, 10)
    roomy = [sum(abs(step) + 10 for step in steps[: at + 1]) for at in range(len(steps))]
    assert list(apart(layer, roomy, sizes).values()) == roomy
    found = list(apart(layer, steps, sizes).values())
    assert all(b - a >= 10 for a, b in pairwise(found))
