"""Grids: the experiments of a study as a list of runs, each with plain, resolved settings."""

from dataclasses import dataclass

from resnet_notes.params.study import Study

EXPERIMENTS = ("degradation", "residual", "control")
"""Sections of params.yaml that are grids of networks."""


@dataclass(frozen=True)
class Run:
    """One network and one seed."""

    name: str
    experiment: str
    settings: dict
    """All that the training job needs, as JSON has it."""


def expand(study: Study) -> list[Run]:
    """Return the runs of a study, in the order of params.yaml."""
    runs = []
    for experiment in EXPERIMENTS:
        grid = getattr(study, experiment)
        for architecture in grid.architectures:
            for depth in grid.depths:
                for seed in grid.seeds:
                    name = f"{experiment}-{architecture}-{depth}-seed{seed}"
                    runs.append(Run(name, experiment, _settings(study, experiment, architecture, depth, seed)))
    return runs


def _settings(study: Study, experiment: str, architecture: str, depth: int, seed: int) -> dict:
    changes = getattr(study, experiment).recipe.model_dump(exclude_none=True)
    settings = study.recipe.model_dump() | changes
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
