"""Grids: which runs a study has, and what each is trained with."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.params.runs import Run, expand
from resnet_notes.params.study import Study, overlay

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))

BARE = yaml.safe_load((ROOT / "tests" / "bare.yaml").read_text(encoding="utf-8"))


def runs_of(changes: dict[str, Any]) -> list[Run]:
    """The runs of the convolutional networks."""
    return expand(Study.model_validate(overlay(overlay(PARAMS, BARE), changes)))


GRID = st.fixed_dictionaries(
    {
        "architectures": st.lists(st.sampled_from(["plain", "residual"]), unique=True),
        "depths": st.lists(st.sampled_from([8, 14, 20, 110]), unique=True),
        "seeds": st.lists(st.integers(0, 9), unique=True, max_size=4),
    }
)


@settings(max_examples=30)
@given(st.tuples(GRID, GRID, GRID))
def test_a_run_for_each_place_of_each_grid(grids: tuple[dict[str, Any], ...]) -> None:
    named = dict(zip(("degradation", "residual", "control"), grids))
    runs = runs_of(named)
    expected = [
        (name, *place)
        for name, grid in named.items()
        for place in product(grid["architectures"], grid["depths"], grid["seeds"])
    ]
    found = [(run.experiment, *(run.settings[key] for key in ("architecture", "depth", "seed"))) for run in runs]
    assert found == expected
    assert len({run.name for run in runs}) == len(runs)


def test_the_default_study() -> None:
    runs = runs_of({})
    assert len(runs) == 5 * 5 + 5 * 5 + 2 * 2 * 3
    assert runs[0].name == "degradation-plain-8-seed0" and runs[-1].name == "control-residual-56-seed2"
    assert {run.settings["steps"] for run in runs if run.experiment == "control"} == {1500}
    assert {run.settings["steps"] for run in runs if run.experiment != "control"} == {600}


@pytest.mark.parametrize("experiment", ["degradation", "residual", "control"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("batch", 32),
        ("steps", 1000),
        ("learning_rate", 0.5),
        ("momentum", 0.0),
        ("weight_decay", 0.0),
        ("evaluate_every", 7),
        ("decay", {"kind": "steps", "at": [10], "factor": 0.5}),
    ],
)
def test_an_override_applies_to_its_experiment_and_changes_nothing_else(experiment: str, key: str, value: Any) -> None:
    before, after = runs_of({}), runs_of({experiment: {"recipe": {key: value}}})
    for old, new in zip(before, after, strict=True):
        assert old.name == new.name
        expected = old.settings | {key: value} if old.experiment == experiment else old.settings
        assert new.settings == expected


@pytest.mark.parametrize("kind", [{"kind": "linear"}, {"kind": "constant", "learning_rate": 0.01}])
def test_networks_below_a_depth_have_no_warmup(kind: dict[str, Any]) -> None:
    runs = runs_of({"recipe": {"warmup": kind | {"steps": 25, "from_depth": 44}}})
    for run in runs:
        assert run.settings["warmup"] == kind | {"steps": 25 if run.settings["depth"] >= 44 else 0}
    assert {run.settings["warmup"]["steps"] for run in runs} == {0, 25}


def test_settings_are_plain_json_and_complete() -> None:
    given = runs_of({"threads": 2, "device": "auto"})[0].settings
    assert given["threads"] == 2 and given["device"] == "auto" and given["numerics"] == "portable"
    assert given["validation"] == 5000
    assert given.keys() >= PARAMS["recipe"].keys() | {"architecture", "depth", "seed"}
    assert json.loads(json.dumps(given, allow_nan=False)) == given
    # thresholds and grids are none of a run's business
    assert not given.keys() & {"claims", "datasets", "degradation", "level"}


def test_runs_do_not_share_what_can_be_changed() -> None:
    first, second = runs_of({})[:2]
    first.settings["warmup"]["steps"] = 99
    assert second.settings["warmup"]["steps"] == 30


def test_a_stack_for_each_task_and_depth() -> None:
    study = Study.model_validate(
        overlay(PARAMS, {"separation": {"layers": [1, 3]}, "trainability": {"depths": [7, 2]}})
    )
    stacks = [run for run in expand(study) if run.experiment in ("separation", "trainability")]
    assert [run.name for run in stacks] == [
        "separation-triangle-1", "separation-triangle-3", "separation-parity-1", "separation-parity-3",
        "trainability-7", "trainability-2",
    ]  # fmt: skip
    assert all(run.cell == run.name and run.job == f"training.{run.experiment}" for run in stacks)
    triangle, *_, last = (run.settings for run in stacks)
    assert triangle["task"] == "triangle" and triangle["layers"] == 1 and "relevant" not in triangle
    assert triangle["steps"] == PARAMS["separation"]["tasks"]["triangle"]["steps"] and "tasks" not in triangle
    # all numbers of examples and all seeds share a stack, since its bits depend on what is in it
    assert triangle["seeds"] == PARAMS["separation"]["seeds"] and len(triangle["examples"]) > 1
    assert last["layers"] == 2 and last["weight_variances"] == PARAMS["trainability"]["weight_variances"]
    assert (last["dataset"], last["pool"], last["validation"]) == ("fashion-mnist", 2, 5000)
    assert "dataset" not in triangle, "it draws its own examples"
    assert all(json.loads(json.dumps(run.settings, allow_nan=False)) == run.settings for run in stacks)


def test_greedy_stacks_serve_every_network_that_starts_from_them() -> None:
    changes = {
        "pretraining": {
            "width": 8,
            "seeds": [0, 4],
            "datasets": {
                "mnist": {"depths": [1, 3], "initialisations": ["uniform", "rbm"]},
                "fashion-mnist": {"depths": [2], "initialisations": ["glorot"]},
            },
            "widths": {"depth": 2, "widths": [4], "shapes": [[8, 8, 5]], "initialisations": ["rbm"]},
        },
        "up_down": {"layers": [8, 8], "epochs": [1], "gibbs_steps": [1]},
    }
    runs = {run.name: run for run in expand(Study.model_validate(overlay(overlay(PARAMS, BARE), changes)))}
    stacks = {name: run.settings["layers"] for name, run in runs.items() if run.experiment == "greedy"}
    assert stacks == {
        f"greedy-mnist-{name}-seed{seed}": layers
        for name, layers in (("3x8", [8, 8, 8]), ("2x4", [4, 4]), ("8-8-5", [8, 8, 5]))
        for seed in (0, 4)
    }
    tuned = {name: run.starts_from for name, run in runs.items() if run.job == "training.finetuning"}
    assert tuned == {
        "finetuning-mnist-uniform-1x8": (),
        "finetuning-mnist-uniform-3x8": (),
        "finetuning-mnist-rbm-1x8": ("greedy-mnist-3x8-seed0", "greedy-mnist-3x8-seed4"),
        "finetuning-mnist-rbm-3x8": ("greedy-mnist-3x8-seed0", "greedy-mnist-3x8-seed4"),
        "finetuning-fashion-mnist-glorot-2x8": (),
        "finetuning-mnist-rbm-2x4": ("greedy-mnist-2x4-seed0", "greedy-mnist-2x4-seed4"),
        "finetuning-mnist-rbm-8-8-5": ("greedy-mnist-8-8-5-seed0", "greedy-mnist-8-8-5-seed4"),
    }
    assert {name for name, run in runs.items() if run.experiment == "widths"} == {
        "finetuning-mnist-rbm-2x4", "finetuning-mnist-rbm-8-8-5",
    }  # fmt: skip
    assert {run.cell for run in runs.values() if run.job == "training.finetuning"} == {
        "finetuning-mnist-uniform", "finetuning-mnist-rbm", "finetuning-fashion-mnist-glorot",
    }  # fmt: skip
    assert runs["up-down-mnist-seed4"].starts_from == ("greedy-mnist-3x8-seed4",)


def test_examinations_start_from_the_networks_that_they_look_at() -> None:
    changes = {
        "degradation": {"depths": [8, 14], "seeds": [2, 5]},
        "lesions": {"architectures": ["residual"], "depths": [20]},
        "extension": {"depths": [8], "deep": 20},
    }
    runs = {run.name: run for run in expand(Study.model_validate(overlay(overlay(PARAMS, BARE), changes)))}
    extension, lesions = runs["extension-plain-8"], runs["lesions-residual-20"]
    assert extension.starts_from == ("degradation-plain-8-seed2", "degradation-plain-8-seed5")
    assert lesions.starts_from == tuple(f"residual-residual-20-seed{seed}" for seed in range(5))
    assert (
        extension.settings["deep"] == 20 and extension.settings["seeds"] == [2, 5] and extension.settings["steps"] == 2
    )
    assert lesions.job == "inside.lesions" and lesions.settings["several"] == PARAMS["lesions"]["several"]
    assert {name: lesions.settings[name] for name in ("dataset", "pool", "stem_stride", "validation")} == {
        "dataset": "fashion-mnist", "pool": 2, "stem_stride": 2, "validation": 5000,
    }  # fmt: skip
    assert not {"architectures", "depths"} & lesions.settings.keys()


def test_the_deepest_greedy_stack_is_looked_at_by_its_least_seed_and_probed_by_all() -> None:
    pretraining = {
        "width": 8,
        "seeds": [4, 2],
        "images": 20000,
        "datasets": {
            "fashion-mnist": {"depths": [1, 3], "initialisations": ["rbm"]},
            "mnist": {"depths": [3], "initialisations": ["rbm"]},
        },
    }
    runs = {
        run.name: run
        for run in expand(Study.model_validate(overlay(overlay(PARAMS, BARE), {"pretraining": pretraining})))
    }
    features, probes = runs["dbn-features-mnist-3x8"], runs["dbn-probes-mnist-3x8"]
    assert features.starts_from == ("greedy-mnist-3x8-seed2",) and features.settings["seeds"] == [2]
    assert probes.starts_from == ("greedy-mnist-3x8-seed4", "greedy-mnist-3x8-seed2")
    assert (probes.settings["seeds"], probes.settings["steps"], probes.job) == ([4, 2], 2, "inside.dbn_probes")
    asked = {name: PARAMS["probes"][name] for name in ("images", "validation_images", "test_images", "ridges")}
    assert probes.settings.items() >= (asked | {"dataset": "mnist", "validation": 5000, "layers": [8, 8, 8]}).items()
    assert not any(run.experiment.startswith("dbn") for run in expand(Study.model_validate(overlay(PARAMS, BARE))))


def test_networks_that_are_left_out_are_not_examined() -> None:
    changes = {"degradation": {"depths": []}, "lesions": {"architectures": ["plain", "residual"], "depths": [20]}}
    runs = expand(Study.model_validate(overlay(overlay(PARAMS, BARE), changes)))
    assert [run.name for run in runs if run.experiment == "lesions"] == ["lesions-residual-20"]


def test_a_run_for_each_technique() -> None:
    ladder = {"techniques": {"ladder": PARAMS["techniques"]["ladder"] | {"he": None}}}
    runs = [run for run in expand(Study.model_validate(overlay(overlay(PARAMS, BARE), ladder)))]
    techniques = [run for run in runs if run.experiment == "techniques"]
    assert [run.settings["technique"] for run in techniques] == ["uniform", "rbm", "glorot", "batch-norm", "shortcuts"]
    assert all(run.settings["on_the_ladder"] for run in techniques)
    assert techniques[-1].settings["shortcuts"] and not techniques[0].settings["batch_norm"]
    assert all("alone" not in run.settings for run in techniques), "their keys are older"


def test_a_technique_alone_is_the_first_rung_with_one_thing_changed() -> None:
    runs = [run for run in expand(Study.model_validate(PARAMS)) if run.experiment == "techniques"]
    groups = [run.settings.get("alone", run.settings["on_the_ladder"] and "rung") for run in runs]
    assert groups == ["rung"] * 6 + [True] * 3 + [False] * 3, "those that are left out come last"
    first, *_ = runs
    switches = ("activation", "initialisation", "batch_norm", "shortcuts")
    others = {name: value for name, value in first.settings.items() if name not in (*switches, "technique", "year")}
    for run in runs[6:9]:
        assert sum(run.settings[name] != first.settings[name] for name in switches) == 1
        assert run.settings.items() >= (others | {"on_the_ladder": False}).items()
