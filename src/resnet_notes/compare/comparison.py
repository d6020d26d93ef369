"""What changed between two builds, as data."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, NamedTuple

from resnet_notes.compare.blocks import Block, blocks_of

ALIKE = 0.4
"""The least share of words that two blocks have in common if one is to be shown as a change of the other."""
INTERVAL = {"mean", "low", "high", "n"}
ENDS, CLOSERS = set(".!?"), set(")”’\"'")


class Build(NamedTuple):
    """The results of a study that can be compared."""

    label: str
    """How it is called on the page."""
    page: str
    """``notes.html``."""
    metrics: Mapping[str, Any]
    """``metrics.json``."""
    claims: Mapping[str, Any]
    """``claims.json``."""
    params: Mapping[str, Any]
    """What the notes were set with, from their seal."""


@dataclass(frozen=True)
class Change:
    """Something that has another value.

    Attributes:
        path: the keys that lead to it.
        old: its value before; None if it was not there, or was null.
        new: its value after.
    """

    path: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True)
class Row:
    """A block before and after; at least one of the two is there.

    Attributes:
        old: the block before.
        new: the block after.
        old_marks: of each word before, whether it is gone.
        new_marks: of each word after, whether it has come.
    """

    old: Block | None
    new: Block | None
    old_marks: tuple[bool, ...]
    new_marks: tuple[bool, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the two differ."""
        return self.old is None or self.new is None or self.old.content != self.new.content

    @property
    def block(self) -> Block:
        """The block after, or the one before if it is gone."""
        block = self.new or self.old
        assert block is not None
        return block

    @property
    def sentences(self) -> int:
        """How many sentences changed: the larger number of both sides."""
        sides = ((self.old, self.old_marks), (self.new, self.new_marks))
        return max(sum(any(marks[part]) for part in sentences_of(block)) for block, marks in sides if block)

    @property
    def is_figure(self) -> bool:
        """Whether it is a picture, which has no words; its caption has a row of its own."""
        return self.block.kind == "figure"


@dataclass(frozen=True)
class Comparison:
    """What changed.

    Attributes:
        verdicts: claims with another verdict, and those that came or went; a claim's path is its name.
        claims: what else is said of claims that were judged before and after, with the same verdict.
        metrics: numbers and intervals of the metrics.
        params: values of the params.
        rows: both texts whole, block by block.
    """

    verdicts: list[Change]
    claims: list[Change]
    metrics: list[Change]
    params: list[Change]
    rows: list[Row]

    @property
    def sentences(self) -> int:
        """How many sentences changed."""
        return sum(row.sentences for row in self.rows)

    @property
    def figures(self) -> int:
        """How many figures have another picture, came or went."""
        return sum(row.is_figure and row.is_changed for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.verdicts or self.claims or self.metrics or self.params) and not any(
            row.is_changed for row in self.rows
        )


def compare(old: Build, new: Build) -> Comparison:
    """Return what changed between two builds."""
    judged = changes(old.claims, new.claims, depth=1)
    flipped = [change for change in judged if verdicts_of(change.old) != verdicts_of(change.new)]
    return Comparison(
        flipped,
        [
            Change(claim.path + part.path, part.old, part.new)
            for claim in judged
            if claim not in flipped
            for part in changes(claim.old, claim.new)
        ],
        changes(old.metrics, new.metrics),
        changes(old.params, new.params),
        aligned(blocks_of(old.page), blocks_of(new.page)),
    )


def verdicts_of(claim: Mapping[str, Any] | None) -> list[str]:
    """Return the verdicts on a claim and on its restatement; none on a claim that is not there."""
    return [part["verdict"] for part in (claim, claim and claim.get("restated")) if part]


def changes(old: Mapping[str, Any], new: Mapping[str, Any], depth: int | None = None) -> list[Change]:
    """Return the leaves of two nested mappings that differ, in the order of the new one, and then those that are gone.

    Args:
        old: before.
        new: after.
        depth: how many keys lead to a leaf; None descends to numbers, texts, lists and intervals.
    """
    before, after = dict(leaves(old, depth)), dict(leaves(new, depth))
    return [
        Change(path, before.get(path), after.get(path))
        for path in dict.fromkeys([*after, *before])
        if path not in before or path not in after or before[path] != after[path]
    ]


def leaves(values: Mapping[str, Any], depth: int | None, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Yield the path and the value of every leaf; an interval is one, and an empty mapping has none."""
    for key, value in values.items():
        here = (*path, key)
        if isinstance(value, Mapping) and value.keys() - {"of"} != INTERVAL and len(here) != depth:
            yield from leaves(value, depth, here)
        else:
            yield here, value


def aligned(old: Sequence[Block], new: Sequence[Block]) -> list[Row]:
    """Return two texts block by block: the same blocks in pairs, and what changed between them in pairs if alike.

    Exchanging the texts exchanges the sides of the rows, which ``difflib`` alone does not promise: it breaks ties by
    the order of its arguments.
    """
    before, after = [block.content for block in old], [block.content for block in new]
    if after < before:
        return _in_order([Row(row.new, row.old, row.new_marks, row.old_marks) for row in aligned(new, old)])
    rows: list[Row] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        pairs = zip(old[i:j], new[k:m], strict=True) if kind == "equal" else _paired(old[i:j], new[k:m])
        rows += [row_of(*pair) for pair in pairs]
    return _in_order(rows)


def _in_order(rows: list[Row]) -> list[Row]:
    """Return rows with what is gone before what has come."""
    stretches = groupby(rows, lambda row: row.old is None or row.new is None)
    return [row for alone, part in stretches for row in (sorted(part, key=lambda row: not row.old) if alone else part)]


def _paired(old: Sequence[Block], new: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
    """Yield the pairs, in both orders, that have most in common together; a block without one is alone."""
    likeness = [[alike(before, after) for after in new] for before in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            together = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] else 0.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1
    yield from ((block, None) for block in old[i:])
    yield from ((None, block) for block in new[j:])


def alike(old: Block, new: Block) -> float:
    """Return how much two blocks have in common: 0 if one is no change of the other, 1 at most."""
    if old.kind != new.kind or old.name != new.name:
        return 0.0
    if old.name:  # a figure, or its caption, is what its name says
        return 1.0
    both = sum((Counter(old.words) & Counter(new.words)).values())
    share = 2 * both / (len(old.words) + len(new.words))
    return share if share >= ALIKE else 0.0


def row_of(old: Block | None, new: Block | None) -> Row:
    """Return two blocks with the words marked that one has and the other has not."""
    before, after = old.words if old else (), new.words if new else ()
    gone, come = [True] * len(before), [True] * len(after)
    for i, j, size in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        gone[i : i + size] = come[j : j + size] = [False] * size
    return Row(old, new, tuple(gone), tuple(come))


def sentences_of(block: Block) -> Iterator[slice]:
    """Yield the sentences of a block; "He et al. 2015" is not the end of one, and a mark of a note belongs to it."""
    bare = [re.sub(r"<[^>]*>", "", word) for word in block.words]
    start = 0
    for at, (word, space) in enumerate(zip(block.words, block.spaces, strict=True)):
        closes = bare[at] in CLOSERS or word.startswith("<sup>")
        ended = bare[at] in ENDS or (closes and at > 0 and bare[at - 1] in ENDS)
        last = at + 1 == len(bare)
        if last or (ended and space and not bare[at + 1][:1].islower() and not block.words[at + 1][0].isdigit()):
            yield slice(start, at + 1)
            start = at + 1
