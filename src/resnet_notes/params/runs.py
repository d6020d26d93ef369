"""Grids: the experiments of a study as a list of runs, each with plain, resolved settings."""

from dataclasses import dataclass

from resnet_notes.params.study import EXPERIMENTS, Study


@dataclass(frozen=True)
class Run:
    """One network and one seed."""

    name: str
    experiment: str
    cell: str
    """The runs that differ by their seed alone."""
    settings: dict
    """All that the training job needs, as JSON has it."""


def expand(study: Study) -> list[Run]:
    """Return the runs of a study, in the order of params.yaml."""
    runs = []
    for experiment in EXPERIMENTS:
        grid = getattr(study, experiment)
        for architecture in grid.architectures:
            for depth in grid.depths:
                cell = f"{experiment}-{architecture}-{depth}"
                for seed in grid.seeds:
                    settings = _settings(study, experiment, architecture, depth, seed)
                    runs.append(Run(f"{cell}-seed{seed}", experiment, cell, settings))
    return runs


def _settings(study: Study, experiment: str, architecture: str, depth: int, seed: int) -> dict:
    settings = study.recipe_of(experiment)
    warmup = settings["warmup"]
    if depth < warmup.pop("from_depth"):
        warmup["steps"] = 0
    return settings | {
        "architecture": architecture,
        "depth": depth,
        "seed": seed,
        "validation": study.dataset.validation,
        "device": study.device,
        "numerics": study.numerics,
        "threads": study.threads,
    }
