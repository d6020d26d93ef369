"""One value changed changes the paragraphs of the notes that name it, and no others.

Which paragraphs name a value is read off the source of the text: those whose tags have its name, or a name that was set
in a place that has it.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resnet_notes.errors import BadInput
from resnet_notes.params.study import load_study
from resnet_notes.provenance.lineage import lineage
from resnet_notes.provenance.plan import Plan
from resnet_notes.publish.template import Context, render

ROOT = Path(__file__).parents[2]
HEAD, TEXT = (ROOT / "notes" / "notes.md").read_text(encoding="utf-8").split("---\n", 1)
"""Macros and names, and the text with its title."""
PARAGRAPHS = [part for part in re.split(r"\n{2,}", TEXT) if "origins()" not in part]
"""The source by paragraph, without the appendix, which shows no results."""
PLACES = [part for part in re.split(r"\n(?=\{%- (?:macro|set))", HEAD) if part.startswith("{%")] + PARAGRAPHS
"""The macros, the names, and the paragraphs."""
METRICS, CLAIMS = (json.loads((ROOT / "results" / f"{name}.json").read_text()) for name in ("metrics", "claims"))
PARAMS = load_study(ROOT).model_dump(mode="json")
Paragraphs = dict[int, str]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Paragraphs]:
    """Renders the notes from the results in git, or from others, and returns what each paragraph says."""
    path = tmp_path_factory.mktemp("notes") / "notes.md"
    marked = (f"@{number}@\n\n{paragraph}" for number, paragraph in enumerate(PARAGRAPHS))
    path.write_text("---\n".join([HEAD, "\n\n".join(marked)]), encoding="utf-8")
    context = Context(METRICS, CLAIMS, PARAMS, lineage(Plan(ROOT, load_study(ROOT))))

    def paragraphs(**others: Any) -> Paragraphs:
        _, *parts = re.split(r"^@(\d+)@$", render(path, context._replace(**others)), flags=re.MULTILINE)
        said: Paragraphs = {}
        for number, text in zip(map(int, parts[::2]), parts[1::2], strict=True):
            said[number] = said.get(number, "") + text.strip()
        return said

    return paragraphs


@pytest.fixture(scope="module")
def before(rendered: Callable[..., Paragraphs]) -> Paragraphs:
    return rendered()


def changed(before: Paragraphs, after: Paragraphs) -> set[int]:
    """The paragraphs that say something else."""
    return {number for number in before.keys() | after.keys() if before.get(number, "") != after.get(number, "")}


def tags(source: str) -> str:
    """What stands in braces."""
    return " ".join(re.findall(r"\{\{.*?\}\}|\{%.*?%\}", source, re.DOTALL))


def naming(pattern: str) -> set[int]:
    """The paragraphs that name a value, be it by what is made of it elsewhere."""
    names: set[str] = set()
    while True:
        any_name = re.compile("|".join([pattern, *(rf"(?<![.\"\w]){name}\b" for name in sorted(names))]))
        found = [place for place in PLACES if any_name.search(tags(place))]
        made = set(re.findall(r"(?:set|macro) ([\w, ]+?)(?:\.\w+)? *[=(]", " ".join(map(tags, found))))
        made |= set(re.findall(r"(\w+)\.append", " ".join(map(tags, found))))
        made = {name for several in made for name in several.split(", ")} - {"_"}
        if made <= names:
            return {number for number, place in enumerate(PARAGRAPHS) if any_name.search(tags(place))}
        names |= made


def numbers(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all numbers in nested mappings."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from numbers(value, (*path, key))
    elif isinstance(values, int | float) and not isinstance(values, bool):
        yield path


def named(tree: str, path: tuple[str, ...]) -> str:
    """How the text writes a value or a mapping that holds it, as a pattern."""
    keys = [rf"(\.{re.escape(key)}\b|\[\"{re.escape(key)}\"\])" for key in path]
    wholes = [tree + "".join(keys[:count]) + r"(?![\w.\[])" for count in range(len(keys))]
    return "|".join([tree + "".join(keys), *wholes])


def mirrored(values: Any) -> Any:
    """Errors with all their orders reversed."""
    if not isinstance(values, dict):
        return values
    if "low" not in values:
        return {key: mirrored(value) for key, value in values.items()}
    of = {"low": "high", "high": "low", "mean": "mean", "median": "median"}
    found = {name: values[of[name]] for name in values if name in of}
    return values | {name: None if value is None else 100 - value for name, value in found.items()}


def with_other(values: Any, path: tuple[str, ...], by: float) -> Any:
    """A copy with one number multiplied."""
    key, *rest = path
    return values | {key: with_other(values[key], tuple(rest), by) if rest else type(values[key])(values[key] * by)}


@pytest.mark.parametrize("experiment", METRICS)
def test_errors_change_the_paragraphs_that_name_their_experiment(experiment, rendered, before) -> None:
    found = changed(before, rendered(metrics=METRICS | {experiment: mirrored(METRICS[experiment])}))
    assert found and found <= naming(named("metrics", (experiment,)))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_verdict_changes_the_paragraphs_that_name_its_claim(name, rendered, before) -> None:
    other = {"confirmed": "refuted", "refuted": "undecided"}.get(CLAIMS[name]["verdict"], "confirmed")
    found = changed(before, rendered(claims=CLAIMS | {name: CLAIMS[name] | {"verdict": other}}))
    table = {n for n, place in enumerate(PARAGRAPHS) if "claims_table()" in place}
    shown = {n for n, said in before.items() if f"](#claim:{name})" in said}
    assert shown | table <= found <= naming(rf"\"{name}\"") | table


@pytest.mark.parametrize("section", PARAMS)
def test_a_param_changes_the_paragraphs_that_name_it(section, rendered, before) -> None:
    """One of each section: the first of those that the text names, or else of all, with which it can be set."""
    paths = sorted(numbers(PARAMS[section], (section,)), key=lambda path: not naming(named("params", path)))
    for path in paths:
        try:
            after = rendered(params=with_other(PARAMS, path, 2))
        except BadInput:  # it chooses among the results, and there are none for this value
            continue
        assert changed(before, after) <= naming(named("params", path))
        break


@pytest.mark.parametrize("path", [("recipe", "steps"), ("claims", "level"), ("parity", "inputs")], ids=".".join)
def test_a_param_that_is_quoted_changes_its_paragraphs(path, rendered, before) -> None:
    after = rendered(params=with_other(PARAMS, path, 0.5))
    assert set() < changed(before, after) <= naming(named("params", path))


def test_nothing_changes_without_an_edit(rendered, before) -> None:
    assert rendered() == before
    assert len(before) == len(PARAGRAPHS)
