"""params.yaml: what is right passes, and what is wrong gets a line that names the key, the value and what is allowed."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.errors import BadInput
from resnet_notes.params.study import Study, load_study, overlay

ROOT = Path(__file__).parents[2]
BARE = yaml.safe_load((ROOT / "tests" / "bare.yaml").read_text(encoding="utf-8"))
PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml"))

Params = dict[str, Any]


@pytest.fixture
def params() -> Params:
    return yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def put(params: Params, path: str, value: Any) -> None:
    *sections, last = path.split(".")
    for section in sections:
        params = params.setdefault(section, {})
    params[last] = value


def complaint(folder: Path, params: Params) -> str:
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_study(folder)
    return str(caught.value)


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_the_projects_own_params_are_valid(preset: str | None) -> None:
    load_study(ROOT, preset)


def test_what_is_read_is_what_is_written(params: Params) -> None:
    read = load_study(ROOT).model_dump(exclude_none=True, exclude_defaults=True)
    read["datasets"]["fashion-mnist"].pop("folder", None)
    assert params["recipe"].pop("test_subset") is None
    assert read == params


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("recipe.step", 5, "recipe.step: unknown key; did you mean steps?"),
        ("xyzzy", 5, "xyzzy: unknown key; allowed are device, numerics, threads, datasets, recipe, degradation, "
                        "residual, control, parity, triangle_map, separation, linear_chain, propagation, "
                        "shattered_gradients, trainability, likelihood, pretraining, up_down, techniques, depth_gain, "
                        "conv_techniques, variants, responses, lesions, paths, extension, gradients, surfaces, probes, "
                        "features, claims, notes, made_with"),
        ("notes.text", "../other.md", "notes.text = '../other.md': the name of a Markdown file in notes/, such as notes.md"),
        ("control.recipe.stepz", 5, "control.recipe.stepz: unknown key; did you mean steps?"),
        ("control.recipe.pool", 1, "control.recipe.pool: unknown key; allowed are batch, steps, learning_rate, warmup, "
                                   "decay, momentum, weight_decay, evaluate_every, train_subset, "
                                   "test_subset"),
        ("datasets.fashion-mnist.foldr", 1, "datasets.fashion-mnist.foldr: unknown key"),
        ("device", "gpu", "device = 'gpu': input should be 'cpu', 'cuda' or 'auto'"),
        ("threads", 0, "threads = 0: input should be greater than or equal to 1"),
        ("recipe.steps", "600", "recipe.steps = '600': input should be a valid integer"),
        ("recipe.steps", 600.5, "recipe.steps = 600.5: input should be a valid integer"),
        ("recipe.steps", True, "recipe.steps = True: input should be a valid integer"),
        ("recipe.batch", 1, "recipe.batch = 1: input should be greater than or equal to 2"),
        ("recipe.momentum", 1.0, "recipe.momentum = 1.0: input should be less than 1"),
        ("recipe.learning_rate", -0.1, "recipe.learning_rate = -0.1: input should be greater than 0"),
        ("recipe.learning_rate", float("nan"), "recipe.learning_rate = nan: input should be a finite number"),
        ("recipe.warmup.steps", -1, "recipe.warmup.steps = -1: input should be greater than or equal to 0"),
        ("recipe.warmup", {"kind": "linear"}, "recipe.warmup.steps: missing"),
        ("recipe.warmup", {"steps": 3}, "recipe.warmup.kind: missing"),
        ("recipe.warmup.learning_rate", 0.1, "recipe.warmup.learning_rate: unknown key"),
        ("recipe.warmup.kind", "square", "recipe.warmup.kind = 'square': allowed are 'linear', 'constant'"),
        ("control.recipe.warmup", {"kind": "constant", "steps": 3, "learning_rate": 0},
         "control.recipe.warmup.learning_rate = 0: input should be greater than 0"),
        ("recipe.decay", {"kind": "steps", "at": [0], "factor": 0.1},
         "recipe.decay.at.0 = 0: input should be greater than or equal to 1"),
        ("recipe.decay", {"kind": "steps", "at": [5], "factor": 2.0},
         "recipe.decay.factor = 2.0: input should be less than 1"),
        ("recipe.decay", {"kind": "cosine", "steps": 3}, "recipe.decay.steps: unknown key"),
        ("recipe", None, "recipe = None: input should be a valid dictionary or instance of Recipe"),
        ("degradation.depths", [8, 21], "degradation.depths.1 = 21: depths are 6n+2 with n at least 1: 8, 14, 20, 26, 32, ..."),
        ("claims.deep", 2, "claims.deep = 2: depths are 6n+2 with n at least 1: 8, 14, 20, 26, 32, ..."),
        ("degradation.depths", [8, 8], "degradation.depths = [8, 8]: the same value twice"),
        ("residual.seeds", [0, 1, 0], "residual.seeds = [0, 1, 0]: the same value twice"),
        ("residual.seeds", [-1], "residual.seeds.0 = -1: input should be greater than or equal to 0"),
        ("control.architectures", ["plane"], "control.architectures.0 = 'plane': input should be 'plain' or 'residual'"),
        ("control.architectures", ["plain", "plain"], "control.architectures = ['plain', 'plain']: the same value twice"),
        ("claims.level", 95, "claims.level = 95: input should be less than 1"),
        ("claims.residual_points", float("inf"), "claims.residual_points = inf: input should be a finite number"),
        ("separation.tasks.parity.relevant", 21,
         "separation.tasks.parity: relevant = 21 of 20 inputs: there are not so many"),
        ("propagation.deep.width", 8, "propagation.deep.width = 8: input should be greater than or equal to 32"),
        ("triangle_map.drawn", [3, 11], "triangle_map.drawn.1 = 11: input should be less than or equal to 5"),
        ("trainability.depth", [3], "trainability.depth: unknown key; did you mean depths?"),
        ("parity.inputs", 40, "parity.inputs = 40: input should be less than or equal to 18"),
        ("linear_chain.weights", [], "linear_chain.weights = []: value should have at least 1 item after validation, not 0"),
        ("pretraining.widths.shapes", [[64, 64]],
         "pretraining: widths.shapes: [64, 64] has layers of one width, or stands there twice"),
        ("pretraining.widths.widths", [128],
         "pretraining: widths.widths: 128 is the width of the others already; leave it out"),
        ("pretraining.batch", 20_000, "pretraining: batch = 20000: must be at most images = 10000"),
        ("up_down.epochs", [1], "up_down: epochs = [1] and gibbs_steps = [3, 6, 10]: must be equally many"),
        ("up_down.layers", [128, 64], "up_down.layers = [128, 64] on mnist: no greedy stack of pretraining begins so; "
         "there are 5x128 on fashion-mnist, 6x128 on mnist, 2x16 on mnist, 2x64 on mnist, 2x256 on mnist"),
        ("up_down.monitor", 20_000, "up_down.monitor = 20000: must be at most pretraining.images = 10000"),
        ("depth_gain.parameters", 10, "depth_gain.parameters = 10: input should be greater than or equal to 100"),
        ("conv_techniques.techniques", ["magic"], "conv_techniques.techniques.0 = 'magic': input should be 'max-pooling', "
         "'dropout', 'schedule', 'batch-norm' or 'shortcuts'"),
        ("conv_techniques.recipe", {"steps": 20},
         "recipe.warmup.steps = 30: must be less than the 20 steps that conv_techniques trains"),
        ("variants.architectures", ["wide"], "variants.architectures.0 = 'wide': input should be 'residual', "
         "'option-b', 'pre-activation' or 'zero-gamma'"),
        ("surfaces.points", 24, "surfaces.points = 24: must be odd, so that the middle place is the trained network"),
        ("surfaces.planes", [7], "surfaces.planes: 7 is not among the seeds of degradation, [0, 1, 2, 3, 4]"),
        ("gradients.measure_at", [0, 600],
         "gradients.measure_at: 600 must be less than the 600 steps that degradation trains"),
        ("probes.validation_images", 6000, "probes.validation_images = 6000: fashion-mnist holds out 5000"),
        ("datasets.mnist.validation", 100, "probes.validation_images = 1000: mnist holds out 100"),
        ("features.depth", 26, "features.depths: 26 is not among the residual networks of residual, which has "
         "[8, 20, 32, 44, 56]"),
        ("shattered_gradients.lags", 256, "shattered_gradients.lags = 256: input should be less than or equal to 100"),
        ("lesions.depths", [26], "lesions.depths: 26 is not among the plain networks of degradation, "
         "which has [8, 20, 32, 44, 56]"),
        ("lesions.depths", [21], "lesions.depths.0 = 21: depths are 6n+2 with n at least 1: 8, 14, 20, 26, 32, ..."),
        ("techniques.depths", [3, 1], "techniques: depths = [3, 1]: must ascend"),
        ("techniques.alone.he", {"year": 2015, "activation": "relu", "initialisation": "he"},
         "techniques: alone: he stands in ladder, too"),
        ("techniques.left_out.only-relu", {"year": 2010, "activation": "relu", "initialisation": "he"},
         "techniques: left_out: only-relu stands in alone, too"),
        ("techniques.ladder.rbm.batch_norm", True,
         "techniques.ladder.rbm: initialisation = 'rbm': needs sigmoid units without batch_norm and shortcuts"),
        ("techniques.dataset", "cifar", "techniques.dataset = 'cifar': not under datasets; there are fashion-mnist, mnist"),
        ("recipe.dataset", "imagenet", "recipe.dataset = 'imagenet': not under datasets; there are fashion-mnist, mnist"),
        ("datasets.mine", {"validation": 1}, "datasets.mine: needs a folder, or is one of cifar-10, fashion-mnist, mnist"),
        ("datasets.mnist", {"validation": 1, "folder": {"path": ".", "size": 8}},
         "datasets.mnist: a folder of your own needs a name of its own"),
    ],
)  # fmt: skip
def test_a_line_for_each_mistake(path: str, value: Any, line: str, params: Params, tmp_path: Path) -> None:
    put(params, path, value)
    assert complaint(tmp_path, params) == f"params.yaml: {line}"


def test_several_mistakes_have_a_line_each(params: Params, tmp_path: Path) -> None:
    put(params, "recipe.steps", 0)
    put(params, "claims.level", 2)
    del params["numerics"]
    lines = complaint(tmp_path, params).splitlines()
    assert sorted(line.removeprefix("params.yaml: ") for line in lines) == [
        "claims.level = 2: input should be less than 1",
        "numerics: missing",
        "recipe.steps = 0: input should be greater than or equal to 1",
    ]


def kept(kind: str, **given: Any) -> Params:
    return {"kind": kind, **given}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"recipe.warmup.steps": 600}, "recipe.warmup.steps = 600: must be less than the 600 steps that degradation trains"),
        ({"recipe.warmup.steps": 599}, None),
        ({"recipe.steps": 30}, "recipe.warmup.steps = 30: must be less than the 30 steps that degradation trains"),
        ({"recipe.steps": 1, "recipe.warmup.steps": 0, "control.recipe.steps": 1}, None),
        # only the control is shortened, and only it is at fault
        ({"control.recipe.steps": 20}, "recipe.warmup.steps = 30: must be less than the 20 steps that control trains"),
        ({"control.recipe.warmup": kept("linear", steps=1500)},
         "control.recipe.warmup.steps = 1500: must be less than the 1500 steps that control trains"),
        # no network is deep enough to warm up at all
        ({"recipe.warmup": kept("linear", steps=600, from_depth=110)}, None),
        ({"recipe.warmup": kept("linear", steps=600, from_depth=56)},
         "recipe.warmup.steps = 600: must be less than the 600 steps that degradation trains"),
        ({"recipe.decay": kept("steps", at=[300, 600], factor=0.1)},
         "recipe.decay.at = [300, 600]: 600 must be less than the 600 steps that degradation trains"),
        ({"recipe.decay": kept("steps", at=[300, 599], factor=0.1)}, None),
        ({"residual.recipe.decay": kept("steps", at=[700], factor=0.1)},
         "residual.recipe.decay.at = [700]: 700 must be less than the 600 steps that residual trains"),
        ({"control.recipe.decay": kept("steps", at=[700], factor=0.1)}, None),
        # an experiment without runs can have any recipe
        ({"control.recipe.steps": 20, "control.depths": []}, None),
        ({"control.recipe.steps": 20, "control.seeds": []}, None),
    ],
)  # fmt: skip
def test_schedules_fit_the_training(changes: Params, line: str | None, params: Params, tmp_path: Path) -> None:
    params = overlay(params, BARE)
    for path, value in changes.items():
        put(params, path, value)
    if line is None:
        Study.model_validate(params)
    else:
        assert complaint(tmp_path, params) == f"params.yaml: {line}"


def test_no_file_no_yaml_no_sections_no_text(tmp_path: Path) -> None:
    def line() -> str:
        with pytest.raises(BadInput) as caught:
            load_study(tmp_path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    path = tmp_path / "params.yaml"
    assert line() == f"params.yaml: not found in {tmp_path}; run this in the project's folder"
    path.write_text("device: [cpu\nthreads: 1\n")
    assert line().startswith("params.yaml: not YAML: ") and "line 2" in line()
    path.write_text("- a\n- b\n")
    assert line() == "params.yaml: holds no sections"
    path.write_bytes(b"device: \xff\n")
    assert line().startswith("params.yaml: not YAML: ")


def test_presets(params: Params, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "presets").mkdir()
    for name, text in (("b", "recipe: {steps: 199}\n"), ("a", "recipe: {steps: none}\n")):
        (tmp_path / "presets" / f"{name}.yaml").write_text(text)
    assert load_study(tmp_path, "b").recipe.steps == 199
    with pytest.raises(BadInput, match=r"^preset 'c': there is no presets/c.yaml; there are a, b$"):
        load_study(tmp_path, "c")
    with pytest.raises(BadInput, match=r"^params.yaml with presets/a.yaml: recipe.steps = 'none': input should be"):
        load_study(tmp_path, "a")
    with pytest.raises(BadInput, match="^preset '../params'"):
        load_study(tmp_path, "../params")


def test_a_given_device_takes_the_place_of_the_studys() -> None:
    assert load_study(ROOT).device == "cpu"
    assert load_study(ROOT, device="cuda").device == "cuda"
    with pytest.raises(BadInput, match="device = 'tpu'"):
        load_study(ROOT, device="tpu")


def test_the_schema_in_the_tree_is_that_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from resnet_notes.cli import schema

    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow").mkdir()
    schema()
    written = (tmp_path / "workflow" / "params.schema.json").read_bytes()
    assert written == (ROOT / "workflow" / "params.schema.json").read_bytes()
    json.loads(written)


SECTIONS = st.recursive(
    st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
    lambda values: st.dictionaries(st.sampled_from(["kind", "steps", "a", "b"]), values, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


def leaves(section: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every value that is no section, by its path; a section with a `kind`, or none inside, is a value too."""
    if not isinstance(section, dict) or (path and ("kind" in section or not section)):
        return {path: section}
    return {place: value for key, inner in section.items() for place, value in leaves(inner, (*path, key)).items()}


@given(SECTIONS)
def test_nothing_laid_over_changes_nothing(base: Params) -> None:
    assert overlay(base, {}) == base
    assert overlay({}, base) == base
    assert overlay(base, base) == base


@given(SECTIONS, SECTIONS)
def test_laying_over_twice_is_laying_over_once_and_leaves_both_as_they_were(base: Params, top: Params) -> None:
    before = copy.deepcopy((base, top))
    merged = overlay(base, top)
    assert overlay(merged, top) == merged
    assert (base, top) == before


@given(SECTIONS, SECTIONS)
def test_what_is_laid_over_wins_and_the_rest_stays(base: Params, top: Params) -> None:
    def at(section: Any, path: tuple[str, ...]) -> Any:
        for key in path:
            section = section[key]
        return section

    merged, upper = overlay(base, top), leaves(top)
    for path, value in upper.items():
        # an empty section adds nothing to the section under it
        if value != {}:
            assert at(merged, path) == value
    for path, value in leaves(base).items():
        if not any(path[: len(over)] == over or over[: len(path)] == path for over in upper):
            assert at(merged, path) == value


def test_a_section_with_a_kind_is_replaced_as_a_whole() -> None:
    base = {"warmup": {"kind": "constant", "steps": 400, "learning_rate": 0.01}, "steps": 9}
    assert overlay(base, {"warmup": {"kind": "linear", "steps": 30}}) == {
        "warmup": {"kind": "linear", "steps": 30},
        "steps": 9,
    }
    assert overlay(base, {"warmup": {"steps": 30}})["warmup"] == base["warmup"] | {"steps": 30}
