"""The command line: a command per kind of job, and those that look after a study as a whole.

The Snakefile calls the jobs; a person can run each by hand with the same command. Numeric libraries are imported inside
the commands, after the settings that they read when they load.
"""

import errno
import json
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from resnet_notes.errors import BadInput
from resnet_notes.params.study import Study, load_study
from resnet_notes.provenance.lineage import lineage
from resnet_notes.provenance.lock import hold, waiting_for
from resnet_notes.provenance.plan import NOTES, PLACES, PUBLISHED, Plan, versions
from resnet_notes.provenance.product import Product, finish, making, writing
from resnet_notes.provenance.prune import prune as prune_strangers
from resnet_notes.provenance.verify import absent, faults
from resnet_notes.replacing import replacing
from resnet_notes.reporter import Reporter
from resnet_notes.training.device import require, resolve
from resnet_notes.training.numerics import set_environment

app = typer.Typer(
    help="Notes on Residual Networks, executable edition.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="its name, as `resnet-notes list` shows it")]
Key = Annotated[str | None, typer.Option(help="refuse to work unless this is the current key")]
Preset = Annotated[str | None, typer.Option(help="a name under presets/, laid over params.yaml")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda or auto, instead of the one in params.yaml")]
Phase = Annotated[str, typer.Argument(help="data, pretraining, training, inside, theory, figures, notes, or all")]
PHASES = ("data", "pretraining", "training", "inside", "theory", "figures", "notes")


def make_plan(preset: str | None, device: str | None) -> Plan:
    """Read the params in the current folder and plan all products, ``auto`` resolved first."""
    root = Path.cwd()
    study = load_study(root, preset, device)
    return Plan(root, study.model_copy(update={"device": resolve(study.device)}), preset)


def choose(plan: Plan, kind: str, name: str, key: str | None) -> Product:
    """Return a product; refuse a name that is not planned, or a key that is not the current one."""
    if (kind, name) not in plan.products:
        raise BadInput(f"{kind} {name!r}: not in this study; `resnet-notes list` shows what is")
    product = plan[kind, name]
    if key is not None and key != product.key:
        raise BadInput(
            f"{kind} {name}: asked for under key {key}, but params and code now give {product.key}; "
            "they changed after the build began: run it again"
        )
    return product


def set_numerics(study: Study) -> None:
    """Set what the numeric libraries read when they load."""
    set_environment(study.numerics, study.threads)


@app.command()
def fetch(name: Name, key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Fetch and check a data set."""
    plan = make_plan(preset, device)
    product = choose(plan, "data", name, key)
    folder = plan.study.datasets[name].folder
    from resnet_notes.data.fetch import fetch as fetch_data

    with writing(product.folder):
        fetch_data(name, product.folder, product.key, folder and folder.model_dump(), plan.reader)


@app.command()
def train(
    names: Annotated[list[str], typer.Argument(help="runs, as `resnet-notes list` shows them")],
    key: Annotated[list[str] | None, typer.Option(help="the key of each run, in the same order")] = None,
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Train networks one after another, each from where an interrupted start left it."""
    make_runs(make_plan(preset, device), names, key)


@app.command()
def examine(
    names: Annotated[list[str], typer.Argument(help="examinations, as `resnet-notes list` shows them")],
    key: Annotated[list[str] | None, typer.Option(help="the key of each, in the same order")] = None,
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Look inside trained networks, one examination after another."""
    make_runs(make_plan(preset, device), names, key)


def make_runs(plan: Plan, names: list[str], key: list[str] | None) -> None:
    """Make runs one after another, unless they are there."""
    if key and len(key) != len(names):
        raise BadInput(f"{len(names)} runs but {len(key)} keys: give one --key for each run, or none")
    products = [choose(plan, "run", name, k) for name, k in zip(names, key or [None] * len(names), strict=True)]
    for product in products:
        run = plan.run(product.name)
        require_made(plan.data_of(run), *plan.start_of(run))
    require_versions(*products)
    require(plan.study.device)
    set_numerics(plan.study)
    for product in products:
        make_run(plan, product)


def make_run(plan: Plan, product: Product) -> None:
    """Train a network or a stack of them, or look inside some, unless that is done already."""
    run = plan.run(product.name)
    data = plan.data_of(run)
    product.folder.mkdir(parents=True, exist_ok=True)
    with writing(product.folder), waiting_for(product.key):
        if product.is_finished():
            print(f"{product.name}: finished already", flush=True)
            return
        job = import_module(f"resnet_notes.{run.job}")
        with Reporter(product.name, run.settings["steps"]) as reporter:
            start = [upstream.folder for upstream in plan.start_of(run)]
            work = job.examine if product.phase == "inside" else job.train_run
            work(run.settings, data and data.folder, product.folder, reporter, *[start] * bool(start))
        finish(product)


@app.command()
def theory(name: Name, key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Compute the table of a figure that needs no training."""
    plan = make_plan(preset, device)
    product = choose(plan, "theory", name, key)
    set_numerics(plan.study)
    from resnet_notes.analysis.tables import SIGNIFICANT, write_table

    frame = import_module(f"resnet_notes.theory.{name}").table(product.origin["settings"])
    with making(product) as folder:
        write_table(frame, folder / product.files[0], SIGNIFICANT)


@app.command()
def table(name: Name, key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Read a figure's table off the runs."""
    plan = make_plan(preset, device)
    product = choose(plan, "table", name, key)
    set_numerics(plan.study)
    from resnet_notes.analysis.tables import in_order, write_table

    frame = import_module(f"resnet_notes.analysis.{name}").table(listed_runs(plan, "table", name))
    with making(product) as folder:
        write_table(in_order(frame), folder / product.files[0])


@app.command()
def figure(name: Name, key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Draw a figure from its table."""
    plan = make_plan(preset, device)
    product = choose(plan, "figure", name, key)
    source = plan.table_of(name)
    require_made(source)
    set_numerics(plan.study)
    import pandas as pd

    from resnet_notes.figures.style import save

    drawn = import_module(f"resnet_notes.figures.{name}").draw(pd.read_csv(source.paths[0]))
    with making(product) as folder:
        save(drawn, folder, name)


@app.command()
def metrics(key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Write what all networks come to, with intervals over seeds or draws."""
    plan = make_plan(preset, device)
    product = choose(plan, "metrics", "metrics", key)
    set_numerics(plan.study)
    import pandas as pd

    from resnet_notes.analysis.summary import summary

    runs = listed_runs(plan, "metrics", "metrics")
    tables = {name: pd.read_csv(path) for name, path in computed_tables(plan).items()}
    write_json(product, summary(runs, tables))


@app.command()
def claims(key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Judge the claims by the thresholds in the params."""
    plan = make_plan(preset, device)
    product = choose(plan, "claims", "claims", key)
    set_numerics(plan.study)
    from resnet_notes.claims.judgement import Evidence
    from resnet_notes.claims.registry import verdicts

    evidence = Evidence(listed_runs(plan, "claims", "claims"), computed_tables(plan), PUBLISHED)
    write_json(product, verdicts(evidence, plan.study.claims.model_dump()))


@app.command()
def notes(key: Key = None, preset: Preset = None, device: Device = None) -> None:
    """Put the numbers, figures and verdicts into the text, as HTML and PDF."""
    plan = make_plan(preset, device)
    product = choose(plan, "notes", "notes", key)
    require_made(*plan.of_kind("metrics", "claims", "table", "figure"))
    set_numerics(plan.study)
    from resnet_notes.publish.documents import write

    text = NOTES / product.origin["text"]
    with making(product) as folder:
        write(folder, text, plan.results, product.origin["params"], lineage(plan))


@app.command()
def build(phase: Phase = "all", preset: Preset = None, device: Device = None) -> None:
    """Run Snakemake for a phase, then remove what no current key names: the command of a DVC stage."""
    run_snakemake(phase, preset, device)
    prune(phase, preset, device)


@app.command()
def prune(phase: Phase = "all", preset: Preset = None, device: Device = None) -> None:
    """Remove results that belong to no params and code in the tree."""
    with hold("build", "prune"):
        for path in prune_strangers(make_plan(preset, device), a_phase(phase)):
            print(f"removed {path}")


@app.command()
def verify(
    preset: Preset = None,
    device: Device = None,
    complete: Annotated[bool, typer.Option(help="data and runs must be there too")] = False,
) -> None:
    """Check that every file belongs to the params and the code in the tree."""
    plan = make_plan(preset, device)
    found = faults(plan, complete)
    if found:
        raise BadInput("\n".join([*found, f"verify: {len(found)} of the files do not belong here"]))
    missing = absent(plan)
    print(f"verify: {len(plan.products) - len(missing)} products belong to the params and the code in the tree")
    if missing:
        print(f"verify: {len(missing)} data sets and runs are not here: pull them, or build them with `snakemake`")


@app.command()
def record(preset: Preset = None, device: Device = None) -> None:
    """Record a state: build, prune, verify, and commit to DVC's cache and lock; git is left to you."""
    build("all", preset, device)
    verify(preset, device, complete=True)
    runs = [str(make_plan(preset, device).results / place) for place in PLACES.values()]
    dvc = ["commit", "--force"] if preset is None else ["add", *filter(os.path.isdir, runs)]
    call([sys.executable, "-m", "dvc", *dvc])
    print("recorded; `git status` shows what to commit")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="a folder that is not there or empty, or a file that ends in .zip")],
    runs: Annotated[bool, typer.Option("--runs", help="with all runs, their checkpoints among them")] = False,
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Write the commit with its results and their provenance, for a repository that gives DOIs."""
    from resnet_notes.archive.export import export as write_archive

    print(f"{path}: {write_archive(make_plan(preset, device), path, runs)} files")


@app.command()
def pack(
    folder: Annotated[Path, typer.Argument(help="a folder that is not there or empty")],
    names: Annotated[list[str] | None, typer.Argument(help="runs, or how their names begin; all when left out")] = None,
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Write what a bare machine needs to make the runs that are not finished; `python worker.py` there makes them."""
    from resnet_notes.elsewhere.pack import pack as write_folder

    packed = write_folder(make_plan(preset, device), folder, names or [])
    print(f"{folder}: {len(packed)} runs; there, `python worker.py --help` says how to make them")


@app.command()
def take(
    archive: Annotated[Path, typer.Argument(help="what worker.py wrote")],
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Take in the runs that a bare machine finished, and the state of those that it began."""
    from resnet_notes.elsewhere.take import slices_of
    from resnet_notes.elsewhere.take import take as take_in

    plan = make_plan(preset, device)
    with hold("build", "take"):
        taken = take_in(plan, archive)
    said = {"taken in": taken.finished, "to go on with": taken.begun, "as far here already": taken.there}
    for what, names in said.items():
        for name in names:
            print(f"{name}: {what}")
    left = sum(not product.is_finished() for product in plan.of_kind("run"))
    print(f"{left} of {len(plan.runs)} runs are left to make; {slices_of(plan)} says what these took")
    if taken.refused:
        raise BadInput("\n".join([*taken.refused, f"take: {len(taken.refused)} runs are not taken in"]))


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="a folder with results, or a commit")],
    new: Annotated[str | None, typer.Argument(help="the same; without it, the results in the tree")] = None,
    *,
    output: Annotated[Path, typer.Option(help="the page to write")],
    preset: Preset = None,
    device: Device = None,
) -> None:
    """Show two builds of the notes beside each other, with what changed marked, as one HTML file."""
    if output.is_dir():
        raise BadInput(f"{output}: a folder; name the file that the page shall be written to")
    plan = make_plan(preset, device)
    from resnet_notes.compare.builds import read_build
    from resnet_notes.compare.page import to_page

    builds = [read_build(name, plan.root, plan.results) for name in (old, new or str(plan.results))]
    with replacing(output) as path:
        path.write_text(to_page(*builds), encoding="utf-8")


@app.command("list")
def list_products(preset: Preset = None, device: Device = None) -> None:
    """List every product of the study with its key, and whether it is there."""
    for product in make_plan(preset, device).products.values():
        print(f"{'made' if product.is_finished() else '-':5} {product.key}  {product.kind:8} {product.name}")


@app.command()
def check(preset: Preset = None, device: Device = None) -> None:
    """Check params.yaml and say what it asks for."""
    plan = make_plan(preset, device)
    finished = sum(product.is_finished() for product in plan.products.values())
    print(f"{len(plan.runs)} runs, {len(plan.of_kind('figure'))} figures")
    print(f"{finished} of {len(plan.products)} products are made")


@app.command()
def schema(path: Annotated[Path, typer.Argument()] = Path("workflow/params.schema.json")) -> None:
    """Write the JSON schema of params.yaml, for editors."""
    path.write_text(json.dumps(Study.model_json_schema(), indent=2) + "\n", encoding="utf-8")


def listed_runs(plan: Plan, kind: str, name: str) -> list[dict]:
    """Return the runs that a product is read off, as the analysis takes them."""
    runs = plan.runs_of(plan.experiments_of(kind, name))
    require_made(*(plan["run", run.name] for run in runs))
    return [
        run.settings | run.reading | {"experiment": run.experiment, "folder": str(plan["run", run.name].folder)}
        for run in runs
    ]


def computed_tables(plan: Plan) -> dict[str, Path]:
    """Return the tables of what needs no training, by their names."""
    computed = plan.of_kind("theory")
    require_made(*computed)
    return {table.name: Path(table.paths[0]) for table in computed}


def require_made(*products: Product | None) -> None:
    """Refuse to go on without a product, and say how to make it."""
    how = {"data": "fetch", "run": "train"}
    for product in products:
        if product is not None and not product.is_finished():
            command = "examine" if product.phase == "inside" else how.get(product.kind, product.kind)
            raise BadInput(f"{product.kind} {product.name}: not there; run `resnet-notes {command} {product.name}`")


def require_versions(*products: Product) -> None:
    """Refuse to make runs here whose keys name the versions of another machine."""
    here = versions("run")
    for product in products:
        for library, asked in product.origin["versions"].items():
            if here[library] != asked and not product.is_finished():
                raise BadInput(
                    f"run {product.name}: made_with in the params names {library} {asked}, but {here[library]} is "
                    "installed here; make it there (`resnet-notes pack`), or remove made_with"
                )


def write_json(product: Product, content: dict) -> None:
    """Make a product of one JSON file."""
    with making(product) as folder:
        text = json.dumps(content, indent=2, allow_nan=False) + "\n"
        (folder / product.files[0]).write_text(text, encoding="utf-8")


def a_phase(phase: str) -> str | None:
    """Return the phase, or None for all of them."""
    if phase not in (*PHASES, "all"):
        raise BadInput(f"phase {phase!r}: there are {', '.join(PHASES)} and all")
    return None if phase == "all" else phase


def run_snakemake(phase: str, preset: str | None, device: str | None) -> None:
    """Run Snakemake up to the end of a phase."""
    a_phase(phase)
    config = [f"{name}={value}" for name, value in (("preset", preset), ("device", device)) if value]
    call([sys.executable, "-m", "snakemake", phase, *(["--config", *config] if config else [])])


def call(command: list[str]) -> None:
    """Run a command that speaks for itself; end with its exit code if it fails, as a shell does if it is killed."""
    code = subprocess.run(command).returncode
    if code < 0:
        print(f"error: {command[2]} was ended by {signal.Signals(-code).name}", file=sys.stderr)
    if code:
        raise typer.Exit(code if code > 0 else 128 - code)


def main() -> None:
    """Run the command line: a line on standard error and exit code 1 for whatever the user can mend."""
    try:
        app()
    except BadInput as error:
        fail(str(error))
    except OSError as error:
        fail(explain(error))


def explain(error: OSError) -> str:
    """One line for a disk that is full or may not be written; other errors are raised again."""
    path = error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path}: no space left on the disk; free some and run again, it goes on from where it stopped"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{path}: cannot be written ({os.strerror(error.errno)}); make the folder writable and run again"
    raise error


def fail(message: str) -> NoReturn:
    """Print and exit with 1."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(1)
