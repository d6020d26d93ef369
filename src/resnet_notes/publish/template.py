"""The text of the notes with its numbers, verdicts and figures put in.

The source is Markdown with Jinja2. A comment of Jinja2 is ``{## ... ##}``, since ``{#name}`` is Markdown's identifier.
A line that holds nothing but tags leaves no empty line, which would end a paragraph. Two braces of TeX need a blank
between them.
"""

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.runtime import Undefined
from jinja2.utils import missing

from resnet_notes.errors import BadInput
from resnet_notes.publish import values
from resnet_notes.publish.explorer import explore_markdown
from resnet_notes.publish.origins import origins_markdown
from resnet_notes.publish.values import Branch

VERDICTS = ("confirmed", "refuted", "undecided", "imprecise")
FILTERS = (values.percent, values.points, values.nats, values.measured, values.number)


class Context(NamedTuple):
    """What the text can name."""

    metrics: Mapping[str, Any]
    """``results/metrics.json``."""
    claims: Mapping[str, Any]
    """``results/claims.json``."""
    params: Mapping[str, Any]
    """``params.yaml``."""
    lineage: Mapping[str, Any]
    """What everything is made from, as ``provenance.lineage.lineage`` returns it."""
    tables: Path | None = None
    """The folder of the tables that a reader can explore; without it the text holds none."""


class Missing(StrictUndefined):
    """A key that is not there stops the build with a line that names the place and what is there."""

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, *rest: Any) -> None:
        super().__init__(obj.lacks(name) if isinstance(obj, Branch) else hint, obj, name, *rest)


class KeepLineEnds(Extension):
    """Keep the end of a line that ends with a tag and has text, too: ``trim_blocks`` would join two words there."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with ``+%}`` at the end of such lines."""
        return re.sub(r"^.+$", lambda line: kept(line[0]), source, flags=re.MULTILINE)


def kept(line: str) -> str:
    """Return a line with ``+%}`` at its end where it ends with a tag and is more than tags."""
    ends = re.fullmatch(r"(.*[^-+])%\}[ \t]*", line)
    return f"{ends[1]}+%}}" if ends and re.sub(r"\{%.*?%\}", "", line).strip() else line


def render(template: Path, context: Context) -> str:
    """Return the Markdown of a text.

    Args:
        template: the text; what it includes lies beside it.
        context: what it can name.

    Raises:
        BadInput: a key, figure or claim that is not there, a value that cannot be written so, or a mistake in a tag;
            the message names the file and the line.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent), undefined=Missing, extensions=[KeepLineEnds], finalize=writable,
        comment_start_string="{##", comment_end_string="##}", trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters.update({form.__name__: form for form in FILTERS})
    try:
        return environment.get_template(template.name).render(names(context))
    except TemplateSyntaxError as error:
        raise BadInput(f"{Path(error.filename or template).name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, BadInput) as error:
        raise BadInput(f"{place(error, template)}: {error}") from error


def place(error: Exception, template: Path) -> str:
    """Return file and line of the tag that failed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == template.parent]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else template.name


def writable(value: Any) -> Any:
    """Return what a tag puts into the text.

    Raises:
        BadInput: None, or many values where one was meant.
    """
    if value is None or (isinstance(value, Mapping | list | tuple) and not isinstance(value, Undefined)):
        raise BadInput(f"{values.named(value)} cannot be written as it is; use a filter, or name one value in it")
    return value


def names(context: Context) -> dict[str, Any]:
    """Return the values and the functions that the text can name."""
    claims = Branch(context.claims, "claims")
    shown: list[str] = []

    def claim(name: str) -> Mapping[str, Any]:
        if name not in claims:
            raise BadInput(claims.lacks(name))
        return claims[name]

    def stated(name: str, restated: bool = False) -> Mapping[str, Any]:
        found = claim(name)
        if restated and "restated" not in found:
            raise BadInput(claims[name].lacks("restated"))
        return found["restated"] if restated else found

    def is_judged(verdict: str) -> Callable[..., bool]:
        return lambda name, restated=False: (
            (not restated or "restated" in claim(name)) and stated(name, restated)["verdict"] == verdict
        )

    def figure(name: str, caption: str, here: bool = False) -> str:
        figures = context.lineage["figures"]
        if name not in figures:
            raise BadInput(f"there is no figure {name}; there is {', '.join(figures)}")
        shown.append(name)
        table = context.lineage["tables"][figures[name]["table"]]["file"]
        return figure_markdown(name, caption, table.rpartition("/")[2], figures[name]["sections"], here)

    def explore(name: str) -> str:
        if context.tables is None or name not in context.lineage["figures"]:
            return ""
        return explore_markdown(name, context.tables)

    return {
        "metrics": Branch(context.metrics, "metrics"),
        "claims": claims,
        "params": Branch(context.params, "params"),
        "verdict": lambda name: badge(claim(name)["verdict"], name),
        "effect": lambda name, restated=False: values.effect(stated(name, restated)),
        "figure": figure,
        "explore": explore,
        "judged": lambda *names: judged_markdown({name: claim(name) for name in names}),
        "claims_table": lambda: claims_markdown(claims),
        "origins": lambda: origins_markdown(context.lineage, shown),
        **{verdict: is_judged(verdict) for verdict in VERDICTS},
    }


def badge(verdict: str, claim: str) -> str:
    """Return a verdict as a badge that leads to the claim's row in the table of claims."""
    return f"[[{verdict}]{{.verdict .{verdict}}}](#claim:{claim})"


def figure_markdown(name: str, caption: str, table: str, sections: Sequence[str], here: bool = False) -> str:
    """Return a figure; the filter of the documents numbers it and writes its origin beneath.

    On paper it floats to the top of a page, unless it is to stand here.
    """
    words, place = " ".join(caption.split()), " .here" if here else ""
    return f'![{words}](figures/{name}.svg){{#fig:{name}{place} table="{table}" sections="{", ".join(sections)}"}}'


def judged_markdown(claims: Mapping[str, Any]) -> str:
    """Return claims with their verdicts as a list, for the place in the text that they belong to.

    What is said of a claim is Markdown, with mathematics and citations; a bar in it would end a cell of the table.
    """
    lines = [f"- {claim['statement']} {badge(claim['verdict'], name)}" for name, claim in claims.items()]
    return "\n".join(["::: {.judged}", *lines, ":::"])


def claims_markdown(claims: Mapping[str, Any]) -> str:
    """Return the table of all claims: what is said, the verdict, what was measured, and who said it."""
    # the widths of the columns are those of the dashes, as the lines are long
    lines = ["| Claim | Verdict | Measured | Source |", f"|{'-' * 34}|{'-' * 15}|{'-' * 34}|{'-' * 17}|"]
    lines += [claim_row(name, claim) for name, claim in claims.items()]
    return "\n".join(["::: {.claims}", *lines, ":::"])


def claim_row(name: str, claim: Mapping[str, Any]) -> str:
    """Return the row of a claim, with the statement as it is restated, if it is, and what was measured for that."""
    statement, measured, source = claim["statement"], evidence(claim), claim["source"]
    if restated := claim.get("restated"):
        statement += f" *Restated ({restated['verdict']}):* {restated['statement']}"
        measured += f" *Restated:* {evidence(restated)}"
        if restated["source"] != source:
            source += f" *Restated:* {restated['source']}"
    badge = f"[{claim['verdict']}]{{.verdict .{claim['verdict']}}}"
    return f"| [{statement}]{{#claim:{name}}} | {badge} | {measured} | {source} |"


def evidence(claim: Mapping[str, Any]) -> str:
    """Return what was measured beside what was claimed."""
    claimed = claim["claimed"].replace(" ", values.SPACE).replace("-", values.MINUS)
    return f"{values.effect(claim)}; claimed {claimed}."
