"""All claims of the committed results: enough of them, each with its own name, sources and a verdict that follows."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml

from resnet_notes.claims import registry
from resnet_notes.claims.judgement import Claim, Effect, Evidence, Fact

ROOT = Path(__file__).parents[2]
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["claims"]


def test_without_evidence_nothing_is_decided_and_nothing_breaks() -> None:
    found = registry.verdicts(Evidence([], {}), PARAMS)
    assert all(claim["verdict"] == "undecided" for claim in found.values())


def test_two_claims_of_one_name_are_refused() -> None:
    own = SimpleNamespace(__name__="own", claims=lambda *_: {"same": Claim("It is.", "me", Fact("things", 1.0, 1.0))})
    with pytest.raises(ValueError, match="own: same is the name of another claim already"):
        registry.stated(Evidence([], {}), PARAMS, (own, own))


def test_each_family_is_corrected_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def source(name: str, count: int) -> SimpleNamespace:
        effect = Effect("points", pd.Series([1.0, 2.0, 4.0]), "above", 0.0)
        own = {f"{name}{number}": Claim("It is.", "me", effect) for number in range(count)}
        return SimpleNamespace(__name__=name, claims=lambda *_: own)

    few, many = source("few", 2), source("many", 5)
    monkeypatch.setattr(registry, "SOURCES", (many, few))
    monkeypatch.setattr(registry, "FAMILIES", {"first": (few,), "second": (many,)})
    found = registry.verdicts(Evidence([], {}), PARAMS)
    assert list(found) == [*(f"many{number}" for number in range(5)), "few0", "few1"]
    p = found["few0"]["p"]
    assert found["few0"]["p_corrected"] == pytest.approx(2 * p, rel=0.02) and found["few0"]["family"] == "first"
    assert found["many0"]["p_corrected"] == pytest.approx(5 * p, rel=0.02)


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    return json.loads((ROOT / "results" / "claims.json").read_text(encoding="utf-8"))


def test_the_registry_has_every_part_of_the_notes(committed: dict[str, Any]) -> None:
    assert len(committed) >= 20
    assert committed.keys() >= {
        "parity_dnf",
        "chain_exponent",
        "random_weights",
        "depth_gain",
        "degradation",
        "lesion_plain",
    }
    for claim in committed.values():
        assert claim["statement"].endswith(".") and claim["source"] and claim["effect"]


def test_committed_verdicts_follow_from_the_committed_numbers(committed: dict[str, Any]) -> None:
    """A second route: from the interval, the corrected p-value and the threshold as they stand in the file."""
    for name, claim in committed.items():
        parts = [claim, *filter(None, [claim.get("restated")])]
        verdicts = []
        for part in parts:
            if "found" in part:
                verdicts.append("confirmed" if float(part["claimed"]) == part["found"] else "refuted")
                continue
            side, threshold = part["claimed"].split()
            margin = float(threshold.removeprefix("±"))
            ends = (-margin, margin) if side == "within" else (margin,)
            crossed = part["low"] is not None and any(part["low"] <= end <= part["high"] for end in ends)
            same = part["p"] is None and part["n"] > 1 and not part["diverged"] and part["low"] == part["high"]
            same = same and not crossed  # all seeds on the threshold itself decide nothing
            if not same and (part["p_corrected"] is None or part["p_corrected"] >= 0.05 or crossed):
                assert side == "within" or not crossed or (part["p_corrected"] or 1.0) >= 0.05, name
                verdicts.append("undecided")
                continue
            holds = {
                "above": part["mean"] > margin,
                "below": part["mean"] < margin,
                "within": abs(part["mean"]) < margin,
            }
            verdicts.append("confirmed" if holds[side] else "refuted")
        imprecise = verdicts == ["refuted", "confirmed"]
        assert claim["verdict"] == ("imprecise" if imprecise else verdicts[0]), name


def test_sources_cite_works_of_the_bibliography(committed: dict[str, Any]) -> None:
    known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "notes" / "references.bib").read_text(encoding="utf-8"), re.M))
    for claim in (part for whole in committed.values() for part in (whole, whole.get("restated")) if part):
        assert set(re.findall(r"@(\w+)", claim["source"])) <= known
        assert "|" not in claim["statement"] + claim["effect"] + claim["source"], "a bar ends a cell of the table"
