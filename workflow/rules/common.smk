"""What the rules share: the plan of all products, one build at a time, and the command of a job."""

import shlex
import sys
from pathlib import Path

# The tree's own code comes first, wherever the package may be installed: DVC runs experiments in copies of the tree.
SOURCE = Path(workflow.basedir) / "src"
sys.path.insert(0, str(SOURCE))

from resnet_notes.cli import make_plan
from resnet_notes.errors import BadInput
from resnet_notes.provenance.lock import begin_build
from resnet_notes.provenance.plan import PUBLISHED
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
        require(PLAN.study.device)
    except BadInput as error:
        sys.exit(f"error: {error}")


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
    waiting = [run for run in PLAN.runs if own & set(run.starts_from)]
    return sum(map(steps_times_depth, runs)) + (cost(waiting) if waiting else 0)


def steps_times_depth(run):
    """What a training costs, roughly: a step's cost grows with depth."""
    depth = run.settings.get("depth", run.settings.get("layers", 1))
    return run.settings["steps"] * ((depth if isinstance(depth, int) else len(depth)) + 4) * networks_of([run])


def given_to(runs):
    """The files of the data sets that runs are trained on, and of the runs that they start from."""
    products = [product for run in runs for product in (PLAN.data_of(run), *PLAN.start_of(run)) if product]
    return ancient(list(dict.fromkeys(path for product in products for path in product.paths)))


def networks_of(runs):
    """How many networks a job trains: a run is one, a stack of small networks has one for each seed."""
    return sum(len(run.settings.get("seeds", [0])) for run in runs)


def runs_of(product):
    """The files of the runs that a product is read off."""
    runs = PLAN.runs_of(PLAN.experiments_of(product.kind, product.name))
    return ancient([path for run in runs for path in PLAN["run", run.name].paths])


# The job takes the shell's place, so that it notices when Snakemake ends, and writes to its log.
JOB = (
    f"exec env RESNET_NOTES_BUILD=1 PYTHONPATH={shlex.quote(str(SOURCE))} {shlex.quote(sys.executable)} -m resnet_notes"
    f" {{params.command}}{OPTIONS} > {{log}} 2>&1"
)
