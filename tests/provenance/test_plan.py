"""Keys: each change of params, code, data or libraries reaches what depends on it, and nothing else."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resnet_notes.provenance import plan as plan_module
from resnet_notes.provenance import product as product_module
from resnet_notes.provenance.files import canonical, hash_of_file, short_hash
from resnet_notes.provenance.plan import THEORY, Plan

MakePlan = Callable[..., Plan]
Keys = dict[tuple[str, str], str]

DERIVED = {"table", "figure", "metrics", "claims"}


def keys(plan: Plan) -> Keys:
    return {place: product.key for place, product in plan.products.items()}


def changed(before: Keys, after: Keys) -> set[tuple[str, str]]:
    assert before.keys() == after.keys()
    return {place for place in before if before[place] != after[place]}


def kinds(places: set[tuple[str, str]]) -> set[str]:
    return {kind for kind, _ in places}


def test_products_of_a_study(make_plan: MakePlan) -> None:
    plan = make_plan()
    computed = len(THEORY)
    assert [len(plan.of_kind(kind)) for kind in ("data", "run", "theory", "table", "figure", "metrics", "claims")] == [
        2, 4 + 4 + 2, computed, 3, 3 + computed, 1, 1,
    ]  # fmt: skip
    phases = ("data", "pretraining", "training", "inside", "theory", "figures")
    assert [len(plan.of_phase(phase)) for phase in phases] == [
        2, 0, 10, 0, computed, 8 + computed,
    ]  # fmt: skip
    found = keys(plan)
    assert len(set(found.values())) == len(found)
    assert all(re.fullmatch("[0-9a-f]{12}", key) for key in found.values())
    places = [path for product in plan.products.values() for path in product.paths]
    assert len(set(places)) == len(places)
    assert all(product.key in str(product.folder / product.seal) for product in plan.products.values())


def test_the_same_tree_gives_the_same_keys(make_plan: MakePlan) -> None:
    assert keys(make_plan()) == keys(make_plan())


def test_without_a_control_its_figure_is_left_out(make_plan: MakePlan) -> None:
    plan = make_plan({"control": {"depths": []}})
    assert [product.name for product in plan.of_kind("table")] == ["training_curves", "error_by_depth"]
    assert {product.name for product in plan.of_kind("figure")} == {"training_curves", "error_by_depth", *THEORY}


ALL_RUNS = {"run"} | DERIVED
THEORY_TOO = {"theory"} | ALL_RUNS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"claims": {"degradation_points": 11.0}}, {"claims"}),
        ({"claims": {"level": 0.9}}, {"claims"}),
        ({"recipe": {"learning_rate": 0.04}}, ALL_RUNS),
        ({"recipe": {"decay": {"kind": "steps", "at": [9], "factor": 0.5}}}, ALL_RUNS),
        ({"datasets": {"fashion-mnist": {"validation": 4000}}}, ALL_RUNS),
        ({"datasets": {"mnist": {"validation": 4000}}}, set()),
        ({"threads": 2}, THEORY_TOO),
        ({"numerics": "native"}, THEORY_TOO),
        ({"triangle_map": {"layers": [1, 2, 3]}}, {"theory", "figure", "metrics", "claims"}),
        ({"device": "cuda"}, ALL_RUNS),
        ({"made_with": {"torch": "2.11.0", "numpy": "2.4.6", "safetensors": "0.8.0"}}, ALL_RUNS),
        ({}, set()),
    ],
)
def test_a_param_reaches_what_depends_on_it(changes: dict[str, Any], expected: set[str], make_plan: MakePlan) -> None:
    before = keys(make_plan())
    places = changed(before, keys(make_plan(changes)))
    assert kinds(places) == expected
    if "theory" in expected and "run" in expected:
        assert len(places) == len(before) - 2, "all but the data"
    elif "run" in expected:
        assert len(places) == 10 + 8
    elif "theory" in expected:
        assert {name for _, name in places} == {"triangle_map", "metrics", "claims"}


def test_an_override_reaches_its_experiment(make_plan: MakePlan) -> None:
    places = changed(keys(make_plan()), keys(make_plan({"control": {"recipe": {"learning_rate": 0.5}}})))
    assert {name for kind, name in places if kind == "run"} == {
        "control-plain-8-seed0",
        "control-residual-8-seed0",
    }
    assert {name for kind, name in places if kind in ("table", "figure")} == {"longer_training"}
    assert kinds(places) == ALL_RUNS


def test_another_seed_leaves_the_other_runs_alone(make_plan: MakePlan) -> None:
    before, after = keys(make_plan()), keys(make_plan({"residual": {"seeds": [0, 1, 2]}}))
    assert all(after[place] == key for place, key in before.items() if place[0] == "run")
    assert {place for place, key in before.items() if after[place] != key} == {
        place for place in before if place[0] in DERIVED and place[1] not in THEORY
    }


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("training/loop.py", ALL_RUNS),
        ("models/convnet.py", ALL_RUNS),
        ("data/tensors.py", ALL_RUNS),
        ("errors.py", THEORY_TOO),
        ("theory/signals.py", {"theory", "figure", "metrics", "claims"}),
        (
            "theory/mean_field.py",
            {"metrics", "claims"},
        ),  # beside them the figure of the stacks, which this study has none of
        ("analysis/statistics.py", DERIVED - {"table"}),
        ("analysis/runs.py", DERIVED),
        ("analysis/summary.py", {"metrics"}),
        ("claims/depth.py", {"claims"}),
        ("figures/style.py", {"figure"}),
        ("cli.py", set()),
        ("params/study.py", set()),
        ("provenance/plan.py", set()),
        ("data/fetch.py", set()),
    ],
)
def test_an_edit_reaches_what_runs_the_module(
    module: str, expected: set[str], project: Path, make_plan: MakePlan
) -> None:
    before = keys(make_plan())
    path = project / "src" / "resnet_notes" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n\n# a comment\n", encoding="utf-8")
    assert changed(before, keys(make_plan())) == set()
    path.write_text(text + "\nADDED = 1\n", encoding="utf-8")
    assert kinds(changed(before, keys(make_plan()))) == expected


def test_an_edit_of_one_figure_leaves_the_others(project: Path, make_plan: MakePlan) -> None:
    before = keys(make_plan())
    path = project / "src" / "resnet_notes" / "figures" / "training_curves.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
    places = changed(before, keys(make_plan()))
    assert ("figure", "training_curves") in places and ("figure", "error_by_depth") not in places
    assert kinds(places) == {"figure"}


def test_published_numbers_reach_the_figures_and_the_claims(project: Path, make_plan: MakePlan) -> None:
    before = keys(make_plan())
    with (project / "notes" / "published.csv").open("a") as file:
        file.write("\n")
    assert kinds(changed(before, keys(make_plan()))) == {"figure", "claims"}


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("torch", THEORY_TOO),
        ("safetensors", ALL_RUNS),
        ("numpy", THEORY_TOO),
        ("pandas", {"theory"} | DERIVED),
        ("matplotlib", {"figure"}),
        ("pydantic", set()),
    ],
)
def test_a_library_reaches_what_uses_it(
    library: str, expected: set[str], make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(make_plan())
    real = plan_module.version
    plan_module.versions.cache_clear()
    monkeypatch.setattr(plan_module, "version", lambda name: "99" if name == library else real(name))
    try:
        assert kinds(changed(before, keys(make_plan()))) == expected
    finally:
        plan_module.versions.cache_clear()


def test_the_data_reach_every_run(make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(make_plan())
    monkeypatch.setattr(plan_module, "data_key", lambda *_: "0123456789ab")
    assert kinds(changed(before, keys(make_plan()))) == {"data"} | ALL_RUNS


def test_a_raised_version_makes_everything_anew(make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(make_plan())
    monkeypatch.setattr(product_module, "VERSION", product_module.VERSION + 1)
    assert kinds(changed(before, keys(make_plan()))) == THEORY_TOO


def test_a_preset_shares_keys_but_no_place(make_plan: MakePlan) -> None:
    plain, preset = make_plan(), make_plan(preset="smoke")
    assert keys(plain) == keys(preset)
    paths = {path for product in plain.products.values() if product.kind != "data" for path in product.paths}
    theirs = {path for product in preset.products.values() if product.kind != "data" for path in product.paths}
    assert not paths & theirs and all(path.startswith("results/presets/smoke/") for path in theirs)
    assert plain["data", "fashion-mnist"].paths == preset["data", "fashion-mnist"].paths


def test_canonical_json_is_the_same_for_the_same_content(tmp_path: Path) -> None:
    assert canonical({"b": [1, 2.5], "a": None}) == '{"a":null,"b":[1,2.5]}' == canonical({"a": None, "b": [1, 2.5]})
    assert short_hash({"a": 1}) != short_hash({"a": 2})
    with pytest.raises(ValueError):
        canonical(float("nan"))
    # from FIPS 180-2
    (tmp_path / "abc").write_text("abc")
    assert hash_of_file(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_runs_origin_says_what_it_was_made_from(make_plan: MakePlan) -> None:
    plan = make_plan()
    product = plan["run", "degradation-plain-20-seed1"]
    assert product.origin["settings"] == json.loads(json.dumps(plan.run(product.name).settings))
    assert product.origin["data"] == plan["data", "fashion-mnist"].key
    assert product.origin["module"] == "resnet_notes.training.run"
    assert product.folder == Path("results/runs/degradation-plain-20-seed1") / product.key


STACKS = {"separation": {"layers": [1, 2]}, "trainability": {"depths": [3]}}


def test_stacks_join_the_plan(make_plan: MakePlan) -> None:
    plan = make_plan(STACKS)
    stacks = {name for kind, name in plan.products.keys() - make_plan().products.keys() if kind == "run"}
    assert stacks == {"trainability-3"} | {f"separation-{task}-{n}" for task in ("triangle", "parity") for n in (1, 2)}
    assert {name: tuple(plan["run", name].files) for name in stacks} == dict.fromkeys(stacks, ("history.csv",))
    # what makes its own examples needs no data
    assert "data" in plan["run", "trainability-3"].origin and "data" not in plan["run", "separation-parity-1"].origin
    assert plan.table_of("trainability").kind == "table" and plan.table_of("triangle_map").kind == "theory"


@pytest.mark.parametrize(
    ("module", "experiments"),
    [
        ("training/separation.py", {"separation"}),
        ("training/trainability.py", {"trainability"}),
        ("training/stack.py", {"separation", "trainability"}),
        ("training/rbm.py", set()),
        ("training/loop.py", {"degradation", "residual", "control", "separation", "trainability"}),
        ("models/convnet.py", {"degradation", "residual", "control"}),
    ],
)
def test_stacks_and_convolutional_networks_share_what_they_import(
    module: str, experiments: set[str], project: Path, make_plan: MakePlan
) -> None:
    before = keys(make_plan(STACKS))
    path = project / "src" / "resnet_notes" / module
    path.write_text(path.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
    places = changed(before, keys(make_plan(STACKS)))
    assert {name.split("-")[0] for kind, name in places if kind == "run"} == experiments
