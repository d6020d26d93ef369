"""What changed between two builds, as one page that loads nothing."""

from itertools import groupby
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from resnet_notes.compare.blocks import Block
from resnet_notes.compare.comparison import Build, Change, Comparison, Row, compare, sentences_of, verdicts_of
from resnet_notes.publish import values

NOTHING = "–"


class Stretch(NamedTuple):
    """Rows one after another that all changed, or of which none did."""

    is_changed: bool
    rows: list[Row]
    heading: str
    """The words of the heading above them, as HTML."""


def to_page(old: Build, new: Build) -> str:
    """Return the page that shows two builds beside each other.

    The same builds give the same text.

    Args:
        old: one build.
        new: what it is compared with.
    """
    environment = Environment(
        loader=PackageLoader("resnet_notes.compare", ""), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(value=shown, verdict=verdict, measured=measured, marked=marked, plain=plain)
    found = compare(old, new)
    parts = stretches(found.rows)
    return environment.get_template("page.html").render(
        old=old, new=new, found=found, counts=counts(found), stretches=parts,
        changed=sum(part.is_changed for part in parts), nothing=NOTHING, difference=difference, overlap=overlap,
    )  # fmt: skip


def counts(found: Comparison) -> list[tuple[str, int, str]]:
    """Return what is counted in the summary, how many of it changed, and where on the page that is shown."""
    return [
        ("Verdicts", len(found.verdicts), "verdicts"),
        ("Values of other claims", len(found.claims), "claims"),
        ("Metrics", len(found.metrics), "metrics"),
        ("Params", len(found.params), "params"),
        ("Sentences", found.sentences, "text"),
        ("Figures", found.figures, "text"),
    ]


def stretches(rows: list[Row]) -> list[Stretch]:
    """Return the rows in stretches that changed and stretches that did not."""
    found, heading = [], ""
    for is_changed, group in groupby(rows, lambda row: row.is_changed):
        part = list(group)
        found.append(Stretch(is_changed, part, heading))
        for row in part:
            if row.block.kind == "heading":
                heading = plain(row.block)
    return found


def marked(block: Block, marks: tuple[bool, ...], tag: str) -> Markup:
    """Return the words of a block with those that changed in an element, and their sentences set apart."""
    parts = []
    for part in sentences_of(block):
        words = zip(block.words[part], block.spaces[part], marks[part], strict=True)
        text = "".join(_run(list(run), tag if is_marked else "") for is_marked, run in groupby(words, lambda w: w[2]))
        parts.append(f'<span class="sentence">{text}</span>' if any(marks[part]) else text)
    return Markup("".join(parts))


def _run(words: list[tuple[str, str, bool]], tag: str) -> str:
    """Return words as HTML, in an element if there is one; the last blank stands behind it."""
    text = "".join(word + space for word, space, _ in words[:-1]) + words[-1][0]
    return (f"<{tag}>{text}</{tag}>" if tag else text) + words[-1][1]


def plain(block: Block) -> Markup:
    """Return the words of a block as HTML."""
    return Markup("".join(word + space for word, space in zip(block.words, block.spaces, strict=True)))


def shown(value: Any) -> str:
    """Return a value as it is written in a table."""
    if value is None:
        return NOTHING
    if isinstance(value, dict):
        digits = values.digits_of(value)
        mean = "no value" if value["mean"] is None else values.number(value["mean"], digits)
        return f"{mean} ({values.spread(value, digits)})"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def verdict(claim: dict[str, Any] | None) -> str:
    """Return the verdict on a claim, and on its restatement."""
    return "; restated: ".join(verdicts_of(claim)) or NOTHING


def measured(claim: dict[str, Any]) -> str:
    """Return what was measured for a claim, and for its restatement."""
    return "; restated: ".join(values.effect(part) for part in (claim, claim.get("restated")) if part)


def middle(value: Any) -> float | None:
    """Return the number that a difference is taken of, or None if there is none."""
    number = value["mean"] if isinstance(value, dict) else value
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def difference(change: Change) -> str:
    """Return by how much a number grew."""
    old, new = middle(change.old), middle(change.new)
    return NOTHING if old is None or new is None else f"{new - old:+.4g}".replace("-", values.MINUS)


def overlap(change: Change) -> str:
    """Return whether two intervals have a point in common."""
    old, new = change.old, change.new
    if not all(isinstance(value, dict) and value["low"] is not None for value in (old, new)):
        return NOTHING
    return "yes" if old["low"] <= new["high"] and new["low"] <= old["high"] else "no"
