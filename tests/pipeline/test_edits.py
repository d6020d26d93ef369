"""Keys cover the code: what a job imports decides where its results lie, and nothing else does."""

import os
import re
from pathlib import Path

import pytest
import yaml
from conftest import OF_CONTROL, RATE, STACKED, TRAINED, Study

from resnet_notes.provenance.plan import THEORY

pytestmark = pytest.mark.pipeline

SOURCE = "src/resnet_notes"
READ = {
    f"{kind} {name}"
    for kind in ("table", "figure")
    for name in ("training_curves", "error_by_depth", "longer_training", "variants")
}
COMPUTED = {f"{kind} {name}" for kind in ("theory", "figure") for name in THEORY}
DRAWN = {name for name in READ | COMPUTED | STACKED if name.startswith("figure")}
SUMMED = {"metrics", "claims", "notes"}

MODULES = """
from resnet_notes.provenance.plan import PACKAGE, WRITERS
def modules(product):
    writers = [f"{PACKAGE}.{name}" for name in WRITERS.get(product.kind, ())]
    return [product.origin["module"], *writers] if "module" in product.origin else []
"""


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        pytest.param("training/seeds", TRAINED | READ | STACKED | SUMMED, id="training"),
        pytest.param("analysis/runs", READ | SUMMED | {"table extension", "figure extension"}, id="analysis"),
        pytest.param("analysis/tables", READ | STACKED | COMPUTED | SUMMED, id="what writes tables"),
        pytest.param("theory/piecewise", {"theory triangle_map", "figure triangle_map"} | SUMMED, id="theory"),
        pytest.param("figures/style", DRAWN | {"notes"}, id="figures"),
        pytest.param("publish/values", {"notes"}, id="publish"),
        pytest.param("params/claims", set(), id="params"),
        pytest.param("provenance/prune", set(), id="provenance"),
    ],
)
def test_an_edit_reruns_what_imports_it(study: Study, module: str, expected: set[str]) -> None:
    """Editing a module reruns the jobs that import it, directly or not, with all that depends on them."""
    study.edit(f"{SOURCE}/{module}.py", "\nADDED = 1\n")
    assert study.planned() == expected


BLOCK = re.compile(r"<(figure|h2|tr|li|p)\b.*?</\1>", re.DOTALL)


def shown(study: Study) -> dict[str, str | bytes]:
    """What a reader sees: the blocks of the notes, the keys of the appendix, and the files that they come from."""
    text, appendix = study.read("results/notes.html").split('id="origins"')
    blocks = [match[0] for match in BLOCK.finditer(text[text.index("<main") :])]
    named = [(name_of(block), block) for block in blocks]
    assert len(dict(named)) == len(named), "two blocks of one name"
    keys = re.findall(r'<details id="(origin:\w+)">(<summary>.*?</summary>)', appendix)
    files = study.files("results/tables", "results/theory", "results/figures")
    summaries = {f"results/{name}.json": study.read(f"results/{name}.json") for name in ("metrics", "claims")}
    return dict(named) | dict(keys) | summaries | {path: made for path, made in files.items() if "seal" not in path}


def name_of(block: str) -> str:
    """The identifier of a figure or of a row of the table of claims; the first three words of anything else."""
    identified = re.search(r' id="((?:fig|claim):\w+)"', block)
    return identified[1] if identified else " ".join(re.sub(r"<.*?>", " ", block).split()[:3])


def changed_by(edited: Study, recorded: Study) -> set[str]:
    """The names of what an edit changed."""
    before, after = shown(recorded), shown(edited)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize(
    ("param", "value", "expected"),
    [
        pytest.param(
            "parity.inputs",
            5,
            {"Circuits for up", "fig:parity_size", "claim:parity_needs_depth", "results/claims.json"}
            | {"results/theory/parity_size.csv", "results/figures/parity_size.svg", "results/figures/parity_size.png"}
            | {"origin:parity_size", "origin:parity_circuits", "origin:metrics", "origin:claims"},
            id="theory",
        ),
        pytest.param(
            "claims.no_effect",
            1e-6,
            {"A small step", "In a deep", "claim:chain_no_effect", "results/claims.json", "origin:claims"},
            id="threshold",
        ),
    ],
)
def test_an_edit_changes_what_depends_on_it_and_nothing_else(
    recorded: Study, study: Study, param: str, value: float, expected: set[str]
) -> None:
    """Sentences, captions, rows, tables and figures, byte by byte; a key also says what was made anew and came out equal."""
    study.set(param, value)
    study.snakemake()
    assert changed_by(study, recorded) == expected


def test_a_learning_rate_changes_what_its_run_is_shown_in_and_nothing_else(recorded: Study, changed: Study) -> None:
    """The run of one network of three: its sentence, its figure, its table, and the metrics."""
    files = {"tables/longer_training.csv", "figures/longer_training.svg", "figures/longer_training.png", "metrics.json"}
    keys = {f"origin:{name}" for name in ("longer_training", "metrics", "claims")}
    blocks = {"The control ends", "fig:longer_training"}
    assert changed_by(changed, recorded) == blocks | keys | {f"results/{path}" for path in files}


def test_touching_and_commenting_reruns_nothing(study: Study) -> None:
    """File times and comments are no part of a key; DVC, which hashes whole files, runs Snakemake and makes nothing."""
    before = study.stamps("results")
    for path in study.folder.rglob("*.py"):
        os.utime(path)
    for path in ("params.yaml", "Snakefile", "notes/published.csv"):
        os.utime(study.folder / path)
    assert "up to date" in study.dvc("status")
    study.edit(f"{SOURCE}/training/seeds.py", "\n# a comment\n")
    study.edit("params.yaml", "\n# a comment\n")
    assert study.planned() == set()
    study.notes("verify", "--complete")
    study.dvc("repro")
    assert study.stamps("results") == before


@pytest.mark.parametrize("module", ["training/loop", "analysis/summary"])
def test_a_failed_edit_and_its_revert_retrain_nothing(study: Study, module: str) -> None:
    """Code that raises fails the build with its traceback; after the revert the trained networks are all there."""
    before = study.stamps()
    path = f"{SOURCE}/{module}.py"
    text = study.read(path)
    study.edit(path, '\nraise RuntimeError("broken on purpose")\n')
    assert "broken on purpose" in study.snakemake("training" if "training" in module else "metrics", fails=True)
    study.dvc("repro", fails=True)
    study.write(path, text)
    assert study.stamps().items() >= before.items()
    assert study.planned() <= SUMMED, "at most the small files of fixed names are made again"
    study.notes("record")
    assert study.git("status", "--porcelain") == ""
    assert {name: stamp for name, stamp in study.stamps().items() if name in before} == before


@pytest.mark.parametrize(
    "job",
    [
        ("train", "control-plain-8-seed0"),
        ("examine", "lesions-plain-8"),
        ("figure", "longer_training"),
        ("table", "longer_training"),
        ("theory", "linear_chain"),
        ("metrics",),
        ("claims",),
        ("notes",),
    ],
    ids=lambda job: job[0],
)
def test_keys_cover_every_module_that_a_job_loads(study: Study, job: tuple[str, ...]) -> None:
    """What a job has loaded at its end is covered by its key; the command line and what it needs to plan are not jobs."""
    study.write(
        "loaded.py",
        f"{MODULES}import sys\n"
        "from resnet_notes.cli import app, make_plan\n"
        "planning = set(sys.modules)\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "plan = make_plan(None, None)\n"
        "product = plan[sys.argv[1], sys.argv[-1]] if sys.argv[1] not in ('train', 'examine') else plan['run', sys.argv[-1]]\n"
        "covered = {name for name in plan.code.closure(*modules(product))}\n"
        "loaded = {name for name in set(sys.modules) - planning if name.startswith('resnet_notes.')}\n"
        "print('not covered:', sorted(loaded - covered))\n",
    )
    if job[0] in ("train", "examine"):
        place = study.folder / "results" / {"train": "runs", "examine": "inside"}[job[0]]
        for path in (place / job[1]).glob("*/run.json"):
            path.unlink()
    assert "not covered: []" in study.run("python", "loaded.py", *job)


def test_stages_of_dvc_watch_all_code_and_libraries_that_keys_cover(study: Study) -> None:
    """A change that makes a key new makes the stage of its phase outdated, so that `dvc repro` never skips it."""
    stages = yaml.safe_load(study.read("dvc.yaml"))["stages"]
    study.write(
        "covered.py",
        f"{MODULES}from resnet_notes.cli import make_plan\n"
        "plan = make_plan(None, None)\n"
        "for product in plan.products.values():\n"
        "    for name in plan.code.closure(*modules(product)):\n"
        "        print(product.phase, plan.code.path(name).relative_to(plan.root))\n",
    )
    lines = {tuple(line.split()) for line in study.run("python", "covered.py").splitlines()}
    assert {phase for phase, _ in lines} == {"pretraining", "training", "inside", "theory", "figures", "notes"}
    assert all("requirements.txt" in stages[phase]["deps"] for phase, _ in lines)  # the libraries
    for phase, path in lines:
        deps = [Path(dep) for dep in stages[phase]["deps"]]
        assert any(Path(path).is_relative_to(dep) for dep in deps), f"{phase}: {path} is no dependency"


def test_a_figure_is_drawn_from_the_current_table_only(study: Study) -> None:
    """By hand, too: a figure whose table belongs to other params is refused, with the command that mends it."""
    study.set(RATE, 0.3)
    output = study.notes("figure", "longer_training", fails=True)
    assert output.startswith("error: table longer_training: ")
    assert output.count("\n") == 1
    assert study.planned() >= OF_CONTROL


def test_a_job_refuses_a_key_that_is_not_current(study: Study) -> None:
    """A job that was planned before an edit says so instead of writing under the wrong key."""
    output = study.notes("train", "control-plain-8-seed0", "--key", "0123456789ab", fails=True)
    assert output.startswith("error: run control-plain-8-seed0: ")
    assert output.count("\n") == 1
