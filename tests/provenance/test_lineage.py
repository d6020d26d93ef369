"""Where everything comes from, held against the keys, the seals and Snakemake's own rules."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from resnet_notes.data.catalogue import DATASETS
from resnet_notes.params.study import Study, load_study, overlay
from resnet_notes.provenance import plan as plan_module
from resnet_notes.provenance.code import Code
from resnet_notes.provenance.lineage import lineage
from resnet_notes.provenance.plan import Plan

MakePlan = Callable[..., Plan]
ROOT = Path(__file__).parents[2]
SHOWN = ("figures", "summaries")


@pytest.fixture(scope="module", autouse=True)
def code_read_once() -> Iterator[None]:
    """The plans of this module share what they read of the tree's code, which takes most of their time."""
    code = Code(ROOT / "src")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_module, "Code", lambda source: code if source == ROOT / "src" else Code(source))
        yield


@pytest.fixture(scope="module")
def study() -> Study:
    """The default study: it has every kind of experiment."""
    return load_study(ROOT)


@pytest.fixture(scope="module")
def found(study: Study) -> dict[str, Any]:
    return lineage(Plan(ROOT, study))


def shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: entry for kind in SHOWN for name, entry in found[kind].items()}


def test_it_is_plain_and_the_same_each_time(study: Study, found: dict[str, Any]) -> None:
    assert json.loads(json.dumps(found)) == found
    assert json.dumps(found) == json.dumps(lineage(Plan(ROOT, study)))
    assert str(ROOT) not in json.dumps(found)


def test_every_name_leads_somewhere(found: dict[str, Any]) -> None:
    kinds = {"sections": "params", "shared": "params", "data": "data", "runs": "runs", "starts_from": "runs"}
    for name, entry in (*shown(found).items(), *found["runs"].items()):
        for what, kind in kinds.items():
            named = entry.get(what) or []
            assert set([named] if isinstance(named, str) else named) <= found[kind].keys(), (name, what)
    for entry in (*shown(found).values(), *found["tables"].values(), *found["runs"].values()):
        assert (ROOT / found["modules"][entry["module"]]["file"]).is_file()
    assert {figure["table"] for figure in found["figures"].values()} == found["tables"].keys()


def test_every_figure_reaches_params_and_those_of_images_their_data(found: dict[str, Any]) -> None:
    for name, entry in shown(found).items():
        assert entry["sections"], name
        assert {f"datasets.{data}" for data in entry["data"]} == {
            section for section in (*entry["sections"], *entry["shared"]) if section.startswith("datasets.")
        }
        trained = {data for run in entry["runs"] if (data := found["runs"][run]["data"])}
        assert set(entry["data"]) == trained, name
    for name, entry in found["data"].items():
        assert entry["content"] == DATASETS[name].content


def made_from(seal: dict[str, Any], seals: dict[tuple[str, str], dict[str, Any]]) -> set[str]:
    """The runs below a sealed product, followed from seal to seal by their keys alone."""
    origin, below = seal["origin"], set()
    for name, key in (*origin.get("runs", {}).items(), *origin.get("starts_from", {}).items()):
        assert seals["run", name]["key"] == key
        below |= {name} | made_from(seals["run", name], seals)
    if "table" in origin:
        (table,) = (s for (kind, _), s in seals.items() if kind in ("table", "theory") and s["key"] == origin["table"])
        below |= made_from(table, seals)
    return below


def test_it_says_what_the_seals_say(make_plan: MakePlan, pretend: Callable[..., None]) -> None:
    plan = make_plan({"lesions": {"architectures": ["plain"], "depths": [8]}, "features": {"depth": 20}})
    for product in plan.products.values():
        pretend(product)
    seals = {}
    for path in (*Path().rglob("*.seal"), *Path().rglob("run.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        seals[tuple(content["product"].split())] = content
    found = lineage(plan)
    for kind in SHOWN:
        for name, entry in found[kind].items():
            seal = seals[name if kind == "summaries" else "figure", name]
            assert set(entry["runs"]) == made_from(seal, seals), name
            assert entry["key"] == seal["key"]
            assert entry["published"] == (seal["origin"].get("published") is not None)
            assert seal["origin"]["versions"].items() <= entry["libraries"].items()
            assert found["modules"][entry["module"]]["code"] == seal["origin"]["code"]
    assert found["figures"]["lesions"]["runs"] and found["figures"]["features"]["runs"]
    assert all(run["key"] == seals["run", name]["key"] for name, run in found["runs"].items())


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("recipe", {"recipe": {"learning_rate": 0.04}}),
    ("datasets.mnist", {"datasets": {"mnist": {"validation": 4000}}}),
    ("datasets.fashion-mnist", {"datasets": {"fashion-mnist": {"validation": 4000}}}),
    ("degradation", {"degradation": {"recipe": {"momentum": 0.8}}}),
    ("residual", {"residual": {"recipe": {"momentum": 0.8}}}),
    ("control", {"control": {"recipe": {"momentum": 0.8}}}),
    ("parity", {"parity": {"drawn_inputs": 3}}),
    ("triangle_map", {"triangle_map": {"drawn": [1]}}),
    ("linear_chain", {"linear_chain": {"target": 1.1}}),
    ("propagation", {"propagation": {"seed": 1}}),
    ("shattered_gradients", {"shattered_gradients": {"seed": 1}}),
    ("separation", {"separation": {"bias_scale": 0.4}}),
    ("trainability", {"trainability": {"learning_rate": 0.03}}),
    ("likelihood", {"likelihood": {"epochs": 30, "evaluate_at": [1, 30]}}),
    ("pretraining", {"pretraining": {"rbm": {"learning_rate": 0.07}}}),
    ("up_down", {"up_down": {"learning_rate": 0.07}}),
    ("techniques", {"techniques": {"momentum": 0.8}}),
    ("depth_gain", {"depth_gain": {"recipe": {"momentum": 0.8}}}),
    ("conv_techniques", {"conv_techniques": {"recipe": {"momentum": 0.8}}}),
    ("variants", {"variants": {"recipe": {"momentum": 0.8}}}),
    ("responses", {"responses": {"images": 77}}),
    ("lesions", {"lesions": {"images": 77}}),
    ("paths", {"paths": {"images": 77}}),
    ("extension", {"extension": {"deep": 62}}),
    ("gradients", {"gradients": {"images": 77}}),
    ("surfaces", {"surfaces": {"images": 77}}),
    ("probes", {"probes": {"images": 77}}),
    ("features", {"features": {"depth": 56}}),
    ("claims", {"claims": {"level": 0.9}}),
    ("device", {"device": "cuda"}),
    ("numerics", {"numerics": "native"}),
    ("threads", {"threads": 2}),
]


@pytest.mark.parametrize(("section", "changes"), CHANGES, ids=[section for section, _ in CHANGES])
def test_a_section_changes_what_names_it_and_nothing_else(
    section: str, changes: dict[str, Any], study: Study, found: dict[str, Any]
) -> None:
    given = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    changed = lineage(Plan(ROOT, Study.model_validate(overlay(given, changes))))
    before, after = shown(found), shown(changed)
    differ = {name for name in before if before[name]["key"] != after[name]["key"]}
    name_it = {name for name, entry in before.items() if section in (*entry["sections"], *entry["shared"])}
    # sections hold several things, and a change may miss some readers; none may be reached that does not name it
    assert differ and differ <= name_it
    assert {name for name in before if before[name] != after[name]} == differ
    assert [name for name in found["params"] if found["params"][name] != changed["params"][name]] == [section]


def test_every_section_is_tried(found: dict[str, Any]) -> None:
    assert {section for section, _ in CHANGES} == found["params"].keys()


def test_rules_are_called_as_snakemake_calls_them(found: dict[str, Any]) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=True
    )  # fmt: skip
    rules = {line.split()[0] for line in listed.stdout.splitlines() if line}
    entries = (*shown(found).values(), *found["tables"].values(), *found["runs"].values(), *found["data"].values())
    assert {entry["rule"] for entry in entries} <= rules
    assert rules - {entry["rule"] for entry in entries} == {
        "all", "data", "pretraining", "training", "inside", "theory", "figures", "notes", "documents",
    }  # fmt: skip


def test_a_folder_of_ones_own_is_there_with_the_hash_of_its_images(make_plan: MakePlan, tmp_path: Path) -> None:
    def content() -> Any:
        folder = {"path": str(tmp_path / "own"), "size": 8, "grey": True}
        plan = make_plan({"datasets": {"own": {"folder": folder, "validation": 1}}, "recipe": {"dataset": "own"}})
        return lineage(plan)["data"]["own"]["content"]

    for label in ("a", "b"):
        for part in ("train", "test"):
            (tmp_path / "own" / part / label).mkdir(parents=True)
            Image.new("L", (8, 8), 10).save(tmp_path / "own" / part / label / "one.png")
    before = content()
    assert before["size"] == 8 and len(before["folder"]) == 64
    Image.new("L", (8, 8), 200).save(tmp_path / "own" / "train" / "a" / "one.png")
    assert content()["folder"] != before["folder"]
