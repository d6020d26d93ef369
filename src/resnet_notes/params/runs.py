"""Grids: the experiments of a study as a list of runs, each with plain, resolved settings."""

from collections.abc import Callable
from dataclasses import dataclass, field

from resnet_notes.params.conv_techniques import SCHEDULE
from resnet_notes.params.study import EXAMINED, EXPERIMENTS, Study


@dataclass(frozen=True)
class Run:
    """What one training makes: one network and one seed, or a stack of small networks that are trained at once."""

    name: str
    experiment: str
    cell: str
    """The runs that share a job, whose start takes seconds: networks that differ by their seed, small ones by depth."""
    job: str
    """The module that trains it."""
    settings: dict
    """All that the training job needs, as JSON has it."""
    starts_from: tuple[str, ...] = ()
    """The runs whose files the training starts from."""
    reading: dict = field(default_factory=dict)
    """What the analysis reads the run by; the training does not know it."""


def expand(study: Study) -> list[Run]:
    """Return the runs of a study: convolutional networks in the order of params.yaml, then the other experiments."""
    return [
        *_networks(study),
        *_separation(study),
        *_trainability(study),
        *_likelihood(study),
        *_greedy(study),
        *_finetuning(study),
        *_up_down(study),
        *_techniques(study),
        *_variants(study),
        *_depth_gain(study),
        *_conv_techniques(study),
        *_examinations(study),
        *_dbn_features(study),
        *_dbn_probes(study),
    ]


def _networks(study: Study) -> list[Run]:
    job = "training.graphed" if study.device == "cuda" else "training.run"
    return [run for experiment in EXPERIMENTS for run in _grid(study, experiment, lambda architecture: job)]


def _variants(study: Study) -> list[Run]:
    """The original and its variants, each of which has a job of its own, so that none of them retrains another."""
    own = {"residual": "training.run"}
    return _grid(study, "variants", lambda name: own.get(name, f"training.{name.replace('-', '_')}"))


def _grid(study: Study, experiment: str, job_of: Callable[[str], str]) -> list[Run]:
    grid, runs = getattr(study, experiment), []
    for architecture in grid.architectures:
        for depth in grid.depths:
            shape = {"architecture": architecture, "depth": depth}
            runs += _seeds(
                study, experiment, f"{experiment}-{architecture}-{depth}", job_of(architecture), depth, shape
            )
    return runs


def _depth_gain(study: Study) -> list[Run]:
    """Networks of about equal size."""
    section, runs = study.depth_gain, []
    for layers in section.layers:
        shape = {"layers": layers, "parameters": section.parameters}
        runs += _seeds(study, "depth_gain", f"depth-gain-{layers}", "training.depth_gain", layers, shape)
    return runs


def _conv_techniques(study: Study) -> list[Run]:
    """Networks with some of the techniques; without the schedule their learning rate is constant."""
    section, runs = study.conv_techniques, []
    for name, techniques in section.combinations().items():
        shape: dict = {"depth": section.depth, "techniques": techniques}
        if SCHEDULE not in techniques:
            shape |= {"warmup": {"kind": "linear", "steps": 0}, "decay": {"kind": "steps", "at": [], "factor": 0.1}}
        cell = f"conv-techniques-{name}"
        runs += _seeds(study, "conv_techniques", cell, "training.conv_techniques", section.depth, shape)
    return runs


def _seeds(study: Study, experiment: str, cell: str, job: str, depth: int, shape: dict) -> list[Run]:
    """A run for each seed of networks of one shape, which is trained by the experiment's recipe."""
    seeds = getattr(study, experiment).seeds
    return [
        Run(f"{cell}-seed{seed}", experiment, cell, job, _recipe(study, experiment, depth) | shape | {"seed": seed})
        for seed in seeds
    ]


def _recipe(study: Study, experiment: str, depth: int) -> dict:
    """How networks of a depth are trained in an experiment."""
    settings = study.recipe_of(experiment)
    warmup = settings["warmup"]
    if depth < warmup.pop("from_depth"):
        warmup["steps"] = 0
    return settings | {"validation": study.dataset.validation} | _machine(study)


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


def _likelihood(study: Study) -> list[Run]:
    """A small RBM for each method and seed."""
    section = study.likelihood
    data = {"dataset": section.dataset, "validation": study.datasets[section.dataset].validation}
    shared = section.model_dump(include={"images", "hidden", "evaluate_at", "betas", "chains"})
    runs = []
    for rule in section.methods:
        training = {"epochs": section.epochs, "batch": section.batch, "chains": section.batch, "sampled_visible": True}
        training |= {"learning_rate": rule.learning_rate, "decay": rule.decay}
        cell = f"likelihood-{rule.method}-{rule.k}"
        settings = data | shared | {"method": rule.method, "k": rule.k, "rbm": training, "steps": section.epochs}
        settings |= _machine(study)
        runs += [
            Run(f"{cell}-seed{seed}", "likelihood", cell, "training.likelihood", settings | {"seed": seed})
            for seed in section.seeds
        ]
    return runs


def _greedy(study: Study) -> list[Run]:
    """A greedy stack of RBMs for each shape that networks start from, and each seed: it serves all depths."""
    section = study.pretraining
    rbm = section.rbm.model_dump()
    runs = []
    for stack in section.greedy_stacks():
        settings = _pretraining_data(study, stack.dataset) | {"layers": list(stack.layers), "rbm": rbm}
        settings |= {"steps": len(stack.layers) * rbm["epochs"]} | _machine(study)
        cell = f"greedy-{stack.dataset}-{stack.name}"
        runs += [
            Run(f"{cell}-seed{seed}", "greedy", cell, "training.greedy", settings | {"seed": seed})
            for seed in section.seeds
        ]
    return runs


def _finetuning(study: Study) -> list[Run]:
    """A stack of networks, one of each seed, for each shape and initialisation; those of all shapes share a job.

    Networks of other widths than the main one are an experiment of their own, which compares them.
    """
    section = study.pretraining
    recipe = section.model_dump(exclude={"datasets", "width", "widths", "rbm", "target_loss"})
    recipe["steps"] = recipe["epochs"] * (recipe["images"] // recipe["batch"])
    reading, runs = {"target_loss": section.target_loss}, []
    for start, shape in section.networks():
        cell = f"finetuning-{shape.dataset}-{start}"
        settings = recipe | _pretraining_data(study, shape.dataset) | _machine(study)
        settings |= {"initialisation": start, "layers": list(shape.layers)}
        starts_from = _stacks(study, shape.dataset, shape.layers, section.seeds) if start == "rbm" else ()
        experiment = "finetuning" if set(shape.layers) == {section.width} else "widths"
        runs.append(
            Run(f"{cell}-{shape.name}", experiment, cell, "training.finetuning", settings, starts_from, reading)
        )
    return runs


def _up_down(study: Study) -> list[Run]:
    """A deep belief network with labels for each seed, on the lowest RBMs of its greedy stack."""
    section, shared = study.up_down, study.pretraining
    if not section.epochs:
        return []
    settings = section.model_dump() | _pretraining_data(study, section.dataset) | _machine(study)
    rbm = shared.rbm.model_dump()
    settings |= {"batch": shared.batch, "rbm": rbm, "steps": rbm["epochs"] + sum(section.epochs)}
    cell = f"up-down-{section.dataset}"
    return [
        Run(
            f"{cell}-seed{seed}",
            "up_down",
            cell,
            "training.up_down",
            settings | {"seed": seed},
            _stacks(study, section.dataset, tuple(section.layers), [seed]),
        )
        for seed in shared.seeds
    ]


def _techniques(study: Study) -> list[Run]:
    """A run for each technique: networks of all depths that it can train."""
    section = study.techniques
    shared = section.model_dump(exclude={"ladder", "alone", "left_out"}) | _machine(study)
    shared["validation"] = study.datasets[section.dataset].validation
    runs = []
    for name, technique in (section.ladder | section.alone | section.left_out).items():
        settings = shared | technique.model_dump() | {"technique": name, "on_the_ladder": name in section.ladder}
        # said of these runs only: the others are older, and their keys cover all that is said
        settings |= {"alone": True} if name in section.alone else {}
        cell = f"techniques-{name}"
        runs.append(Run(cell, "techniques", cell, "training.techniques", settings))
    return runs


def _examinations(study: Study) -> list[Run]:
    """What is read off the checkpoints of convolutional networks: a run for all seeds of an architecture and depth."""
    runs = []
    for section, architecture, depth in study.examinations():
        experiment = EXAMINED[architecture]
        recipe = _recipe(study, experiment, depth)
        # the gradients along the training need all of it
        if section == "gradients":
            seen = recipe | {"training_steps": recipe["steps"]}
        else:
            seen = {name: recipe[name] for name in ("dataset", "pool", "stem_stride", "train_subset", "validation")}
        asked = getattr(study, section).model_dump(exclude={"architecture", "architectures", "depth", "depths"})
        seeds = getattr(study, experiment).seeds
        seeds = [min(seeds)] if section == "features" else seeds
        settings = seen | asked | {"architecture": architecture, "depth": depth} | _machine(study)
        settings |= {"seeds": seeds, "steps": len(seeds)}
        name = f"{section}-{architecture}-{depth}"
        trained = tuple(f"{experiment}-{architecture}-{depth}-seed{seed}" for seed in seeds)
        runs.append(Run(name, section, name, f"inside.{section}", settings, trained))
    return runs


def _dbn_features(study: Study) -> list[Run]:
    """What excites the units of the deepest greedy stack, of the least seed."""
    asked = study.features.model_dump(exclude={"architecture", "depth"})
    return _deepest_stack(study, "features", asked, [min(study.pretraining.seeds)])


def _dbn_probes(study: Study) -> list[Run]:
    """How well a linear classifier does after each layer of the deepest greedy stack, of all seeds."""
    asked = study.probes.model_dump(exclude={"architectures", "depths"})
    return _deepest_stack(study, "probes", asked, study.pretraining.seeds)


def _deepest_stack(study: Study, section: str, asked: dict, seeds: list[int]) -> list[Run]:
    """What a section asks of the deepest greedy stack: one run for some seeds, or none without stacks."""
    deepest = study.deepest_stack
    if deepest is None:
        return []
    stack = f"{deepest.dataset}-{deepest.name}"
    settings = _pretraining_data(study, deepest.dataset) | asked | {"layers": list(deepest.layers)} | _machine(study)
    settings |= {"seeds": seeds, "steps": len(seeds)}
    starts_from = tuple(f"greedy-{stack}-seed{seed}" for seed in seeds)
    name = f"dbn-{section}-{stack}"
    return [Run(name, f"dbn_{section}", name, f"inside.dbn_{section}", settings, starts_from)]


def _stacks(study: Study, dataset: str, layers: tuple[int, ...], seeds: list[int]) -> tuple[str, ...]:
    """The greedy runs whose lowest RBMs have these layers, one of each seed."""
    stack = study.pretraining.stack_below(dataset, layers)
    return tuple(f"greedy-{dataset}-{stack.name}-seed{seed}" for seed in seeds) if stack else ()


def _pretraining_data(study: Study, dataset: str) -> dict:
    validation = study.datasets[dataset].validation
    return {"dataset": dataset, "validation": validation, "images": study.pretraining.images}


def _machine(study: Study) -> dict:
    return {"device": study.device, "numerics": study.numerics, "threads": study.threads}
