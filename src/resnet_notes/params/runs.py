"""Grids: the experiments of a study as a list of runs, each with plain, resolved settings."""

from dataclasses import dataclass

from resnet_notes.params.study import EXPERIMENTS, Study


@dataclass(frozen=True)
class Run:
    """What one training makes: one network and one seed, or a stack of small networks that are trained at once."""

    name: str
    experiment: str
    cell: str
    """The runs that share a job: networks that differ by their seed alone."""
    job: str
    """The module that trains it."""
    settings: dict
    """All that the training job needs, as JSON has it."""


def expand(study: Study) -> list[Run]:
    """Return the runs of a study: convolutional networks in the order of params.yaml, then stacks."""
    return [*_networks(study), *_separation(study), *_trainability(study)]


def _networks(study: Study) -> list[Run]:
    runs = []
    for experiment in EXPERIMENTS:
        grid = getattr(study, experiment)
        for architecture in grid.architectures:
            for depth in grid.depths:
                cell = f"{experiment}-{architecture}-{depth}"
                for seed in grid.seeds:
                    settings = _settings(study, experiment, architecture, depth, seed)
                    runs.append(Run(f"{cell}-seed{seed}", experiment, cell, "training.run", settings))
    return runs


def _settings(study: Study, experiment: str, architecture: str, depth: int, seed: int) -> dict:
    settings = study.recipe_of(experiment)
    warmup = settings["warmup"]
    if depth < warmup.pop("from_depth"):
        warmup["steps"] = 0
    return (
        settings
        | {"architecture": architecture, "depth": depth, "seed": seed, "validation": study.dataset.validation}
        | _machine(study)
    )


def _separation(study: Study) -> list[Run]:
    """A stack for each task and depth: all seeds and numbers of examples."""
    grid = study.separation.model_dump()
    tasks, depths = grid.pop("tasks"), grid.pop("layers")
    runs = []
    for task, given in tasks.items():
        for layers in depths:
            name = f"separation-{task}-{layers}"
            settings = grid | given | {"task": task, "layers": layers} | _machine(study)
            runs.append(Run(name, "separation", name, "training.separation", settings))
    return runs


def _trainability(study: Study) -> list[Run]:
    """A stack for each depth: all weight variances and seeds."""
    grid = study.trainability.model_dump()
    depths = grid.pop("depths")
    data = {"dataset": study.recipe.dataset, "pool": study.recipe.pool, "validation": study.dataset.validation}
    runs = []
    for depth in depths:
        name = f"trainability-{depth}"
        settings = grid | data | {"layers": depth} | _machine(study)
        runs.append(Run(name, "trainability", name, "training.trainability", settings))
    return runs


def _machine(study: Study) -> dict:
    return {"device": study.device, "numerics": study.numerics, "threads": study.threads}
