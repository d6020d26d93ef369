"""The plan: every product of a study, with its place and its key."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from resnet_notes.data.catalogue import data_key
from resnet_notes.errors import BadInput
from resnet_notes.params.runs import Run, expand
from resnet_notes.params.study import EXPERIMENTS, Study
from resnet_notes.provenance.code import PACKAGE, Code
from resnet_notes.provenance.files import hash_of_file, short_hash
from resnet_notes.provenance.product import Product, make_key

FIGURES: dict[str, tuple[str, ...]] = {
    "training_curves": ("degradation", "residual"),
    "error_by_depth": ("degradation", "residual"),
    "longer_training": ("degradation", "residual", "control"),
    "separation": ("separation",),
    "trainability": ("trainability",),
    "rbm_likelihood": ("likelihood",),
    "pretraining_depth": ("finetuning",),
    "pretraining_curves": ("finetuning",),
    "pretraining_spread": ("finetuning",),
    "pretraining_distance": ("finetuning",),
    "pretraining_gradients": ("finetuning",),
    "pretraining_width": ("finetuning", "widths"),
    "up_down": ("up_down", "finetuning"),
    "rbm_pictures": ("greedy", "up_down"),
    "techniques": ("techniques",),
    "techniques_by_year": ("techniques",),
    "depth_gain": ("depth_gain",),
    "conv_techniques": ("conv_techniques",),
    "variants": ("variants",),
    "responses": ("responses",),
    "lesions": ("lesions",),
    "paths": ("paths",),
    "extension": ("extension", "degradation"),
    "gradients": ("gradients",),
    "surfaces": ("surfaces",),
    "probes": ("probes",),
    "features": ("features",),
    "dbn_features": ("dbn_features",),
    "dbn_probes": ("dbn_probes",),
}
"""Each figure of trained networks and the experiments it shows; its table has its name, and so have their modules."""

SUMMED = (
    "separation",
    "trainability",
    "finetuning",
    "widths",
    "likelihood",
    "up_down",
    "techniques",
    "depth_gain",
    "conv_techniques",
    "variants",
    "lesions",
    "responses",
    "paths",
    "extension",
    "gradients",
    "surfaces",
    "features",
    "probes",
    "dbn_probes",
)
"""The experiments that metrics and claims are read off, beside the grids of convolutional networks."""

THEORY: dict[str, str] = {
    "parity_circuits": "parity",
    "parity_size": "parity",
    "triangle_map": "triangle_map",
    "linear_chain": "linear_chain",
    "propagation": "propagation",
    "propagation_cures": "propagation",
    "variance_ratios": "propagation",
    "signal_histograms": "propagation",
    "shattered_gradients": "shattered_gradients",
}
"""Each figure that needs no training, and the section of params.yaml that its table is computed from."""

CONVOLUTIONAL_JOBS = (
    "training.run",
    "training.graphed",
    "training.option_b",
    "training.pre_activation",
    "training.zero_gamma",
    "training.depth_gain",
    "training.conv_techniques",
)
RUN_FILES = {
    **dict.fromkeys(CONVOLUTIONAL_JOBS, ("checkpoint.safetensors", "history.csv", "metrics.json")),
    "training.separation": ("history.csv",),
    "training.trainability": ("history.csv",),
    "training.likelihood": ("rbm.safetensors", "history.csv"),
    "training.greedy": ("dbn.safetensors", "pictures.safetensors", "history.csv"),
    "training.finetuning": ("checkpoint.safetensors", "gradients.csv", "history.csv"),
    "training.techniques": ("history.csv",),
    "training.up_down": ("network.safetensors", "dreams.safetensors", "history.csv"),
    "inside.responses": ("responses.csv",),
    "inside.lesions": ("lesions.csv",),
    "inside.paths": ("paths.csv",),
    "inside.extension": ("extension.csv",),
    "inside.gradients": ("gradients.csv",),
    "inside.surfaces": ("surfaces.csv",),
    "inside.probes": ("probes.csv",),
    "inside.features": ("features.safetensors", "features.csv"),
    "inside.dbn_features": ("dbn_features.safetensors", "dbn_features.csv"),
    "inside.dbn_probes": ("dbn_probes.csv",),
}
"""What a training leaves, the file that is written last at the end."""
PRETRAINING = ("training.likelihood", "training.greedy")
"""The trainings that need no labels; they have a phase and a place of their own."""
PLACES = {"pretraining": "pretraining", "training": "runs", "inside": "inside"}
"""The phases that make runs, and their folders under the results."""
NOTES = Path("notes")
"""The text of the notes with all that sets it."""
PUBLISHED = NOTES / "published.csv"
SECTIONS = dict.fromkeys(("greedy", "finetuning", "widths"), "pretraining") | {
    "dbn_features": "features",
    "dbn_probes": "probes",
}
"""The sections of params.yaml that experiments of other names are described in."""
WRITERS = {"table": ("analysis.tables",), "theory": ("analysis.tables",), "figure": ("figures.style",)}
"""What writes the files of a kind of job, beside the module that the job is named after."""
LIBRARIES = {
    "run": ("torch", "numpy", "safetensors"),
    "table": ("pandas", "numpy", "scipy", "torch"),
    "theory": ("pandas", "numpy", "scipy", "torch"),
    "figure": ("pandas", "numpy", "scipy", "matplotlib", "pillow"),
    "notes": ("jinja2", "pandas", "numpy", "scipy", "matplotlib", "pypandoc_binary", "typst"),
}


class Plan:
    """Every product of a study.

    Args:
        root: the project's folder.
        study: its params, with ``device`` resolved.
        preset: the preset laid over them; its results have a place of their own.
    """

    def __init__(self, root: Path, study: Study, preset: str | None = None) -> None:
        self.root, self.study, self.preset = root, study, preset
        self.results = Path("results") if preset is None else Path("results/presets") / preset
        self.code = Code(root / "src")
        self.runs = expand(study)
        self.products: dict[tuple[str, str], Product] = {}
        self._add_data()
        for run in self.runs:
            self._add_run(run)
        for name, section in THEORY.items():
            self._add_theory(name, section)
        for name, experiments in FIGURES.items():
            if {run.experiment for run in self.runs} >= set(experiments):
                self._read_off("table", name, f"analysis.{name}", experiments, "tables", f"{name}.csv")
                self._add_figure(name)
        for name in THEORY:
            self._add_figure(name)
        self._add_summary("metrics")
        self._add_summary("claims")
        if study.notes.text is not None:
            self._add_notes(study.notes.text)

    def __getitem__(self, kind_and_name: tuple[str, str]) -> Product:
        return self.products[kind_and_name]

    def of_kind(self, *kinds: str) -> list[Product]:
        """Return the products of some kinds, in the order they were planned."""
        return [product for product in self.products.values() if product.kind in kinds]

    def of_phase(self, phase: str) -> list[Product]:
        """Return the products of a phase."""
        return [product for product in self.products.values() if product.phase == phase]

    def run(self, name: str) -> Run:
        """Return a run by its name."""
        return next(run for run in self.runs if run.name == name)

    def cells(self) -> dict[str, list[Run]]:
        """Return the runs by cell: those that differ by their seed alone, and share a job."""
        cells: dict[str, list[Run]] = {}
        for run in self.runs:
            cells.setdefault(run.cell, []).append(run)
        return cells

    def runs_of(self, experiments: Sequence[str]) -> list[Run]:
        """Return the runs of some experiments."""
        return [run for run in self.runs if run.experiment in experiments]

    def experiments_of(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the experiments that a table, the metrics or the claims are read off."""
        if kind == "table":
            return FIGURES[name]
        return (*EXPERIMENTS, *SUMMED)

    def table_of(self, figure: str) -> Product:
        """Return the table that a figure is drawn from."""
        return self["theory" if figure in THEORY else "table", figure]

    def rule_of(self, product: Product) -> str:
        """Return the name of the Snakemake rule that makes a product."""
        name = product.name.replace("-", "_")
        if product.kind == "run":
            verb = "examine" if product.phase == "inside" else "train"
            return f"{verb}_{self.run(product.name).cell.replace('-', '_')}"
        named = {"data": f"fetch_{name}", "table": f"{name}_table", "theory": f"{name}_theory", "notes": "documents"}
        return named.get(product.kind, name)

    def data_of(self, run: Run) -> Product | None:
        """Return the data set that a run is trained on; None where it makes its own examples."""
        return self["data", run.settings["dataset"]] if "dataset" in run.settings else None

    def start_of(self, run: Run) -> list[Product]:
        """Return the runs that a run starts from."""
        return [self["run", name] for name in run.starts_from]

    @property
    def reader(self) -> str:
        """By what code and library a user's own images are read."""
        return f"{self.code.hash_of(f'{PACKAGE}.data.image_folder')} pillow {version('pillow')}"

    def _add(self, product: Product) -> None:
        self.products[product.kind, product.name] = product

    def _add_data(self) -> None:
        for name, dataset in self.study.datasets.items():
            key = data_key(name, dataset.folder and dataset.folder.model_dump(), self.reader)
            folder = Path("data") / name
            self._add(Product("data", name, "data", folder, ("images.safetensors",), f"{key}.seal", key, {}))

    def _add_run(self, run: Run) -> None:
        given: dict = {"settings": run.settings}
        data = self.data_of(run)
        if data is not None:
            given["data"] = data.key
        if run.starts_from:
            given["starts_from"] = {product.name: product.key for product in self.start_of(run)}
        origin = self._origin("run", run.job, given)
        key = make_key(origin)
        phase = phase_of(run.job)
        folder = self.results / PLACES[phase] / run.name / key
        self._add(Product("run", run.name, phase, folder, RUN_FILES[run.job], "run.json", key, origin))

    def _add_theory(self, name: str, section: str) -> None:
        given = {
            "settings": getattr(self.study, section).model_dump(),
            "numerics": self.study.numerics,
            "threads": self.study.threads,
        }
        origin = self._origin("theory", f"theory.{name}", given)
        key = make_key(origin)
        place = self.results / "theory"
        self._add(Product("theory", name, "theory", place, (f"{name}.csv",), f"{name}.{key}.seal", key, origin))

    def _add_figure(self, name: str) -> None:
        published = hash_of_file(self.root / PUBLISHED)
        given = {"table": self.table_of(name).key, "published": published}
        origin = self._origin("figure", f"figures.{name}", given)
        key = make_key(origin)
        files = (f"{name}.svg", f"{name}.png")
        place = self.results / "figures"
        self._add(Product("figure", name, "figures", place, files, f"{name}.{key}.seal", key, origin))

    def _add_summary(self, kind: str) -> None:
        module = {"metrics": "analysis.summary", "claims": "claims.registry"}[kind]
        self._read_off(kind, kind, module, self.experiments_of(kind, kind), "", f"{kind}.json")

    def _add_notes(self, text: str) -> None:
        from resnet_notes.provenance.lineage import lineage  # which reads a plan

        if not (self.root / NOTES / text).is_file():
            raise BadInput(f"notes.text = {text!r}: there is no {NOTES / text}")
        files = sorted(path for path in (self.root / NOTES).rglob("[!.]*[!~]") if path.is_file())
        given = {
            "text": text,
            "notes": {str(path.relative_to(self.root)): hash_of_file(path) for path in files},
            "params": self.study.model_dump(exclude={"made_with"}),  # which the keys of the runs hold
            "lineage": short_hash(lineage(self)),
            "made of": {product.name: product.key for product in self.of_kind("metrics", "claims", "figure")},
        }
        origin = self._origin("notes", "publish.documents", given)
        key = make_key(origin)
        # beside the documents, in a folder that DVC knows as theirs
        seal = f"notes/notes.{key}.seal"
        self._add(Product("notes", "notes", "notes", self.results, ("notes.html", "notes.pdf"), seal, key, origin))

    def _read_off(self, kind: str, name: str, module: str, experiments: tuple[str, ...], place: str, file: str) -> None:
        runs = self.runs_of(experiments)
        given: dict = {"runs": {run.name: self["run", run.name].key for run in runs}}
        if any(run.reading for run in runs):
            given["reading"] = {run.name: run.reading for run in runs if run.reading}
        if kind != "table":
            given["theory"] = {product.name: product.key for product in self.of_kind("theory")}
        if kind == "claims":
            given["claims"] = self.study.claims.model_dump()
            given["published"] = hash_of_file(self.root / PUBLISHED)
        origin = self._origin(kind, module, given)
        key = make_key(origin)
        # beside the tables where the file lies in no folder of its own: DVC's experiments keep what its outputs hold
        seal = f"{'' if place else 'tables/'}{name}.{key}.seal"
        self._add(Product(kind, name, "figures", self.results / place, (file,), seal, key, origin))

    def _origin(self, kind: str, module: str, given: dict) -> dict:
        module, *writers = (f"{PACKAGE}.{name}" for name in (module, *WRITERS.get(kind, ())))
        code = {"module": module, "code": self.code.hash_of(module, *writers)}
        if kind == "run" and self.study.made_with is not None:
            return given | code | {"versions": self.study.made_with.model_dump()}
        return given | code | {"versions": versions(kind if kind in LIBRARIES else "table")}


def phase_of(job: str) -> str:
    """The phase of a job that makes a run."""
    if job.startswith("inside."):
        return "inside"
    return "pretraining" if job in PRETRAINING else "training"


@cache
def versions(kind: str) -> dict[str, str]:
    """Return the versions of the libraries that can change the bits of a kind of job."""
    return {library: version(library) for library in LIBRARIES[kind]}
