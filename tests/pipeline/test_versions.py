"""Snakemake and DVC over one pipeline: whichever runs, the other agrees, and no result outlives what it was made from."""

import json
from pathlib import Path

import pytest
from conftest import OF_CONTROL, RATE, RUNS, Study

pytestmark = pytest.mark.pipeline

BASELINE, CHANGED = 0.03, 0.3


def test_both_tools_build_the_same_from_scratch(recorded: Study, project: Study) -> None:
    """`snakemake` and record, and `dvc repro`, give one dvc.lock; then the other tool has nothing to do."""
    project.dvc("repro")
    assert project.read("dvc.lock") == recorded.read("dvc.lock")
    assert project.files("results", "data") == recorded.files("results", "data")
    assert project.has_nothing_to_do()
    assert recorded.has_nothing_to_do()
    assert "up to date" in recorded.dvc("repro")


def test_a_clone_that_pulled_has_nothing_to_do(recorded: Study, tmp_path: Path) -> None:
    """Neither tool wants to run anything after `git clone` and `dvc pull`, and the data is not read again."""
    clone = recorded.clone(tmp_path / "clone")
    clone.dvc("pull", "--quiet")
    assert clone.has_nothing_to_do()
    assert clone.git("status", "--porcelain") == ""


def test_a_changed_learning_rate_reruns_what_uses_it(recorded: Study, changed: Study, tmp_path: Path) -> None:
    """In a clone, a new learning rate of one experiment retrains its runs and remakes what depends on them."""
    clone = recorded.clone(tmp_path / "clone")
    clone.dvc("pull", "--quiet")
    before = clone.stamps()
    clone.set(RATE, CHANGED)
    assert clone.planned() == {"train control-plain-8"} | OF_CONTROL
    clone.snakemake()
    assert clone.planned() == set()
    assert {name: stamp for name, stamp in clone.stamps().items() if name in before} == before
    assert clone.train_error() == changed.train_error() != recorded.train_error()
    clone.notes("record")
    assert clone.read("dvc.lock") == changed.read("dvc.lock")
    assert clone.has_nothing_to_do()


@pytest.mark.parametrize("build", [("snakemake",), ("dvc", "repro")], ids=["snakemake", "dvc"])
def test_a_change_restored_and_made_again_comes_back(
    study: Study, recorded: Study, changed: Study, build: tuple[str, ...]
) -> None:
    """Change, run, restore with git and DVC, change again: each time the numbers are those of the params."""
    study.set(RATE, CHANGED)
    study.run(*build)
    assert study.files("results/tables", "results/figures") == changed.files("results/tables", "results/figures")
    study.git("checkout", "--quiet", ".")
    study.git("clean", "--quiet", "--force", "-d")
    study.dvc("checkout", "--force")
    assert study.has_nothing_to_do()
    assert study.files("results") == recorded.files("results")
    study.set(RATE, CHANGED)
    assert study.planned() >= OF_CONTROL
    study.run(*build)
    assert study.train_error() == changed.train_error()
    study.notes("prune")
    assert study.files("results") == changed.files("results")


def test_results_under_another_key_do_not_count(study: Study) -> None:
    """When only git restores the params, the fixed names hold the other params' results: they are made again."""
    study.set(RATE, CHANGED)
    study.snakemake()
    seals = [path.name for path in (study.folder / "results" / "figures").glob("longer_training.*.seal")]
    assert len(seals) == 1, "the seal of the figure before must go"
    study.git("checkout", "--quiet", "params.yaml")
    assert study.planned() == OF_CONTROL
    study.notes("verify", fails=True)


@pytest.mark.parametrize("way", ["temp", "queue"])
def test_experiments_of_dvc_have_the_metrics_of_their_params(study: Study, changed: Study, way: str) -> None:
    """`dvc exp run` in a folder of its own, at once or from the queue, trains under the params it was given."""
    given = ("--name", "other", "--set-param", f"{RATE}={CHANGED}")
    study.dvc("exp", "run", f"--{way}", *given)
    if way == "queue":
        study.dvc("exp", "run", "--run-all")
    difference = json.loads(study.dvc("metrics", "diff", "--json", "HEAD", "other"))
    found = difference["results/metrics.json"]["control.plain.8.train_error.mean"]
    assert found["new"] == changed.train_error()
    study.dvc("exp", "apply", "other")
    study.notes("verify", "--complete")
    assert study.planned() == set()


def test_a_depth_added_and_dropped_leaves_no_trace(study: Study) -> None:
    """Recorded with one more depth and then without it, dvc.lock and all files are the original ones."""
    lock, files = study.read("dvc.lock"), study.files("results", "data")
    study.set("control.depths", [8, 14])
    assert study.planned() == {"train control-plain-14"} | OF_CONTROL
    study.dvc("repro")
    assert study.read("dvc.lock") != lock
    study.set("control.depths", [8])
    study.dvc("repro")
    assert study.read("dvc.lock") == lock
    assert study.files("results", "data") == files
    assert study.git("status", "--porcelain") == ""
    assert study.has_nothing_to_do()


def test_a_commit_by_force_does_not_bless_stale_results(study: Study) -> None:
    """Changed params over old results: `dvc commit -f` records them, and `verify` still tells."""
    study.set(RATE, CHANGED)
    study.dvc("commit", "--force")
    assert "up to date" in study.dvc("status")
    output = study.notes("verify", fails=True)
    assert "control-plain-8-seed0" in output
    assert "metrics" in output


def test_metrics_are_compared_without_pulling(changed: Study, tmp_path: Path) -> None:
    """`dvc metrics diff HEAD~1` in a clone that has neither cache nor remote data: the metrics are in git."""
    clone = changed.clone(tmp_path / "clone")
    assert not (clone.folder / "results" / "runs").exists()
    output = clone.dvc("metrics", "diff", "HEAD~1")
    assert "control.plain.8.train_error.mean" in output
    clone.notes("verify")
    assert "Training error by depth" in clone.dvc("plots", "diff", "--json", "HEAD~1")


def test_a_flipped_claim_shows_in_the_metrics(study: Study) -> None:
    """A threshold that turns a verdict: nothing is trained, and `dvc metrics diff` says from what to what."""
    study.set("claims.no_effect", 1e-12)
    assert study.planned() == {"claims", "notes"}
    study.snakemake()
    difference = json.loads(study.dvc("metrics", "diff", "--json"))["results/claims.json"]
    assert difference["chain_no_effect.verdict"] == {"old": "confirmed", "new": "refuted"}


def test_a_preset_has_a_place_of_its_own(study: Study) -> None:
    """A preset's build and record change neither the default's results nor its dvc.lock, and the reverse."""
    none = "{architectures: [plain], depths: [], seeds: []}"
    study.write(
        "presets/short.yaml",
        f"degradation: {none}\nresidual: {none}\ncontrol: {{recipe: {{steps: 5}}}}\n"
        "separation: {layers: []}\ntrainability: {depths: []}\nlikelihood: {methods: []}\n"
        "pretraining: {datasets: {squares: {initialisations: []}}, widths: {widths: []}}\n"
        "up_down: {epochs: [], gibbs_steps: []}\nvariants: {architectures: []}\nfeatures: {depth: null}\n"
        "techniques: {ladder: {rbm: null, shortcuts: null}, left_out: {no-he: null}}\nnotes: {text: null}\n",
    )
    lock, before = study.read("dvc.lock"), study.stamps("results")
    study.notes("record", "--preset", "short")
    assert study.read("dvc.lock") == lock
    assert {name: stamp for name, stamp in study.stamps("results").items() if name in before} == before
    assert study.has_nothing_to_do()
    study.notes("verify", "--preset", "short", "--complete")
    assert "results/presets/short/runs.dvc" in study.git("status", "--porcelain", "--untracked-files=all")
    preset = study.files("results/presets")
    study.set(RATE, CHANGED)
    study.notes("prune")
    assert study.files("results/presets") == preset


def test_every_run_is_planned_under_its_name(recorded: Study) -> None:
    """The listing names every product with its key, as made."""
    lines = [line.split() for line in recorded.notes("list").splitlines()]
    assert {line[3] for line in lines if line[2] == "run"} == RUNS
    assert {line[0] for line in lines} == {"made"}
