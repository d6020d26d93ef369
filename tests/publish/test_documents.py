"""The documents of a small text, read as a browser and a PDF reader would."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("pypandoc")
typst = pytest.importorskip("typst")

from resnet_notes.errors import BadInput  # noqa: E402
from resnet_notes.publish.html import to_html  # noqa: E402
from resnet_notes.publish.pandoc import convert  # noqa: E402
from resnet_notes.publish.pdf import to_pdf  # noqa: E402

NOTES = Path(__file__).parents[2] / "notes"
BIBLIOGRAPHY = """@article{he2016, author={He, Kaiming and Sun, Jian}, title={Deep Residual Learning}, journal={CVPR},
year={2016}, doi={10.1109/CVPR.2016.90}}"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0L40 20" stroke="#000"/></svg>'
TEXT = r"""---
title: Small notes
subtitle: A sample
author: [A. Author]
---

# Depth {#depth}

Layers.[A note with *stress* and [@he2016].]{.side} More.[Another.]{.side} As [](#eq:chain) and [](#fig:second) say.

$$ \operatorname{Var}\!\left(x\right) \; = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases} $$ {#eq:first}

$$ a = b $$

In one paragraph
$$ \frac{\partial L}{\partial x} = 2 $$ {#eq:chain}
and on.

## Below {#below}

![First & "quoted" *words*, see [](#eq:first).](figures/one.svg){#fig:first table="one.csv" sections="a, b"}

![Second.](figures/one.svg){#fig:second table="two.csv" sections="c"}

[](#below), [](#fig:first), [the section](#depth): [[confirmed]{.verdict .confirmed}](#claim:worse).

# References {.unnumbered}

::: {#refs}
:::
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folder of the results and the folder of the notes."""
    root = tmp_path_factory.mktemp("study")
    (root / "results/figures").mkdir(parents=True)
    (root / "results/figures/one.svg").write_text(SVG)
    shutil.copytree(NOTES, root / "notes")
    (root / "notes/references.bib").write_text(BIBLIOGRAPHY)
    return root / "results", root / "notes"


class Page(HTMLParser):
    """What a page holds: its ids, links, pictures, and its text."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.addresses, self.alts, self.tags, self.text = [], [], [], [], [], ""
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.addresses += [given[name] for name in ("src", "href", "srcset", "action", "data") if name in given]
        alt = given.get("alt") or given.get("aria-label") or ""
        self.alts += [" ".join(alt.split())] if tag == "img" else []

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(folders):
    return Page(to_html(TEXT, *folders).decode())


def test_references_have_the_numbers_of_what_they_lead_to(page):
    assert "As Equation 2 and Figure 2 say." in page.text
    assert "Section 1.1, Figure 1, the section: confirmed." in page.text
    assert "Figure 1. First & “quoted” words, see Equation 1." in page.text
    assert page.text.index("(1)") < page.text.index("(2)")


def test_every_link_leads_to_one_place_in_the_page(page):
    assert {"#eq:chain", "#fig:first", "#ref-he2016", "#depth"} <= set(page.links)
    assert all(page.ids.count(link.removeprefix("#")) == 1 for link in page.links)
    assert len(set(page.ids)) == len(page.ids)


def test_nothing_is_loaded_from_elsewhere(page, folders):
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    html = to_html(TEXT, *folders).decode()
    assert not re.search(r"url\((?!['\"]?data:)|@import", html)
    assert str(folders[0].parent) not in html


def test_a_picture_has_its_caption_as_words_for_who_cannot_see_it(page):
    assert page.alts == ["First & “quoted” words, see Equation 1.", "Second."]
    assert "Table one.csv · params a, b" in page.text


def test_a_picture_lies_in_a_box_that_scrolls_and_has_a_name(folders):
    html = to_html(TEXT, *folders).decode()
    boxes = re.findall(r'<span class="picture"([^>]*)>\s*<img', " ".join(html.split()))
    assert ["Figure 1, scrolls" in boxes[0], "Figure 2, scrolls" in boxes[1], len(boxes)] == [True, True, 2]
    assert all('tabindex="0"' in box and 'role="group"' in box for box in boxes)


def test_there_are_mathematics_contents_and_citations(page):
    assert page.tags.count("math") == 3 and page.tags.count("nav") == 1
    assert "He and Sun" in page.text and "Deep Residual Learning" in page.text


def test_the_pdf_has_no_date_and_no_place_of_this_machine(folders):
    pdf = to_pdf(TEXT, *folders)
    assert pdf.startswith(b"%PDF-")
    assert b"CreationDate" not in pdf and b"ModDate" not in pdf and str(folders[0].parent).encode() not in pdf


def test_pdf_and_html_number_alike(folders, page):
    source = convert(TEXT, "typst", folders[1], [])
    said = {id: words for id, words in re.findall(r"#link\(<((?:eq|fig):\w+)>\)\[(\w+~\d+)\]", source)}
    assert said == {
        "eq:chain": "Equation~2",
        "fig:second": "Figure~2",
        "eq:first": "Equation~1",
        "fig:first": "Figure~1",
    }
    assert source.count("#footnote[") == 2


def test_mathematics_is_put_right_for_print(folders):
    source = convert(TEXT, "typst", folders[1], [])
    assert 'op("Var")' in source and "h(-1em)" not in source and "h(0em)" not in source
    assert source.count("& quad") == 2
    assert convert(r"$\begin{aligned} a &= b \\; &= c \end{aligned}$", "typst", folders[1], []).count(";") == 1


@pytest.mark.parametrize(
    ("formula", "set_as"),
    [
        (r"\log 10", r"\log\, 10"),
        (r"N \log N", r"N \,\log\, N"),
        (r"\log_2 n", r"\log_2\, n"),
        (r"\partial \log P(v)", r"\partial \,\log\, P(v)"),
        (r"-\log\left(x\right)", r"-\log\left(x\right)"),
        (r"\exp(\log(x)) \cdot \log x", r"\exp(\log(x)) \cdot \log\, x"),
    ],
)
def test_a_logarithm_has_thin_spaces_on_the_screen(folders, formula, set_as):
    assert f'application/x-tex">{set_as}<' in convert(f"${formula}$", "html5", folders[1], ["--mathml"])


def test_what_touches_mathematics_stays_on_its_line(folders):
    html = convert("So ($x$).[Note.]{.side} And $y$ alone.", "html5", folders[1], ["--mathml"])
    assert html.count('<span class="bound">') == 1
    inside = html.partition('<span class="bound">')[2].partition('<span class="side"')[0]
    assert inside.startswith("(<math") and inside.endswith('</math>).<sup class="mark">1</sup></span>')


def test_a_display_can_break_at_its_wide_spaces_on_the_screen(folders):
    html = convert(r"$$ a = b, \qquad c = d $$ {#eq:two}", "html5", folders[1], ["--mathml"])
    assert html.count("<math") == 2 and html.count(">(1)<") == 1
    assert convert(r"$$ \frac{a \qquad b}{c} $$", "html5", folders[1], ["--mathml"]).count("<math") == 1


def test_print_holds_together_what_belongs_together(folders):
    text = "One.\n\nIt is\n\n$$ a = b $$\n\n" + "Long. " * 200 + "\n\n$$ c $$\n\n::: {.judged}\n- A claim.\n:::"
    source = convert(text, "typst", folders[1], [])
    assert source.count("#leading(indent: true)[") == source.count("#leading") == source.count("#together[") == 1


def test_a_figure_floats_in_print_unless_it_is_to_stay(folders):
    source = convert("![A.](a.svg){#fig:a}\n\n![B.](b.svg){#fig:b .here}", "typst", folders[1], [])
    assert source.count("placement: none") == 1 and source.index("placement: none") > source.index("a.svg")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[](#fig:gone)", "there is no fig:gone"),
        ("[](#eq:gone)", "there is no eq:gone"),
        ("[]{#place} and [](#place)", "place has no number"),
        ("# A {#a}\n\n# B {#a}", "Duplicate identifier 'a'"),
        ("$$x$$ {#eq:x}\n\n$$y$$ {#eq:x}", "eq:x is given twice"),
        ("As @fig:x says.", "@fig:x is a citation"),
        ("As @nobody1900 says.", "nobody1900"),
        (r"$$x \tag{3}$$", r"\tag is lost"),
        (r"$\nonsense{x}$", "nonsense"),
        ("![Gone.](figures/gone.svg){#fig:gone}", "gone.svg"),
        ("![Far.](https://example.org/far.svg){#fig:far}", "far.svg lies outside"),
    ],
)
@pytest.mark.parametrize("to", [to_html, to_pdf])
def test_what_is_wrong_stops_the_build_with_one_line(folders, to, text, message):
    with pytest.raises(BadInput) as error:
        to(f"---\ntitle: T\n---\n\n{text}\n", *folders)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_link_out_of_the_documents_becomes_its_words(folders):
    page = Page(to_html("---\ntitle: T\n---\n\n[words](https://example.org)", *folders).decode())
    assert "words" in page.text and not any("example.org" in address for address in page.addresses)


@pytest.mark.parametrize("name", ["html", "pdf"])
def test_another_process_in_another_place_makes_the_same_bytes(folders, tmp_path, name):
    here = {"html": to_html, "pdf": to_pdf}[name](TEXT, *folders)
    for folder in folders:
        shutil.copytree(folder, tmp_path / "elsewhere" / folder.name)
    (tmp_path / "text.md").write_text(TEXT)
    program = (
        f"import sys; from pathlib import Path; from resnet_notes.publish.{name} import to_{name} as to;"
        "text = Path('../text.md').read_text(); sys.stdout.buffer.write(to(text, Path('results'), Path('notes')))"
    )
    environment = os.environ | {"TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
    there = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "elsewhere", env=environment, capture_output=True, check=True
    )
    assert there.stdout == here
