"""The notes in git as a PDF reader finds them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

NOTES = Path(__file__).parents[2] / "results" / "notes.pdf"
TOOLS = ("pdftotext", "pdftohtml")
FIGURES = len([path for path in (NOTES.parent / "figures").iterdir() if path.suffix == ".svg"])

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and not all(map(shutil.which, TOOLS)), reason="needs pdftotext (Debian's poppler-utils)"
)


@pytest.fixture(scope="module")
def pages() -> list[str]:
    """The text of each page."""
    done = subprocess.run(["pdftotext", NOTES, "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


@pytest.fixture(scope="module")
def links() -> list[tuple[str, int]]:
    """The words of each link, and the page that it leads to."""
    done = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", NOTES], capture_output=True, check=True)
    found = ElementTree.fromstring(done.stdout).iter("a")
    targets = [("".join(link.itertext()), link.attrib["href"]) for link in found]
    return [(words, int(address.rpartition("#")[2])) for words, address in targets if "://" not in address]


def test_no_source_is_left_in_the_text(pages: list[str]) -> None:
    text = "".join(pages)
    assert len(text) > 50_000
    source = re.compile(r"\{\{|\}\}|\{%|%\}|\\[a-zA-Z]{2,}|\]\(|\[@|\{[#.]|:::|\bundefined\b|\bNaN\b|\bNone\b")
    assert [text[max(hit.start() - 30, 0) : hit.end() + 30] for hit in source.finditer(text)] == []


def test_every_figure_is_there_in_order(pages: list[str]) -> None:
    captions = re.findall(r"^Figure (\d+)\.", "".join(pages), re.MULTILINE)
    assert [int(number) for number in captions] == list(range(1, FIGURES + 1))


def test_links_lead_to_what_they_name(pages: list[str], links: list[tuple[str, int]]) -> None:
    assert {page for _, page in links} <= set(range(1, len(pages) + 1))
    to_figures = [(int(words.split()[1]), page) for words, page in links if re.fullmatch(r"Figure\s\d+", words)]
    assert len({number for number, _ in to_figures}) > 10
    for number, page in to_figures:
        assert re.search(rf"^Figure {number}\.", pages[page - 1], re.MULTILINE), (number, page)
