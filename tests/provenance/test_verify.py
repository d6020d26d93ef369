"""Verify and prune on a project of pretended products: each fault is found, and only strangers are removed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from resnet_notes.provenance.plan import THEORY, Plan
from resnet_notes.provenance.product import Product
from resnet_notes.provenance.prune import prune, strangers
from resnet_notes.provenance.verify import absent, faults

MakePlan = Callable[..., Plan]
RUN = ("run", "degradation-plain-8-seed0")


def everything() -> set[Path]:
    return {path for folder in ("data", "results") for path in Path(folder).rglob("*")}


def test_all_is_well(made: Plan) -> None:
    assert faults(made, complete=True) == [] and strangers(made) == [] and absent(made) == []
    before = everything()
    assert prune(made) == [] and everything() == before


def test_nothing_is_there(make_plan: MakePlan) -> None:
    plan = make_plan()
    missing = faults(plan)
    # a clone may lack data and runs, which come from the cache; what is in git must be there
    assert len(missing) == len(plan.of_kind("theory", "table", "figure")) + 1 + 1
    assert all(line.endswith("not made from the params and the code in the tree; build it") for line in missing)
    assert len(faults(plan, complete=True)) == len(plan.products)
    assert absent(plan) == plan.of_kind("data", "run")


@pytest.mark.parametrize(
    "place", [RUN, ("figure", "error_by_depth"), ("table", "training_curves"), ("claims", "claims")]
)
def test_a_changed_file(place: tuple[str, str], made: Plan) -> None:
    for name in made[place].files:
        path = made[place].folder / name
        text = path.read_text()
        path.write_text(text + " ")
        assert faults(made) == [f"{path}: changed since it was made; remove it and build"]
        path.write_text(text)
    assert faults(made) == []


@pytest.mark.parametrize(
    "place", [RUN, ("data", "fashion-mnist"), ("figure", "error_by_depth"), ("metrics", "metrics")]
)
def test_a_missing_file(place: tuple[str, str], made: Plan) -> None:
    (made[place].folder / made[place].files[0]).unlink()
    line = f"{place[0]} {place[1]}: not made from the params and the code in the tree; build it"
    assert faults(made, complete=True) == [line]
    assert faults(made) == ([] if place[0] in ("data", "run") else [line])
    assert made[place] in absent(made) or place[0] in ("figure", "metrics")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"key": 3}', '"key"'])
def test_a_seal_that_is_none(text: str, made: Plan) -> None:
    seal = made[RUN].folder / "run.json"
    seal.write_text(text)
    assert faults(made) == [f"{seal}: not a seal; remove it and build"]


def test_a_seal_of_another_key_under_this_name(made: Plan) -> None:
    seal = made["claims", "claims"].folder / made["claims", "claims"].seal
    seal.write_text(json.dumps(json.loads(seal.read_text()) | {"key": "0" * 12}))
    assert faults(made) == [f"{seal}: holds the key 000000000000; remove it and build"]


def test_stale_results_after_an_edit_of_the_params(made: Plan, make_plan: MakePlan) -> None:
    now = make_plan({"recipe": {"learning_rate": 0.02}})
    found = faults(now)
    old_runs = [product.folder for product in made.of_kind("run")]
    old = [product for product in made.of_phase("figures") if product.name not in THEORY]
    old_seals = [product.folder / product.seal for product in old]
    for path in [*old_runs, *old_seals]:
        assert f"{path}: belongs to no params and code in the tree; build, or prune" in found
    # each old folder and seal, and each product of a fixed name that is not made yet
    assert len(found) == len(old_runs) + 2 * len(old_seals)


def test_prune_after_the_params_changed_and_back(made: Plan, make_plan: MakePlan, pretend: Callable) -> None:
    now = make_plan({"claims": {"level": 0.9}})
    old = made["claims", "claims"]
    assert strangers(now) == [old.folder / old.seal]
    before = everything()
    assert prune(now) == [old.folder / old.seal]
    assert before - everything() == {old.folder / old.seal}
    pretend(now["claims", "claims"])
    assert faults(now, complete=True) == []


LEFT_OVER = [
    "results/runs/degradation-plain-8-seed0/0123456789ab",
    "results/runs/degradation-plain-14-seed0",
    "results/runs/stray.txt",
    "results/figures/old.svg",
    "results/figures/error_by_depth.0123456789ab.seal",
    "results/figures/.making-abc",
    "results/theory/parity_size.0123456789ab.seal",
    "results/theory/.making-abc",
    "results/tables/.making-abc",
    "results/tables/.training_curves.99.csv",
    "results/.making-abc",
    "results/metrics.0123456789ab.seal",
]


@pytest.mark.parametrize("place", LEFT_OVER)
def test_what_does_not_belong_is_found_and_it_alone_is_removed(place: str, made: Plan) -> None:
    before, path = everything(), Path(place)
    if path.suffix:
        path.write_text("left over")
    else:
        path.mkdir()
        (path / "file").write_text("left over")
    assert strangers(made) == [path]
    assert faults(made) == [f"{path}: belongs to no params and code in the tree; build, or prune"]
    assert prune(made) == [path]
    assert everything() == before


@pytest.mark.parametrize("name", [".state.safetensors.123", "state.safetensors", ".run.json.77", "notes.txt"])
def test_what_lies_in_a_finished_run_is_found_and_in_an_unfinished_one_spared(name: str, made: Plan) -> None:
    folder = made[RUN].folder
    (folder / name).write_text("left over")
    assert strangers(made) == [folder / name]
    (folder / "run.json").unlink()
    assert strangers(made) == []
    assert prune(made) == [] and (folder / name).exists()


def test_an_interrupted_seal_beside_the_summaries_is_found(made: Plan) -> None:
    product = made["metrics", "metrics"]
    seal = product.folder / product.seal
    left = seal.with_name(f".{seal.name}.4711")
    left.write_text("half a seal")
    assert strangers(made) == [left]


def test_phases_prune_their_own(made: Plan) -> None:
    run, seal = Path("results/runs/other"), Path("results/figures/other.0123456789ab.seal")
    run.mkdir()
    seal.write_text("")
    assert strangers(made, "data") == []
    assert strangers(made, "training") == [run]
    assert strangers(made, "figures") == [seal]
    assert prune(made, "figures") == [seal] and run.exists()
    assert prune(made) == [run]


def test_data_are_never_strangers(made: Plan) -> None:
    shutil.copytree("data/fashion-mnist", "data/cifar-10")
    (Path("data") / "fashion-mnist" / "0123456789ab.seal").write_text("")
    assert strangers(made) == []


def test_a_preset_does_not_touch_the_default_study(made: Plan, make_plan: MakePlan, pretend: Callable) -> None:
    smoke = make_plan({"recipe": {"steps": 100}}, preset="smoke")
    products: list[Product] = list(smoke.products.values())
    for product in products:
        pretend(product)
    Path("results/presets/smoke/runs/other").mkdir()
    assert faults(made, complete=True) == []
    assert strangers(smoke) == [Path("results/presets/smoke/runs/other")]
