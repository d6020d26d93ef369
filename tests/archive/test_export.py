"""The archive of a commit: what it holds, that it repeats its bytes, what it is refused for, and what its metadata say."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rocrate.rocrate import ROCrate

from resnet_notes.archive.citation import read_citation
from resnet_notes.archive.export import export
from resnet_notes.errors import BadInput
from resnet_notes.params.study import load_study
from resnet_notes.provenance.plan import Plan

ROOT = Path(__file__).parents[2]
ADDED = {"ro-crate-metadata.json", ".zenodo.json", "params.resolved.yaml"}

Git = Callable[..., str]


def planned(root: Path, preset: str | None = None) -> Plan:
    return Plan(root, load_study(root, preset), preset)


def contents(place: Path) -> dict[str, bytes]:
    """The bytes of every file of a folder or a ZIP file."""
    if place.is_dir():
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with zipfile.ZipFile(place) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def entities(crate: Path) -> dict[str, dict[str, Any]]:
    graph = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)
    return {entity["@id"]: entity for entity in graph}


def references(value: Any) -> list[str]:
    """The addresses that a property refers to."""
    return [entry["@id"] for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]


def test_it_holds_what_git_holds_and_its_metadata(crate: Path, git: Git) -> None:
    tracked = set(git("ls-files").splitlines())
    assert {"results/notes.html", "results/metrics.json", "CITATION.cff", "LICENSE"} <= tracked
    held = contents(crate)
    assert set(held) == tracked | ADDED
    assert all(held[name] == Path(name).read_bytes() for name in tracked)


def test_with_runs_it_holds_their_folders_and_no_data(plan: Plan, tmp_path: Path) -> None:
    export(plan, tmp_path / "all.zip", runs=True)
    names = set(contents(tmp_path / "all.zip"))
    runs = {path for product in plan.of_kind("run") for path in product.paths}
    assert runs and runs <= names
    assert not any(name.startswith("data/") for name in names)


def test_one_commit_gives_one_sequence_of_bytes(crate: Path, tmp_path: Path, git: Git) -> None:
    clone = tmp_path / "elsewhere" / "clone"
    git("clone", "--quiet", ".", str(clone))
    assert not (clone / "results" / "runs").exists()
    with pytest.MonkeyPatch.context() as there:
        there.chdir(clone)
        export(planned(clone), tmp_path / "second.zip")
    first = crate.with_suffix(".zip")
    assert first.read_bytes() == (tmp_path / "second.zip").read_bytes()
    assert contents(first) == contents(crate)
    assert str(crate.parent).encode() not in first.read_bytes()


def test_the_archive_bears_the_time_of_the_commit(crate: Path) -> None:
    with zipfile.ZipFile(crate.with_suffix(".zip")) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 5, 4, 1, 2, 0)}  # UTC; ZIP counts in twos
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_hashes_and_sizes_are_those_of_the_files(crate: Path) -> None:
    described = [entity for entity in entities(crate).values() if "sha256" in entity]
    assert {"results/metrics.json", "params.yaml", "src/resnet_notes/training/run.py"} <= {e["@id"] for e in described}
    for entity in described:
        content = (crate / entity["@id"]).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))


def test_every_reference_leads_somewhere(crate: Path) -> None:
    known = entities(crate)
    for entity in known.values():
        for name, value in entity.items():
            for address in references(value):
                outside = name in ("conformsTo",) and address.startswith("https://")
                assert address in known or outside, (entity["@id"], name, address)


def test_a_figure_leads_back_to_its_data(crate: Path, exported: Any) -> None:
    """Walk from a picture through what made it, by the file alone, to runs of both architectures and to the bytes."""
    known = entities(crate)
    maker = {made: e for e in known.values() if e["@id"].startswith("#make-") for made in references(e["result"])}
    waiting, seen = ["results/figures/error_by_depth.svg"], set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        waiting += references(maker[address].get("object", [])) if address in maker else []
    keys = {known[address].get("value") for address in seen}
    below = {"degradation-plain-8-seed0", "degradation-plain-8-seed1", "residual-residual-8-seed0"}
    assert {exported.plan["run", name].key for name in below} <= keys
    assert {address for address in seen if address.startswith("#key-run")} == {f"#key-run-{name}" for name in below}
    assert "results/tables/error_by_depth.csv" in seen
    assert known["results/figures/error_by_depth.svg"]["isBasedOn"]["@id"] == "results/tables/error_by_depth.csv"
    data = known["#data-fashion-mnist"]
    assert "#data-fashion-mnist" in seen and data["license"]["@id"] == "https://spdx.org/licenses/MIT"
    hashes = {known[address]["value"] for address in references(data["identifier"])}
    assert "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888" in hashes


def test_no_time_is_given_but_that_of_the_commit(crate: Path, git: Git) -> None:
    times = {
        value for e in entities(crate).values() for name, value in e.items() if name.endswith(("Time", "datePublished"))
    }
    assert times == {"2026-05-04T01:02:01+00:00"}
    assert entities(crate)["./"]["version"] == git("rev-parse", "HEAD").strip()


def test_the_library_reads_it_back(crate: Path) -> None:
    read = ROCrate(crate)
    assert read.mainEntity.id == "Snakefile"
    assert {"results/notes.html", "results/claims.json"} <= {entity.id for entity in read.get("#build")["result"]}


def test_the_deposit_says_what_the_citation_says(crate: Path, git: Git) -> None:
    cited = yaml.safe_load(Path("CITATION.cff").read_text(encoding="utf-8"))
    deposit = json.loads((crate / ".zenodo.json").read_text(encoding="utf-8"))
    assert deposit["title"] == cited["title"]
    assert deposit["creators"] == [{"name": author["name"]} for author in cited["authors"]]
    assert deposit["license"] == cited["license"].lower()
    assert deposit["keywords"] == cited["keywords"]
    assert deposit["upload_type"] == cited["type"]
    assert deposit["version"] == git("rev-parse", "HEAD").strip()
    assert deposit["publication_date"] == "2026-05-04"
    assert [entry["identifier"] for entry in deposit["related_identifiers"]] == ["10.48550/arXiv.1512.03385"]


def test_a_preset_is_laid_over_the_params(project: Path, tmp_path: Path, git: Git) -> None:
    Path("presets/smoke.yaml").write_text("degradation: {seeds: [7]}\n")
    for product in planned(project, "smoke").products.values():
        product.folder.mkdir(parents=True, exist_ok=True)
        for name in product.files:
            (product.folder / name).write_text("made\n")
        (product.folder / product.seal).parent.mkdir(parents=True, exist_ok=True)
        (product.folder / product.seal).write_text(product.seal_text())
    git("commit", "--all", "--quiet", "--message", "Preset")
    export(planned(project, "smoke"), tmp_path / "smoke")
    assert yaml.safe_load((tmp_path / "smoke/params.resolved.yaml").read_text())["degradation"]["seeds"] == [7]
    assert (tmp_path / "smoke/params.yaml").read_bytes() == Path("params.yaml").read_bytes()
    assert (tmp_path / "smoke/results/presets/smoke/notes.pdf").is_file()  # though git ignores it
    known = entities(tmp_path / "smoke")
    assert {"presets/smoke.yaml", "params.yaml", "#data-fashion-mnist"} <= set(references(known["#build"]["object"]))
    assert "#key-run-degradation-plain-8-seed7" in known


def remove_product(root: Path) -> str:
    (root / "results/metrics.json").unlink()
    return "metrics metrics: not made"


def change_product(root: Path) -> str:
    (root / "results/tables/error_by_depth.csv").write_text("other\n")
    return "error_by_depth.csv"


def change_params(root: Path) -> str:
    params = root / "params.yaml"
    params.write_text(params.read_text().replace("learning_rate: 0.03", "learning_rate: 0.04"))
    return "not made"


@pytest.mark.parametrize("spoil", [remove_product, change_product, change_params])
def test_results_that_do_not_belong_to_the_commit_are_refused(
    spoil: Callable[[Path], str], project: Path, tmp_path: Path, git: Git
) -> None:
    named = spoil(project)
    plan = planned(project)
    with pytest.raises(BadInput, match="differs from the commit"):
        export(plan, tmp_path / "out")
    git("commit", "--all", "--quiet", "--message", "Spoilt")
    with pytest.raises(BadInput, match=named) as refused:
        export(plan, tmp_path / "out")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("*out*"))


def test_runs_that_are_not_there_are_refused_where_they_are_asked_for(plan: Plan, tmp_path: Path) -> None:
    Path(plan["run", "residual-residual-8-seed0"].paths[0]).unlink()
    with pytest.raises(BadInput, match="residual-residual-8-seed0"):
        export(plan, tmp_path / "with", runs=True)
    assert export(plan, tmp_path / "without") > 0


@pytest.mark.parametrize("name", ["new.py", "src/resnet_notes/new.py"])
def test_a_file_that_git_does_not_know_is_refused(name: str, plan: Plan, tmp_path: Path) -> None:
    (plan.root / name).write_text("")
    with pytest.raises(BadInput, match=f"{name}: differs from the commit, or is not in it"):
        export(plan, tmp_path / "out")


def test_a_place_that_is_taken_is_refused_and_left_alone(plan: Plan, tmp_path: Path) -> None:
    for place in (tmp_path / "full", tmp_path / "file", tmp_path / "file.zip", tmp_path / "folder.zip"):
        if place.name in ("full", "folder.zip"):
            place.mkdir()
        (place / "mine" if place.is_dir() else place).write_text("mine")
        with pytest.raises(BadInput, match=f"{place.name}: there already"):
            export(plan, place)
        assert (place / "mine" if place.is_dir() else place).read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert export(plan, tmp_path / "empty") == len(contents(tmp_path / "empty"))


def test_the_command_says_in_one_line_why_it_refuses(project: Path, tmp_path: Path) -> None:
    def call(path: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "resnet_notes", "export", str(path)]
        return subprocess.run(command, capture_output=True, text=True)

    good = call(tmp_path / "good.zip")
    assert good.returncode == 0, good.stderr
    assert good.stdout == f"{tmp_path / 'good.zip'}: {len(contents(tmp_path / 'good.zip'))} files\n"
    (project / ".git").rename(tmp_path / "git")
    bad = call(tmp_path / "bad")
    assert bad.returncode == 1
    assert bad.stderr.startswith("error: ") and "git knows no commit here" in bad.stderr
    assert bad.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"authors": []}, "authors"),
        ({"authors": [{"affiliation": "nowhere"}]}, "authors.0"),
        ({"license": None}, "license"),
        ({"cff-version": "1.1.0"}, "cff-version"),
        ({"message": ""}, "message"),
        ({"references": [{"type": "article", "title": "Without authors"}]}, "references.0.authors"),
    ],
)
def test_a_citation_that_lacks_a_field_is_refused(change: dict[str, Any], named: str, tmp_path: Path) -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(cited))
    assert read_citation(tmp_path).title == cited["title"]
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(cited | change))
    with pytest.raises(BadInput, match=f"^CITATION.cff: {named}: "):
        read_citation(tmp_path)
