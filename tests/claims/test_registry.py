"""All claims of the committed results: enough of them, each with its own name, sources and a verdict that follows."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml

from resnet_notes.claims import registry
from resnet_notes.claims.judgement import Claim, Evidence, Fact

ROOT = Path(__file__).parents[2]
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["claims"]


def test_without_evidence_nothing_is_decided_and_nothing_breaks() -> None:
    found = registry.verdicts(Evidence([], {}), PARAMS)
    assert all(claim["verdict"] == "undecided" for claim in found.values())


def test_two_claims_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    own = SimpleNamespace(__name__="own", claims=lambda *_: {"same": Claim("It is.", "me", Fact("things", 1.0, 1.0))})
    monkeypatch.setattr(registry, "SOURCES", (own, own))
    with pytest.raises(ValueError, match="own: same is the name of another claim already"):
        registry.stated(Evidence([], {}), PARAMS)


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
            if part["p_corrected"] is None or part["p_corrected"] >= 0.05:
                verdicts.append("undecided")
                continue
            assert not part["low"] <= float(threshold) <= part["high"] or pd.isna(part["low"]), name
            above = part["mean"] > float(threshold)
            verdicts.append("confirmed" if above == (side == "above") else "refuted")
        imprecise = verdicts == ["refuted", "confirmed"]
        assert claim["verdict"] == ("imprecise" if imprecise else verdicts[0]), name
