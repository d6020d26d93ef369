"""The notes in git: the documents belong to the results in git, and the text follows its numbers and verdicts."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from resnet_notes.params.study import load_study
from resnet_notes.provenance.lineage import lineage
from resnet_notes.provenance.plan import Plan
from resnet_notes.publish import documents
from resnet_notes.publish.template import VERDICTS, Context, render

ROOT = Path(__file__).parents[2]
TEXT = ROOT / "notes" / "notes.md"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(ROOT, load_study(ROOT))


@pytest.fixture(scope="module")
def context(plan: Plan) -> Context:
    metrics, claims = (json.loads((ROOT / "results" / f"{name}.json").read_text()) for name in ("metrics", "claims"))
    return Context(metrics, claims, plan.study.model_dump(), lineage(plan))


def test_the_committed_documents_are_made_of_the_committed_results(plan: Plan, tmp_path: Path) -> None:
    documents.write(tmp_path, TEXT, ROOT / "results", plan.study.model_dump(), lineage(plan))
    for name in ("notes.html", "notes.pdf"):
        assert (tmp_path / name).read_bytes() == (ROOT / "results" / name).read_bytes(), name
    assert (tmp_path / "notes.html").stat().st_size < 10_000_000


def test_every_figure_appears_once_and_leads_to_its_table(plan: Plan, context: Context) -> None:
    markdown = render(TEXT, context)
    assert sorted(re.findall(r"\{#fig:(\w+) ", markdown)) == sorted(product.name for product in plan.of_kind("figure"))
    for figure in context.lineage["figures"].values():
        assert (ROOT / context.lineage["tables"][figure["table"]]["file"]).is_file()
        assert figure["sections"] and set(figure["sections"]) <= context.params.keys()


def test_every_claim_stands_in_its_place(context: Context) -> None:
    """In the text itself, not in the table of all claims alone."""
    text, _ = render(TEXT, context).split("::: {.claims}")
    assert {name for name in context.claims if f"](#claim:{name})" not in text} == set()


def changed(before: str, after: str) -> set[str]:
    """The lines that two texts do not share."""
    return set(before.splitlines()) ^ set(after.splitlines())


@pytest.mark.parametrize("verdict", [verdict for verdict in VERDICTS if verdict != "imprecise"])
def test_sentences_follow_the_verdicts(verdict: str, context: Context) -> None:
    claims: dict[str, Any] = copy.deepcopy(dict(context.claims))
    claims["degradation"]["verdict"] = verdict
    before, after = render(TEXT, context), render(TEXT, context._replace(claims=claims))
    same = context.claims["degradation"]["verdict"] == verdict
    assert (before == after) == same
    if not same:
        assert f"[[{verdict}]{{.verdict .{verdict}}}](#claim:degradation)" in after


def test_every_verdict_can_be_any(context: Context) -> None:
    """No branch of the text is broken, whatever the runs show."""
    texts = set()
    for verdict in VERDICTS:
        claims = {
            name: claim | {"verdict": verdict}
            for name, claim in context.claims.items()
            if "restated" in claim or verdict != "imprecise"
        }
        claims |= {name: claim for name, claim in context.claims.items() if name not in claims}
        texts.add(render(TEXT, context._replace(claims=claims)))
    assert len(texts) == len(VERDICTS)


def test_a_number_changes_its_sentence_and_nothing_else(context: Context) -> None:
    metrics: dict[str, Any] = copy.deepcopy(dict(context.metrics))
    error = metrics["lesions"]["plain"]["56"]["rise"]
    error |= {name: error[name] + 0.3 for name in ("mean", "low", "high")}
    lines = changed(render(TEXT, context), render(TEXT, context._replace(metrics=metrics)))
    assert len(lines) == 2 and all("layers the rise is" in line for line in lines)
