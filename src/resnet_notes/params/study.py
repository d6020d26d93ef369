"""params.yaml and presets/*.yaml as one validated study."""

import difflib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from resnet_notes.data.catalogue import DATASETS
from resnet_notes.errors import BadInput
from resnet_notes.params.base import Section
from resnet_notes.params.claims import Claims
from resnet_notes.params.conv_techniques import ConvTechniques
from resnet_notes.params.datasets import Dataset
from resnet_notes.params.depth_gain import DepthGain
from resnet_notes.params.inside import Extension, Features, Gradients, Lesions, Paths, Probes, Responses, Surfaces
from resnet_notes.params.likelihood import Likelihood
from resnet_notes.params.linear_chain import LinearChain
from resnet_notes.params.networks import Networks, Variants
from resnet_notes.params.notes import Notes
from resnet_notes.params.parity import Parity
from resnet_notes.params.pretraining import Pretraining, Shape
from resnet_notes.params.propagation import Propagation
from resnet_notes.params.recipe import Recipe
from resnet_notes.params.separation import Separation
from resnet_notes.params.shattered_gradients import ShatteredGradients
from resnet_notes.params.techniques import Techniques
from resnet_notes.params.trainability import Trainability
from resnet_notes.params.triangle_map import TriangleMap
from resnet_notes.params.up_down import UpDown

EXPERIMENTS = ("degradation", "residual", "control")
"""Sections of params.yaml that are grids of plain and residual networks."""

CONVOLUTIONAL = (*EXPERIMENTS, "variants", "depth_gain", "conv_techniques")
"""Sections whose networks are trained by the recipe."""

EXAMINED = {"plain": "degradation", "residual": "residual"}
"""The grid whose networks of an architecture are looked at inside."""


class MadeWith(Section):
    """The versions that the keys of runs name; of exactly the libraries that decide the bits of a run."""

    torch: str
    numpy: str
    safetensors: str


class Study(Section):
    """Every number of the study."""

    device: Literal["cpu", "cuda", "auto"] = Field(description="where networks are trained")
    numerics: Literal["portable", "native"] = Field(description="same bits everywhere, or fastest here")
    threads: Annotated[int, Field(ge=1, le=64)] = Field(description="threads of one job")
    datasets: dict[str, Dataset] = Field(description="what data/ can hold")
    recipe: Recipe
    degradation: Networks
    residual: Networks
    control: Networks
    parity: Parity
    triangle_map: TriangleMap
    separation: Separation
    linear_chain: LinearChain
    propagation: Propagation
    shattered_gradients: ShatteredGradients
    trainability: Trainability
    likelihood: Likelihood
    pretraining: Pretraining
    up_down: UpDown
    techniques: Techniques
    depth_gain: DepthGain
    conv_techniques: ConvTechniques
    variants: Variants
    responses: Responses
    lesions: Lesions
    paths: Paths
    extension: Extension
    gradients: Gradients
    surfaces: Surfaces
    probes: Probes
    features: Features
    claims: Claims
    notes: Notes
    made_with: MadeWith | None = Field(
        default=None, description="versions of the machine that makes the runs, where that is another one than this"
    )

    @model_validator(mode="after")
    def _datasets_are_known(self) -> "Study":
        allowed = ", ".join(sorted(self.datasets))
        for where, name in self._asked_for():
            if name not in self.datasets:
                raise ValueError(f"{where} = {name!r}: not under datasets; there are {allowed}")
        for name, dataset in self.datasets.items():
            if dataset.folder is None and name not in DATASETS:
                allowed = ", ".join(sorted(DATASETS))
                raise ValueError(f"datasets.{name}: needs a folder, or is one of {allowed}")
            if dataset.folder is not None and name in DATASETS:
                raise ValueError(f"datasets.{name}: a folder of your own needs a name of its own")
        return self

    @model_validator(mode="after")
    def _up_down_has_its_stack(self) -> "Study":
        given = self.up_down
        if given.epochs and self.pretraining.stack_below(given.dataset, tuple(given.layers)) is None:
            stacks = ", ".join(f"{stack.name} on {stack.dataset}" for stack in self.pretraining.greedy_stacks())
            raise ValueError(
                f"up_down.layers = {given.layers} on {given.dataset}: no greedy stack of pretraining begins so; "
                f"there are {stacks or 'none'}"
            )
        if given.epochs and given.monitor > self.pretraining.images:
            raise ValueError(
                f"up_down.monitor = {given.monitor}: must be at most pretraining.images = {self.pretraining.images}"
            )
        return self

    @model_validator(mode="after")
    def _examined_networks_are_trained(self) -> "Study":
        for where, architecture, depth in self.examinations():
            grid = getattr(self, EXAMINED[architecture])
            if depth not in grid.depths:
                raise ValueError(
                    f"{where}.depths: {depth} is not among the {architecture} networks of {EXAMINED[architecture]}, "
                    f"which has {grid.depths}"
                )
            self._fits(where, EXAMINED[architecture])
        return self

    def _fits(self, examination: str, experiment: str) -> None:
        """Refuse an examination that asks more of an experiment than its networks and data have."""
        seeds, steps = getattr(self, experiment).seeds, self.recipe_of(experiment)["steps"]
        strange = [seed for seed in self.surfaces.planes if seed not in seeds]
        if examination == "surfaces" and strange:
            raise ValueError(f"surfaces.planes: {strange[0]} is not among the seeds of {experiment}, {seeds}")
        late = [step for step in self.gradients.measure_at if step >= steps]
        if examination == "gradients" and late:
            raise ValueError(
                f"gradients.measure_at: {late[0]} must be less than the {steps} steps that {experiment} trains"
            )
        wanted, there = self.probes.validation_images, self.dataset.validation
        if examination == "probes" and wanted > there:
            raise ValueError(f"probes.validation_images = {wanted}: {self.recipe.dataset} holds out {there}")

    @model_validator(mode="after")
    def _probed_stack_has_validation_images(self) -> "Study":
        wanted, stack = self.probes.validation_images, self.deepest_stack
        if stack and wanted > self.datasets[stack.dataset].validation:
            held_out = self.datasets[stack.dataset].validation
            raise ValueError(f"probes.validation_images = {wanted}: {stack.dataset} holds out {held_out}")
        return self

    @model_validator(mode="after")
    def _schedules_fit_the_training(self) -> "Study":
        for experiment in CONVOLUTIONAL:
            grid, recipe = getattr(self, experiment), self.recipe_of(experiment)
            if not grid.deepest:
                continue
            steps, warmup, decay = recipe["steps"], recipe["warmup"], recipe["decay"]
            of = {key: f"{experiment}.recipe" if getattr(grid.recipe, key) else "recipe" for key in ("warmup", "decay")}
            if grid.deepest >= warmup["from_depth"] and warmup["steps"] >= steps:
                raise ValueError(
                    f"{of['warmup']}.warmup.steps = {warmup['steps']}: "
                    f"must be less than the {steps} steps that {experiment} trains"
                )
            late = [at for at in decay.get("at", []) if at >= steps]
            if late:
                raise ValueError(
                    f"{of['decay']}.decay.at = {decay['at']}: "
                    f"{late[0]} must be less than the {steps} steps that {experiment} trains"
                )
        return self

    def recipe_of(self, experiment: str) -> dict[str, Any]:
        """The recipe with what an experiment changes of it."""
        return self.recipe.model_dump() | getattr(self, experiment).recipe.model_dump(exclude_none=True)

    def examinations(self) -> list[tuple[str, str, int]]:
        """Every examination of trained networks: its section, their architecture and their depth.

        An architecture whose grid is left out is not examined.
        """
        asked = {
            "responses": (self.responses.architectures, self.responses.depths),
            "lesions": (self.lesions.architectures, self.lesions.depths),
            "paths": (["residual"], self.paths.depths),
            "extension": (["plain"], self.extension.depths),
            "gradients": (self.gradients.architectures, self.gradients.depths),
            "surfaces": (self.surfaces.architectures, self.surfaces.depths),
            "probes": (self.probes.architectures, self.probes.depths),
            "features": ([self.features.architecture], [self.features.depth] if self.features.depth else []),
        }
        return [
            (section, architecture, depth)
            for section, (architectures, depths) in asked.items()
            for architecture in architectures
            for grid in [getattr(self, EXAMINED[architecture])]
            if architecture in grid.architectures and grid.depths and grid.seeds
            for depth in depths
        ]

    def _asked_for(self) -> list[tuple[str, str]]:
        """Where a section names a data set, and which."""
        return [
            ("recipe.dataset", self.recipe.dataset),
            ("likelihood.dataset", self.likelihood.dataset),
            ("techniques.dataset", self.techniques.dataset),
            *(("pretraining.datasets", name) for name in self.pretraining.datasets),
        ]

    @property
    def deepest_stack(self) -> Shape | None:
        """The greedy stack that is looked at inside; of equals, that of the data set with labelled stacks."""
        stacks = self.pretraining.greedy_stacks()
        return max(stacks, key=lambda own: (len(own.layers), own.dataset == self.up_down.dataset), default=None)

    @property
    def dataset(self) -> Dataset:
        """The data set that the recipe names."""
        return self.datasets[self.recipe.dataset]


def load_study(root: Path, preset: str | None = None, device: str | None = None) -> Study:
    """Read ``params.yaml`` under ``root``, with a preset laid over it.

    Args:
        root: the project's folder.
        preset: a name under ``presets/``.
        device: replaces the study's device.

    Raises:
        BadInput: the file is not there or not YAML; a key is unknown, or a value impossible (a line for each).
    """
    source = "params.yaml"
    content = _read(root / source)
    if preset is not None:
        names = sorted(path.stem for path in (root / "presets").glob("*.yaml"))
        if preset not in names:
            raise BadInput(f"preset {preset!r}: there is no presets/{preset}.yaml; there are {', '.join(names)}")
        source = f"params.yaml with presets/{preset}.yaml"
        content = overlay(content, _read(root / "presets" / f"{preset}.yaml"))
    if device is not None:
        content["device"] = device
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise BadInput("\n".join(f"{source}: {_explain(e)}" for e in error.errors())) from None


def overlay(base: dict, top: dict) -> dict:
    """Return ``base`` with ``top`` laid over it: sections merge, values and lists are replaced, a null removes its key.

    A section with a ``kind`` is replaced as a whole, since its other keys belong to that kind.
    """
    merged = dict(base)
    for key, value in top.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict) and "kind" not in value:
            merged[key] = overlay(base[key], value)
        else:
            merged[key] = value
    return merged


def _read(path: Path) -> dict:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path.name}: not found in {path.parent.resolve()}; run this in the project's folder") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path.name}: holds no sections")
    return content


def _explain(error: Any) -> str:
    """One line for one finding of pydantic: the key, the value, what is allowed."""
    # after a union's key comes its kind ("linear") in pydantic's location, and it is no key of the file
    loc = ("", "", *error["loc"])
    unions = (("recipe", "warmup"), ("recipe", "decay"))
    keys = [str(part) for part, before in zip(loc[2:], pairwise(loc)) if before not in unions]
    where = ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key{_suggestion(keys)}"
    if error["type"] == "missing":
        return f"{where}: missing"
    if error["type"] == "union_tag_not_found":
        return f"{where}.kind: missing"
    if error["type"] == "union_tag_invalid":
        return f"{where}.kind = {error['ctx']['tag']!r}: allowed are {error['ctx']['expected_tags']}"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[0].lower() + message[1:]
    if not where:
        return message
    # a check of several keys of a section names them itself
    of_section = isinstance(error["input"], dict) and error["type"] == "value_error"
    return f"{where}: {message}" if of_section else f"{where} = {error['input']!r}: {message}"


def _suggestion(keys: list[str]) -> str:
    """Name what is allowed beside an unknown key."""
    section: Any = Study
    for key in keys[:-1]:
        field = getattr(section, "model_fields", {}).get(key)
        section = field.annotation if field else None
    allowed = list(getattr(section, "model_fields", {}))
    near = difflib.get_close_matches(keys[-1], allowed, 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; allowed are {', '.join(allowed)}" if allowed else ""
