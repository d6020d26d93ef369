"""Every claim on doctored results: the tables in git with some of their numbers replaced, so that it holds, or does not.

A claim that is stated and has no line here, or that a line does not turn, fails.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from math import log10, pi
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pandas as pd
import pytest
import yaml

from resnet_notes import analysis
from resnet_notes.analysis import finetuning, trainability
from resnet_notes.claims import depth, registry, techniques
from resnet_notes.claims.judgement import Claim, Evidence, judged
from resnet_notes.provenance.plan import SUMMED, THEORY

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
CLAIMS: dict[str, Any] = json.loads((RESULTS / "claims.json").read_text(encoding="utf-8"))
STUDY: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
PARAMS: dict[str, Any] = STUDY["claims"]
SHALLOW, DEEP = PARAMS["shallow"], PARAMS["deep"]


class Edit(NamedTuple):
    """Numbers that are put into a table where a query holds, the same for all seeds and draws."""

    table: str
    where: str
    column: str
    value: float | Callable[[pd.DataFrame], pd.Series]
    """A number, or what makes it from the rows."""


Edits = Iterable[Edit]
AS_IT_IS: Edits = ()
"""For what is exact: the tables in git."""


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / ("theory" if name in THEORY else "tables") / f"{name}.csv")


def doctored(name: str, edits: Edits) -> pd.DataFrame:
    """A table in git with some edits, each of which meets a row."""
    rows = table(name).copy()
    for edit in edits:
        if edit.table == name:
            chosen = rows.query(edit.where, engine="python")
            assert len(chosen), edit
            value = edit.value(chosen) if callable(edit.value) else edit.value
            rows[edit.column] = rows[edit.column].astype(float)
            rows.loc[chosen.index, edit.column] = value
    return rows


def stated(source: ModuleType, edits: Edits, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Claim]:
    """The claims of a module on the tables in git with some edits, in place of what it reads off runs."""
    edits = list(edits)

    def read(name: str) -> Callable[..., pd.DataFrame]:
        return lambda *_: doctored(name, edits)

    def final_errors(runs: list[dict[str, Any]]) -> pd.DataFrame:
        longer = doctored("longer_training", edits).query("experiment == 'control' and when == 'after'")
        every = pd.concat([doctored("error_by_depth", edits), longer])
        return every[every["experiment"].isin({run["experiment"] for run in runs})]

    for path in (RESULTS / "tables").glob("*.csv"):
        monkeypatch.setattr(import_module(f"{analysis.__name__}.{path.stem}"), "table", read(path.stem))
    monkeypatch.setattr(analysis.techniques, "chosen", read("techniques"))
    monkeypatch.setattr(finetuning, "finals", read("pretraining_depth"))
    monkeypatch.setattr(
        trainability, "final_errors", lambda _: doctored("trainability", edits).query("quantity == 'train_error'").rename(
            columns={"value": "train_error"}),
    )  # fmt: skip
    for module in (depth, techniques):
        monkeypatch.setattr(module, "final_errors", final_errors)
    told = {"architecture": "plain", "techniques": STUDY["conv_techniques"]["techniques"]}
    told |= {"bias_variance": STUDY["trainability"]["bias_variance"]}
    runs = [told | {"experiment": name} for name in ("degradation", "residual", "control", *SUMMED)]
    theory = {}
    for name in THEORY:
        theory[name] = RESULTS / "theory" / f"{name}.csv"
        if any(edit.table == name for edit in edits):
            theory[name] = folder / f"{name}.csv"
            doctored(name, edits).to_csv(theory[name], index=False)
    return source.claims(Evidence(runs, theory), PARAMS)


def ratio(activation: str, quantity: str, value: float, initialisation: str = "uniform") -> Edit:
    where = f"activation == '{activation}' and initialisation == '{initialisation}' and quantity == '{quantity}'"
    return Edit("variance_ratios", where, "value", value)


def growth(residual: bool, batch_norm: bool, column: str, factor: float) -> list[Edit]:
    """A factor a layer, from the first of a hundred to the last, or back."""
    start = f"residual == {residual} and batch_norm == {batch_norm} and activation == 'relu' and layer =="
    ends = (1, 100) if column == "preactivation" else (100, 1)
    return [
        Edit("propagation_cures", f"{start} {end}", column, value)
        for end, value in zip(ends, (1.0, factor**99), strict=True)
    ]


def slope(series: str, value: float) -> Edit:
    where = f"what == 'autocorrelation' and place == 1 and source == 'simulation' and series == '{series}'"
    return Edit("shattered_gradients", where, "value", value)


def tuned(where: str, column: str, value: float) -> list[Edit]:
    return [Edit("pretraining_depth", where, column, value)]


def deepest(start: str, error: float) -> list[Edit]:
    """Training error of each data set's deepest networks from some weights."""
    places = (f"dataset == 'mnist' and {start} 6", f"dataset == 'fashion-mnist' and {start} 5")
    return [Edit("pretraining_depth", where, "train_error", error) for where in places]


def rung(technique: str, error: float) -> Edit:
    return Edit("techniques", f"technique == '{technique}'", "train_error", error)


def climbed(name: str) -> tuple[Edits, Edits]:
    deeper, than = techniques.LADDER[name].deeper, techniques.LADDER[name].than
    return [rung(deeper, 1.0), rung(than, 90.0)], [rung(deeper, 90.0), rung(than, 1.0)]


def final(architecture: str, depth: int, column: str, error: float) -> Edit:
    return Edit("error_by_depth", f"architecture == '{architecture}' and depth == {depth}", column, error)


def longer(architecture: str, error: float) -> Edit:
    where = f"experiment == 'control' and when == 'after' and architecture == '{architecture}' and depth == {DEEP}"
    return Edit("longer_training", where, "train_error", error)


def variant(name: str, error: float) -> Edit:
    return Edit("variants", f"architecture == '{name}'", "test_error", error)


def original(error: float) -> Edit:
    return final("residual", DEEP, "test_error", error)


def lesion(architecture: str, depth: int, error: float) -> list[Edit]:
    return [Edit("lesions", f"architecture == '{architecture}' and depth == {depth} and removed == 1", "error", error)]


def path(depth: int, where: str) -> list[Edit]:
    """All of the gradient on the paths of one length."""
    share = "share_of_gradient"
    return [
        Edit("paths", f"depth == {depth}", share, 0.0),
        Edit("paths", f"depth == {depth} and {where}", share, 100.0),
    ]


def response(depth: int, plain: float, residual: float) -> list[Edit]:
    of = {"plain": plain, "residual": residual}
    return [
        Edit("responses", f"architecture == '{name}' and depth == {depth}", "response", of[name] + 0.0) for name in of
    ]


def stem(architecture: str, size: float) -> list[Edit]:
    where = f"architecture == '{architecture}' and depth == {DEEP} and step == 0"
    return [
        Edit("gradients", where, "log10_norm", 0.0),
        Edit("gradients", f"{where} and layer == 1", "log10_norm", size),
    ]


def basin(architecture: str, centre: float, around: float) -> list[Edit]:
    where = f"architecture == '{architecture}' and first"
    return [
        Edit("surfaces", f"{where} {sign} 0", "log10_loss", value) for sign, value in (("==", centre), ("!=", around))
    ]


def probed(architecture: str, first: float, later: float) -> list[Edit]:
    where = f"architecture == '{architecture}' and trained == 1 and layer"
    return [Edit("probes", f"{where} == 1", "error", first), Edit("probes", f"{where} > 1", "error", later)]


def stacked(first: float, later: float) -> list[Edit]:
    return [Edit("dbn_probes", f"trained == 1 and layer {where}", "error", error)
            for where, error in (("== 1", first), ("> 1", later))]  # fmt: skip


def separated(task: str, shallow: float, deep: float) -> list[Edit]:
    ends = {min(STUDY["separation"]["layers"]): shallow, max(STUDY["separation"]["layers"]): deep}
    return [Edit("separation", f"task == '{task}' and layers == {n}", "test_error", error) for n, error in ends.items()]


def fall(start: str, powers: float) -> Edit:
    """Weight gradients that fall by some powers of ten a layer on the way back."""
    where = f"dataset == 'mnist' and initialisation == '{start}' and step == 0"
    return Edit("pretraining_gradients", where, "log10_gradient", lambda rows: powers * rows["layer"])


def kept(activation: str, initialisation: str) -> tuple[Edits, Edits]:
    return tuple(
        [ratio(activation, quantity, factor, initialisation) for quantity in ("forward", "back_propagated")]
        for factor in (1.0, 0.01)
    )  # type: ignore[return-value]


def gates(name: str, value: float) -> list[Edit]:
    return [Edit("parity_size", f"name == '{name}'", "gates", value)]


def chain(where: str, column: str, *values: float) -> list[Edit]:
    """Values of chains of one layer and of more; one value is that of the latter."""
    sides = (" and depth == 1", " and depth > 1")[-len(values) :]
    return [Edit("linear_chain", where + side, column, value) for side, value in zip(sides, values, strict=True)]


DEEP_FIRST = "source == 'simulation' and initialisation == 'uniform' and layer == 1"
STEPS = "overshoot.notna() and scale"
OLD = "dataset == 'mnist' and initialisation == 'uniform' and depth =="
RBM = "initialisation == 'rbm' and depth =="
FACTOR = "initialisation == 'glorot-sigmoid' and depth =="

DOCTORED: dict[str, tuple[Edits, Edits]] = {
    "parity_tree": (gates("xor_tree", 1.0), gates("xor_tree", 1e9)),
    "parity_and_or_tree": (AS_IT_IS, gates("and_or_tree", 1.0)),
    "parity_dnf": (AS_IT_IS, gates("minimal_dnf", 1.0)),
    "parity_needs_depth": (gates("threshold_network", 1e9), AS_IT_IS),
    "parity_threshold": (AS_IT_IS, gates("threshold_network", 1.0)),
    "parity_bounded_depth": (AS_IT_IS, gates("hastad_3", 1e99)),
    "triangle_deep": (AS_IT_IS, [Edit("triangle_map", "network == 'deep'", "pieces", 1.0)]),
    "triangle_shallow": (AS_IT_IS, [Edit("triangle_map", "network == 'shallow'", "units", 1.0)]),
    "chain_indices": (chain("chain == 'scalar'", "autograd", 0.0), AS_IT_IS),
    "chain_exponent": ([*chain("chain == 'scalar'", "autograd", 1.0, 1.0), *chain("chain == 'scalar'", "notes_form", 1.0, 1.0)], AS_IT_IS),
    "chain_explodes": (chain("scale > 1", "autograd", 1.0, 2.0), chain("scale > 1", "autograd", 1.0, 0.5)),
    "chain_vanishes": (chain("scale < 1", "autograd", 1.0, 0.5), chain("scale < 1", "autograd", 1.0, 2.0)),
    "chain_singular_values": (AS_IT_IS, chain("chain == 'orthogonal'", "norm", 2.0)),
    "chain_radius": ([*chain("scale > 1", "norm", 1e9), *chain("scale < 1", "norm", 1e-9)], chain("scale < 1", "norm", 1e9)),
    "chain_overshoots": (chain(f"{STEPS} > 1", "overshoot", 2.0), chain(f"{STEPS} > 1", "overshoot", 0.5)),
    "chain_no_effect": (chain(f"{STEPS} < 1", "overshoot", 1e-9), chain(f"{STEPS} < 1", "overshoot", 0.5)),
    **{f"uniform_units_{name}": ([ratio(name, "forward", 0.3)], [ratio(name, "forward", 1.2)]) for name in ("linear", "tanh", "relu")},
    "uniform_units_sigmoid": ([ratio("sigmoid", "mean", 0.01)], [ratio("sigmoid", "mean", 0.5)]),
    "uniform_half_sigmoid": ([ratio("sigmoid", "mean", 0.51)], [ratio("sigmoid", "mean", 0.01)]),
    "uniform_back_sigmoid": ([ratio("sigmoid", "back_propagated", 1 / 48)], [ratio("sigmoid", "back_propagated", 1 / 4)]),
    **{f"uniform_gradients_{name}": ([ratio(name, "weight_gradient", 1e-6)], [ratio(name, "weight_gradient", 1.0)]) for name in ("linear", "tanh", "relu", "sigmoid")},
    **{f"uniform_alike_{name}": ([ratio(name, "weight_gradient", 1.0)], [ratio(name, "weight_gradient", 1e-6)]) for name in ("linear", "tanh", "relu")},
    "uniform_gradients_deep": ([Edit("propagation", DEEP_FIRST, "weight_gradient", 1e-9)], [Edit("propagation", DEEP_FIRST, "weight_gradient", 1.0)]),
    "glorot_linear": kept("linear", "glorot"),
    "glorot_tanh": kept("tanh", "glorot"),
    "he_relu": kept("relu", "he"),
    "mean_field": ([Edit("variance_ratios", "quantity == 'back_propagated'", "value", 0.5)], [Edit("variance_ratios", "quantity == 'back_propagated' and source == 'simulation'", "value", 9.0)]),
    "batch_norm_explodes": (growth(False, True, "back_propagated", 1.5), growth(False, True, "back_propagated", 1.0)),
    "batch_norm_rate": (growth(False, True, "back_propagated", pi / (pi - 1)), growth(False, True, "back_propagated", 2.0)),
    "shortcuts_explode": (growth(True, False, "preactivation", 2.0), growth(True, False, "preactivation", 1.0)),
    "together_bounded": ([*growth(True, True, "preactivation", 1.0), *growth(True, True, "back_propagated", 1.0)], growth(True, True, "preactivation", 2.0)),
    "shattered_plain": ([slope("plain", 0.01)], [slope("plain", 0.7)]),
    "shattered_residual": ([slope("plain", 0.0), slope("residual", 0.7)], [slope("plain", 0.7), slope("residual", 0.0)]),
    "random_weights": (tuned(f"{OLD} 3", "train_error", 90.0), tuned(f"{OLD} 3", "train_error", 1.0)),
    "random_weights_error_rises": (tuned(f"{OLD} 3", "test_error", 99.0), tuned(f"{OLD} 3", "test_error", 0.0)),
    "pretraining_trains": (deepest(RBM, 1.0), deepest(RBM, 90.0)),
    "factor_trains": (deepest(FACTOR, 1.0), deepest(FACTOR, 90.0)),
    "pretraining_depth": (tuned(f"{RBM} 4", "test_error", 0.0), tuned(f"{RBM} 4", "test_error", 99.0)),
    "pretraining_better_mnist": (tuned(f"dataset == 'mnist' and {RBM} 6", "test_error", 0.0), tuned(f"dataset == 'mnist' and {RBM} 6", "test_error", 99.0)),
    "pretraining_better_fashion_mnist": (tuned(f"dataset == 'fashion-mnist' and {RBM} 5", "test_error", 0.0), tuned(f"dataset == 'fashion-mnist' and {RBM} 5", "test_error", 99.0)),
    "weights_far": ([Edit("pretraining_distance", "initialisation == 'uniform'", "distance", 999.0)], [Edit("pretraining_distance", "initialisation == 'uniform'", "distance", 0.0)]),
    "many_iterations": ([Edit("pretraining_distance", "initialisation == 'uniform'", "steps_to_target", 9999.0)], [Edit("pretraining_distance", "initialisation == 'uniform'", "steps_to_target", 0.0)]),
    "pretraining_gradients_fall": ([fall("uniform", log10(48) / 2)], [fall("uniform", 0.1)]),
    "pretraining_gradients_less": ([fall("uniform", 0.8), fall("rbm", 0.1)], [fall("uniform", 0.1), fall("rbm", 0.8)]),
    "pretraining_narrow": tuple([Edit("pretraining_width", "initialisation == 'rbm' and width == width.min()", "test_error", error)] for error in (99.0, 0.0)),
    "pretraining_wide": tuple([Edit("pretraining_width", "initialisation == 'rbm' and width == width.max()", "test_error", error)] for error in (0.0, 99.0)),
    "pcd_better": tuple([Edit("rbm_likelihood", "method == 'PCD'", "test_log_likelihood", value)] for value in (-9.0, -999.0)),
    "cd_published": tuple([Edit("rbm_likelihood", "method == 'CD' and k == 1", "test_log_likelihood", value)] for value in (-165.0, -9.0)),
    "pcd_published": tuple([Edit("rbm_likelihood", "method == 'PCD'", "test_log_likelihood", value)] for value in (-151.0, -9.0)),
    "up_down": tuple([Edit("up_down", "algorithm == 'up_down' and epoch > 0", "test_error", error)] for error in (0.0, 99.0)),
    "depth_scales": tuple([Edit("trainability", "quantity == 'train_error'", "value", error)] for error in (90.0, 1.0)),
    "triangle_learned": (separated("triangle", 60.0, 1.0), separated("triangle", 1.0, 60.0)),
    "parity_learned": (separated("parity", 50.0, 1.0), separated("parity", 1.0, 50.0)),
    "parity_learned_deep_only": (separated("parity", 50.0, 1.0), separated("parity", 1.0, 50.0)),
    **{name: climbed(name) for name in techniques.LADDER},
    "ladder_tens": ([rung("batch-norm", 1.0)], [rung("batch-norm", 90.0)]),
    "depth_gain": tuple([Edit("depth_gain", "layers == layers.max()", "test_error", error)] for error in (0.0, 99.0)),
    "residual_deeper_better": ([original(0.0)], [original(99.0)]),
    **{
        f"{name.replace('-', '_')}_alone": tuple([Edit("conv_techniques", f"techniques == '{name}'", "test_error", error)] for error in (0.0, 99.0))
        for name in STUDY["conv_techniques"]["techniques"]
    },
    **{name.replace("-", "_"): ([variant(name, 0.0)], [variant(name, 99.0)]) for name in techniques.VARIANTS},
    **{f"{name.replace('-', '_')}_alike": ([variant(name, 9.1), variant("residual", 9.0)], [variant(name, 99.0)]) for name in techniques.VARIANTS},
    "projections_not_essential": (
        [variant("option-b", 9.0), variant("residual", 10.0), original(10.0), final("plain", DEEP, "test_error", 90.0)],
        [variant("option-b", 9.0), variant("residual", 50.0), original(50.0), final("plain", DEEP, "test_error", 50.0)],
    ),
    "degradation": ([final("plain", DEEP, "train_error", 99.0)], [final("plain", DEEP, "train_error", 0.0)]),
    "residual": ([final("residual", DEEP, "train_error", 0.0)], [final("residual", DEEP, "train_error", 99.0)]),
    "control_degradation": ([longer("plain", 99.0)], [longer("plain", 0.0)]),
    "control_residual": ([longer("plain", 99.0), longer("residual", 0.0)], [longer("plain", 0.0), longer("residual", 99.0)]),
    "lesion_plain": (lesion("plain", SHALLOW, 99.0), lesion("plain", SHALLOW, 0.0)),
    "lesion_residual": (lesion("residual", SHALLOW, 0.0), lesion("residual", SHALLOW, 99.0)),
    "lesion_plain_deep": ([*lesion("plain", DEEP, 99.0), Edit("lesions", "removed == 0", "error", 9.0)], lesion("plain", DEEP, 0.0)),
    "lesion_residual_deep": (lesion("residual", DEEP, 0.0), lesion("residual", DEEP, 99.0)),
    "paths_short_shallow": (path(SHALLOW, "length == 1"), path(SHALLOW, "length == blocks")),
    "paths_short_deep": (path(DEEP, "length == 1"), path(DEEP, "length == blocks")),
    "responses_shallow": (response(SHALLOW, 1.0, 0.5), response(SHALLOW, 0.5, 1.0)),
    "responses_deep": (response(DEEP, 1.0, 0.5), response(DEEP, 0.5, 1.0)),
    "extension_keeps": (AS_IT_IS, [Edit("extension", "way == 'built'", "train_error", 99.9)]),
    "gradients_grow": (stem("plain", 9.0), stem("plain", -9.0)),
    "gradients_tamed": (stem("residual", -9.0), stem("residual", 9.0)),
    "gradients_healthy": (stem("plain", 0.1), stem("plain", -9.0)),
    "basin_wider": ([*basin("residual", 0.0, 0.1), *basin("plain", 0.0, 9.0)], [*basin("residual", 0.0, 9.0), *basin("plain", 0.0, 0.1)]),
    "basin_convex": ([*basin("residual", 0.0, 0.1), *basin("plain", 1.0, 0.0)], [*basin("residual", 1.0, 0.0), *basin("plain", 0.0, 0.1)]),
    "features_plain": (probed("plain", 50.0, 10.0), probed("plain", 10.0, 50.0)),
    "features_residual": (probed("residual", 50.0, 10.0), probed("residual", 10.0, 50.0)),
    "features_dbn": (stacked(50.0, 10.0), stacked(10.0, 50.0)),
}  # fmt: skip
"""For each claim the edits that confirm it, and those that refute it as it stands."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    """The module that states each claim."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("theory")
        return {name: source for source in registry.SOURCES for name in stated(source, (), folder, monkeypatch)}


def test_every_claim_is_doctored(sources: dict[str, ModuleType]) -> None:
    assert sources.keys() == DOCTORED.keys() and CLAIMS.keys() <= DOCTORED.keys()


@pytest.mark.parametrize("name", sorted(CLAIMS.keys() | DOCTORED.keys()))
def test_a_claim_follows_the_results(
    name: str, sources: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = []
    for edits in DOCTORED[name]:
        claim = stated(sources[name], edits, tmp_path, monkeypatch)[name]
        verdicts.append(judged({name: claim._replace(restated=None)}, PARAMS["level"])[name]["verdict"])
    assert verdicts == ["confirmed", "refuted"]
