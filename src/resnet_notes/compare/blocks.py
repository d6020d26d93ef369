"""The text of a page as a list of blocks of words, so that two pages can be laid beside each other."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from html.parser import HTMLParser
from itertools import groupby
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder, tostring

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements of HTML that have no end."""
LEFT_OUT = {"head", "nav", "script", "style", "colgroup", "title"}
KINDS = {
    **{f"h{level}": "heading" for level in range(1, 7)},
    "p": "paragraph", "li": "item", "tr": "row", "figcaption": "caption", "summary": "summary", "pre": "code",
    "svg": "drawing", "img": "figure", "dt": "item", "dd": "item",
}  # fmt: skip
"""What the elements are called that hold words or a picture."""
HOLDERS = {
    "html", "body", "header", "main", "section", "div", "figure", "ul", "ol", "dl", "table", "thead", "tbody", "tfoot",
    "blockquote", "details", "footer", "aside", "article",
}  # fmt: skip
"""Elements that part what they hold from what stands around them."""
MARKS = {"em", "strong", "code", "sub", "sup"}
MARKS_OF_CLASSES = {"verdict": "strong", "side": "small"}
CELL, LABEL = {"td", "th"}, {"text"}
BAR = "|"
"""Stands between the cells of a row, and between the labels of a drawing."""
WORD = re.compile(r"([−+]?\d(?:[\d.,]*\d)?|\w+(?:['’-]\w+)*|[^\w\s])?(\s*)")


class Block(NamedTuple):
    """A paragraph, heading, list item, table row, caption, drawing or figure."""

    kind: str
    """A value of ``KINDS``."""
    name: str
    """The identifier of the figure that it belongs to, or nothing."""
    picture: str
    """The address of a figure's picture, ``data:`` and its bytes, or nothing."""
    words: tuple[str, ...]
    """Words, numbers, signs and formulas as HTML; each stands for itself with its emphasis around it."""
    spaces: tuple[str, ...]
    """What follows each word: a blank, or nothing."""

    @property
    def content(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What makes two blocks the same: all but the blanks."""
        return self[:4]


class Piece(NamedTuple):
    """A stretch of text under one emphasis, or one formula."""

    text: str
    marks: tuple[str, ...] = ()
    is_formula: bool = False


class _Reader(HTMLParser):
    """Builds a tree; unlike XML, HTML has elements without an end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tree = TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tree.start(tag, {name: value or "" for name, value in attrs if name != "xmlns"})
        if tag in VOID:
            self.tree.end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.tree.end(tag)

    def handle_data(self, data: str) -> None:
        self.tree.data(data)


def blocks_of(page: str) -> list[Block]:
    """Return the blocks of a page in the order of reading, without its contents, scripts and style.

    Args:
        page: a whole page of HTML whose elements all end, such as pandoc writes.
    """
    reader = _Reader()
    reader.feed(page[page.find("<html") :])  # a tree has one root, and what stands before it is no element
    reader.close()
    return list(_blocks(reader.tree.close(), "paragraph", ""))


def _blocks(element: Element, kind: str, name: str) -> Iterator[Block]:
    if element.tag == "figure":
        name = element.get("id", "")
    if element.tag == "img":
        yield Block("figure", name, element.get("src", ""), (), ())  # its caption says what it shows
        return
    if element.tag in ("tr", "svg"):
        yield _block(kind, name, list(_with_bars(element)))
        return
    for _, group in groupby(_parts(element, ()), lambda part: isinstance(part, Element)):
        parts = list(group)
        for child in parts:
            if isinstance(child, Element):
                yield from _blocks(child, KINDS.get(child.tag, kind), name)
        if words := list(words_of(parts)):
            yield _block(kind, name, words)


def _block(kind: str, name: str, words: list[tuple[str, str]]) -> Block:
    return Block(kind, name, "", tuple(word for word, _ in words), tuple(space for _, space in words))


def _parts(element: Element, marks: tuple[str, ...], whole: bool = False) -> Iterator[Piece | Element]:
    """Yield the text of an element in pieces, and the blocks in it as they are, or in pieces, too."""
    yield Piece(element.text or "", marks)
    for child in element:
        if child.tag == "math":
            yield Piece(_formula(child), marks, is_formula=True)
        elif not whole and (child.tag in KINDS or child.tag in HOLDERS):
            yield child
        elif child.tag not in LEFT_OUT and child.get("class") != "skip":
            apart = Piece(" " if "side" in child.get("class", "").split() else "")
            yield from (apart, *_parts(child, marks + _marks(child), whole), apart)
        yield Piece(child.tail or "", marks)


def _marks(element: Element) -> tuple[str, ...]:
    if element.tag in MARKS:
        return (element.tag,)
    return tuple(MARKS_OF_CLASSES[name] for name in element.get("class", "").split() if name in MARKS_OF_CLASSES)


def _formula(math: Element) -> str:
    alone = Element(math.tag, math.attrib)
    alone.extend(math)
    alone.text = math.text
    return tostring(alone, encoding="unicode", method="html")


def _with_bars(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the words of a row's cells, or of a drawing's labels, with a bar between two of them."""
    parts = [part for part in element.iter() if part.tag in CELL | LABEL]
    bar = Piece(f" {BAR} ")
    return words_of(piece for at, part in enumerate(parts) for piece in (*[bar] * (at > 0), *_parts(part, (), True)))


def words_of(parts: Iterable[Piece | Element]) -> Iterator[tuple[str, str]]:
    """Yield each word of the pieces of a text as HTML, and the blank behind it; a formula is one word."""
    word, space = "", ""
    for found, blank in (match for part in parts if isinstance(part, Piece) for match in _split(part)):
        if found:
            if word:
                yield word, space
            word, space = found, ""
        space = space or blank
    if word:
        yield word, ""


def _split(piece: Piece) -> Iterator[tuple[str, str]]:
    if piece.is_formula:
        yield piece.text, ""
        return
    opened = "".join(f"<{mark}>" for mark in piece.marks)
    closed = "".join(f"</{mark}>" for mark in reversed(piece.marks))
    for match in WORD.finditer(piece.text):
        word, blank = match[1], "\N{NO-BREAK SPACE}" if match[2] == "\N{NO-BREAK SPACE}" else match[2] and " "
        yield f"{opened}{escape(word)}{closed}" if word else "", blank
