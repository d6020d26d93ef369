"""What the rules share: the plan of all products, one build at a time, and the command of a job."""

import math
import re
import shlex
import sys
from pathlib import Path

# The tree's own code comes first, wherever the package may be installed: DVC runs experiments in copies of the tree.
SOURCE = Path(workflow.basedir) / "src"
sys.path.insert(0, str(SOURCE))

from resnet_notes.cli import make_plan, require_versions
from resnet_notes.errors import BadInput
from resnet_notes.progress.costs import networks_of, seconds_of_run
from resnet_notes.provenance.lock import begin_build
from resnet_notes.provenance.plan import NOTES, PUBLISHED
from resnet_notes.training.device import require

try:
    PLAN = make_plan(config.get("preset"), config.get("device"))
except BadInput as error:
    sys.exit(f"error: {error}")


onstart:
    # held until this process ends, by whatever death; Snakemake makes a function of this block, whose own names end with it
    global BUILD_LOCK
    try:
        BUILD_LOCK = begin_build(Path("data"), PLAN.results, Path(LOGS))
        require_machine()
    except BadInput as error:
        sys.exit(f"error: {error}")
    show_progress()


OPTIONS = "".join(f" --{name} {shlex.quote(str(config[name]))}" for name in ("preset", "device") if name in config)
LOGS = "logs" if PLAN.preset is None else f"logs/presets/{PLAN.preset}"


def made(phase):
    """Every file of the products of a phase."""
    return [path for product in PLAN.of_phase(phase) for path in product.paths]


PLAN_DATA = made("data")
PLAN_PRETRAINING = made("pretraining")
PLAN_TRAINING = made("training")
PLAN_INSIDE = made("inside")
PLAN_THEORY = made("theory")
PLAN_FIGURES = made("figures")
PLAN_NOTES = made("notes")


def cost(runs):
    """Longest jobs first, so that no core waits for a late long one, and before them the jobs that they wait for."""
    own = {run.name for run in runs}
    cells = {run.cell for run in PLAN.runs if own & set(run.starts_from)}  # a job begins when all of its cell can
    waiting = [run for run in PLAN.runs if run.cell in cells]
    return math.ceil(sum(map(seconds_of_run, runs))) + (cost(waiting) if waiting else 0)


def require_machine():
    """Refuse, before any job begins, to make runs that this machine cannot make; made ones need no GPU."""
    rules = {job.rule.name for job in workflow.dag.needrun_jobs()}
    runs = [product for product in PLAN.of_kind("run") if PLAN.rule_of(product) in rules]
    if runs:
        require_versions(*runs)
        require(PLAN.study.device)


def show_progress():
    """Say what runs, how far it is, and about how long is left."""
    from resnet_notes.progress.display import show
    from resnet_notes.progress.jobs import expected

    waits = {job: workflow.dag.dependencies[job] for job in workflow.dag.needrun_jobs()}
    rules = {
        job.rule.name: (
            Path(job.benchmark) if job.benchmark else None,
            job.priority,
            frozenset(other.rule.name for other in others if other in waits),
        )
        for job, others in waits.items()
    }
    slots = max(workflow.cores // PLAN.study.threads, 1)
    if PLAN.study.device == "cuda" and "gpu" in workflow.global_resources:
        slots = min(slots, workflow.global_resources["gpu"].value)
    show(logger, expected(PLAN, rules), slots)


def given_to(runs):
    """The files of the data sets that runs are trained on, and of the runs that they start from."""
    products = [product for run in runs for product in (PLAN.data_of(run), *PLAN.start_of(run)) if product]
    return ancient(list(dict.fromkeys(path for product in products for path in product.paths)))


def runs_of(product):
    """The files of the runs that a product is read off."""
    runs = PLAN.runs_of(PLAN.experiments_of(product.kind, product.name))
    return ancient([path for run in runs for path in PLAN["run", run.name].paths])


def places_in_notes():
    """The chapter and the section of the notes that show each figure, numbered as there."""
    text = (NOTES / PLAN.study.notes.text).read_text(encoding="utf-8") if PLAN.study.notes.text else ""
    found, counts, titles = {}, [0, 0], ["", ""]
    for marks, title, figure in re.findall(r'^(##?) (?!.*\.unnumbered)([^{\n]+)|figure\("(\w+)"', text, re.MULTILINE):
        if figure:
            found[figure] = tuple(titles)
        elif marks == "#":
            counts = [counts[0] + 1, 0]
            titles = [f"{counts[0]} {title.strip()}"] * 2
        else:
            counts[1] += 1
            titles[1] = f"{counts[0]}.{counts[1]} {title.strip()}"
    return found


def in_report(product, category, chapter=None, section=None):
    """The files of a product, the first of which Snakemake's report shows with its caption."""
    labels = {"section": section or category, "name": product.name}
    caption = f"../report/{product.name}.rst"
    shown = report(product.paths[0], caption=caption, category=category, subcategory=chapter, labels=labels)
    return [shown, *product.paths[1:]]


# The job takes the shell's place, so that it notices when Snakemake ends, and writes to its log.
JOB = (
    f"exec env RESNET_NOTES_BUILD=1 RESNET_NOTES_PROGRESS={{log}}.progress PYTHONPATH={shlex.quote(str(SOURCE))} {shlex.quote(sys.executable)} -m resnet_notes"
    f" {{params.command}}{OPTIONS} > {{log}} 2>&1"
)
