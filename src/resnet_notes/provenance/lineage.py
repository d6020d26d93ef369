"""Where everything that the notes show comes from, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resnet_notes.data.catalogue import expected_content
from resnet_notes.params.runs import Run
from resnet_notes.params.study import CONVOLUTIONAL
from resnet_notes.provenance.files import hash_of_file
from resnet_notes.provenance.plan import PUBLISHED, SECTIONS, THEORY, Plan
from resnet_notes.provenance.product import Product

EXAMINATIONS = ("responses", "lesions", "paths", "extension", "gradients", "surfaces", "probes", "features")
READS: Mapping[str, tuple[str, ...]] = dict.fromkeys((*CONVOLUTIONAL, "trainability", *EXAMINATIONS), ("recipe",)) | {
    "up_down": ("pretraining",),
    "dbn_features": ("pretraining", "up_down"),
    "dbn_probes": ("pretraining", "up_down"),
}
"""The sections of params.yaml that an experiment reads beside its own and that of its data set."""
THEORY_READS = ("numerics", "threads")
RUN_READS = ("device", *THEORY_READS)
"""What says how all runs are made."""


def lineage(plan: Plan) -> dict[str, Any]:
    """Return what everything in the notes is made from.

    Everything stands in it once and is named elsewhere, in the order of the plan. No product needs to be there.

    Returns:
        ``params``: the values of each section of params.yaml that something depends on; an entry of ``datasets`` is a
        section of its own, ``datasets.NAME``.
        ``data``: of each data set in use its key, its rule, and ``content``, the SHA-256 that its files must have.
        ``published``: the SHA-256 of the file of published values.
        ``modules``: of each module that a job begins with its file, and ``code``, the hash of all code that it runs.
        ``runs``: of each its key, rule, module, experiment, cell, data set (or None), and those that it starts from.
        ``experiments``: of each its sections, data sets, modules, libraries, runs, and those that it starts from.
        ``tables``: of each its key, rule, module, file, and the experiments that it is read off; ``sections`` are those
        that a table is computed from without training.
        ``figures``: of each its key, rule, module, files, libraries and the name of its table.
        ``summaries``: of the metrics and the claims their key, rule, module, file, libraries, and the experiments and
        tables that they are read off.

        Figures and summaries say by ``published`` whether they read that file. Their ``runs``, ``data`` and
        ``libraries`` are all that they depend on, however indirectly; ``sections`` describe what they show, and
        ``shared`` are the others that they depend on.
    """
    runs = {run.name: _run(plan, run) for run in plan.runs}
    tables = {product.name: _table(plan, product) for product in plan.of_kind("table", "theory")}
    figures = {product.name: _figure(plan, product, tables) for product in plan.of_kind("figure")}
    summaries = {product.name: _summary(plan, product) for product in plan.of_kind("metrics", "claims")}
    shown = [*figures.values(), *summaries.values()]
    made = plan.of_kind("run", "theory", "table", "figure", "metrics", "claims")
    return {
        "params": {name: _values(plan, name) for name in _once(s for e in shown for s in e["sections"] + e["shared"])},
        "data": {name: _data(plan, name) for name in _once(run["data"] for run in runs.values() if run["data"])},
        "published": {PUBLISHED.as_posix(): hash_of_file(plan.root / PUBLISHED)},
        "modules": {product.origin["module"]: _module(plan, product) for product in made},
        "runs": runs,
        "experiments": {name: _experiment(plan, name, runs) for name in _once(run.experiment for run in plan.runs)},
        "tables": tables,
        "figures": figures,
        "summaries": summaries,
    }


def sections_of(run: Run) -> list[str]:
    """Return the sections of params.yaml that the settings of a run come from, its own first."""
    data = [f"datasets.{run.settings['dataset']}"] if "dataset" in run.settings else []
    own = SECTIONS.get(run.experiment, run.experiment)
    return _once([own, *READS.get(run.experiment, ()), *data, *RUN_READS])


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _values(plan: Plan, section: str) -> Any:
    values: Any = plan.study.model_dump(mode="json")
    for name in section.split(".", 1):
        values = values[name]
    return values


def _data(plan: Plan, name: str) -> dict[str, Any]:
    product, folder = plan["data", name], plan.study.datasets[name].folder
    content = expected_content(name, folder and folder.model_dump())
    return {"key": product.key, "rule": plan.rule_of(product), "content": content}


def _module(plan: Plan, product: Product) -> dict[str, str]:
    file = plan.code.path(product.origin["module"]).relative_to(plan.root)
    return {"file": file.as_posix(), "code": product.origin["code"]}


def _made(plan: Plan, product: Product) -> dict[str, str]:
    return {"key": product.key, "rule": plan.rule_of(product), "module": product.origin["module"]}


def _files(product: Product) -> list[str]:
    return [(product.folder / name).as_posix() for name in product.files]


def _run(plan: Plan, run: Run) -> dict[str, Any]:
    data = plan.data_of(run)
    below = {"data": data and data.name, "starts_from": list(run.starts_from)}
    return _made(plan, plan["run", run.name]) | {"experiment": run.experiment, "cell": run.cell} | below


def _experiment(plan: Plan, name: str, runs: dict[str, Any]) -> dict[str, Any]:
    """What the runs of an experiment have in common."""
    own = plan.runs_of([name])
    entries = [runs[run.name] for run in own]
    return {
        "sections": _once(section for run in own for section in sections_of(run)),
        "data": _once(entry["data"] for entry in entries if entry["data"]),
        "modules": _once(entry["module"] for entry in entries),
        "libraries": plan["run", own[0].name].origin["versions"],
        "starts_from": _once(runs[start]["experiment"] for entry in entries for start in entry["starts_from"]),
        "runs": [run.name for run in own],
    }


def _table(plan: Plan, product: Product) -> dict[str, Any]:
    computed = product.kind == "theory"
    return _made(plan, product) | {
        "file": _files(product)[0],
        "sections": [THEORY[product.name], *THEORY_READS] if computed else [],
        "experiments": [] if computed else list(plan.experiments_of("table", product.name)),
    }


def _figure(plan: Plan, product: Product, tables: dict[str, Any]) -> dict[str, Any]:
    table = plan.table_of(product.name)
    given = tables[table.name]
    below = _below(plan, given["sections"][:1], given["sections"][1:], given["experiments"])
    below["libraries"] |= table.origin["versions"] | product.origin["versions"]
    entry = {"files": _files(product), "table": table.name, "published": "published" in product.origin}
    return _made(plan, product) | entry | below


def _summary(plan: Plan, product: Product) -> dict[str, Any]:
    there = {run.experiment for run in plan.runs}
    experiments = [name for name in plan.experiments_of(product.kind, product.name) if name in there]
    tables = list(product.origin.get("theory", ()))
    own = [*(["claims"] if product.kind == "claims" else []), *(THEORY[name] for name in tables)]
    below = _below(plan, own, THEORY_READS if tables else (), experiments)
    for origin in (product.origin, *(plan["theory", name].origin for name in tables)):
        below["libraries"] |= origin["versions"]
    entry = {"file": _files(product)[0], "experiments": experiments, "tables": tables}
    return _made(plan, product) | entry | {"published": "published" in product.origin} | below


def _below(plan: Plan, own: Sequence[str], shared: Sequence[str], experiments: Sequence[str]) -> dict[str, Any]:
    """All that something depends on that is read off some experiments, and some sections of params.yaml."""
    found = {run.name for run in plan.runs_of(experiments)}
    waiting = set(found)
    while waiting:
        waiting = {start for name in waiting for start in plan.run(name).starts_from} - found
        found |= waiting
    runs = {run.name: run for run in plan.runs if run.name in found}
    described = (SECTIONS.get(name, name) for name in (*experiments, *(run.experiment for run in runs.values())))
    sections = _once([*own, *described])
    libraries = [plan["run", name].origin["versions"] for name in runs]
    return {
        "sections": sections,
        "shared": _once(s for s in (*shared, *(s for r in runs.values() for s in sections_of(r))) if s not in sections),
        "libraries": {name: given for versions in libraries for name, given in versions.items()},
        "runs": list(runs),
        "data": _once(run.settings["dataset"] for run in runs.values() if "dataset" in run.settings),
    }
