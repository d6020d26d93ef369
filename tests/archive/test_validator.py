"""The published validator of RO-Crates accepts the archive, and does not accept one that is spoilt."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_cache import CachedSession
from rocrate import vocabs
from urllib3 import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
UNKNOWN = {
    "process-run-crate-0.5_8.4",  # the end of each action, which is not known
    "process-run-crate-0.5_5.1",  # an absolute address of each module, and
    "process-run-crate-0.5_3.2",  # a page of each: there is no public repository
    "ro-crate-1.1_22.3",  # a publisher
    "ro-crate-1.1_31.2",  # a page of the authors
}
"""What is recommended, and not said."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's cache with the terms of RO-Crate 1.1, so that it needs no network.

    The library brings those of 1.3, which differ for what the crate says in two: 1.1 has another address of workflows,
    and no hashes.
    """
    terms = dict(vocabs.RO_CRATE["@context"]) | {
        "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow"
    }
    del terms["sha256"]
    body = json.dumps({"@context": terms}).encode()
    place = tmp_path_factory.mktemp("cache") / "http"
    with CachedSession(str(place), backend="sqlite", expire_after=-1) as session:
        answer = requests.Response()
        answer.status_code, answer.url, answer._content = 200, CONTEXT, body
        answer.headers["Content-Type"] = "application/ld+json"
        answer.request = requests.Request("GET", CONTEXT).prepare()
        answer.raw = HTTPResponse(status=200, headers=answer.headers)
        session.cache.save_response(answer, session.cache.create_key(answer.request))
    return place


def validate(crate: Path, cache: Path, severity: str, report: Path) -> dict[str, Any]:
    """Return the validator's report on a crate, by the strictest profile, which includes the others."""
    program = Path(sys.executable).with_name("rocrate-validator")
    command = [str(program), "--no-interactive", "validate", "--offline", "--cache-path", str(cache)]
    command += ["--profile-identifier", "provenance-run-crate-0.5", "--requirement-severity", severity]
    command += ["--output-format", "json", "--output-file", str(report), str(crate)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert report.is_file(), done.stdout + done.stderr
    return json.loads(report.read_text(encoding="utf-8"))


def test_a_validator_accepts_the_archive(crate: Path, cache: Path, tmp_path: Path) -> None:
    report = validate(crate, cache, "RECOMMENDED", tmp_path / "report.json")
    said = {(issue["severity"], issue["check"]["identifier"], issue["message"]) for issue in report["issues"]}
    assert not [entry for entry in said if entry[0] == "REQUIRED"]
    assert not [entry for entry in said if entry[1] not in UNKNOWN]
    checked = {"ro-crate-1.1", "workflow-ro-crate-1.0", "workflow-run-crate-0.5", "provenance-run-crate-0.5"}
    assert checked <= set(report["statistics"]["profiles"])
    assert report["statistics"]["total_checks_by_severity"]["REQUIRED"] > 80
    assert report["statistics"]["total_skipped_checks"] == 0


def test_a_validator_refuses_an_archive_that_lacks_a_file_and_a_step(crate: Path, cache: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(crate, spoilt)
    (spoilt / "results/metrics.json").unlink()
    path = spoilt / "ro-crate-metadata.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for entity in content["@graph"]:
        if entity["@id"] == "#build":
            del entity["instrument"]
    path.write_text(json.dumps(content), encoding="utf-8")
    report = validate(spoilt, cache, "REQUIRED", tmp_path / "report.json")
    messages = " ".join(issue["message"] for issue in report["issues"])
    assert not report["passed"]
    assert "instrument" in messages and "results/metrics.json" in messages
