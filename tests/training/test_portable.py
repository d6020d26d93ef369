"""Portable numerics give the same bits on other processors: training, tables and a figure, here and emulated."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from resnet_notes.provenance.plan import THEORY

SMALL = Path(__file__).parents[1] / "small.yaml"
QEMU = shutil.which("qemu-x86_64")
PROCESSORS = ("Haswell", "EPYC-Rome")

SCRIPT = """
import json, sys
from pathlib import Path
from resnet_notes.training.numerics import set_environment
set_environment("portable", 1)
settings, data, folder = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])

from resnet_notes.training.run import train_run
train_run(settings, data, folder, lambda progress: None)

from resnet_notes.training import separation, trainability
small = json.loads(sys.argv[4])
machine = {"device": "cpu", "numerics": "portable", "threads": 1}
place = folder / "stack"
place.mkdir()
tasks = small["separation"].pop("tasks")
for task, given in tasks.items():
    stack = small["separation"] | given | machine | {"task": task, "layers": 2}
    separation.train_run(stack, data, place, lambda progress: None)
    (place / "history.csv").rename(folder / f"separation-{task}.csv")
images = {name: settings[name] for name in ("dataset", "pool", "validation")}
stack = small["trainability"] | images | machine | {"layers": 2}
trainability.train_run(stack, data, place, lambda progress: None)
(place / "history.csv").rename(folder / "trainability.csv")
from resnet_notes.training import finetuning, greedy, likelihood, up_down
section = small["pretraining"]
images = {"dataset": settings["dataset"], "validation": settings["validation"], "images": 30} | machine
greedy.train_run(images | {"layers": [6, 6], "seed": 0, "rbm": section["rbm"]}, data, place, lambda progress: None)
tuning = images | section | {"images": 30, "train_subset": 20, "steps": 3, "evaluate_every": 3, "layers": [6, 6]}
finetuning.train_run(tuning | {"initialisation": "rbm"}, data, folder / "tuned", lambda progress: None, [place])
rbm = {"epochs": 2, "batch": 10, "learning_rate": 0.05, "chains": 10, "sampled_visible": True}
density = images | small["likelihood"] | {"images": 30, "rbm": rbm, "seed": 0, "steps": 2, "k": 2}
for method in ("CD", "PCD"):
    likelihood.train_run(density | {"method": method}, data, folder / method, lambda progress: None)
labelled = images | small["up_down"] | {"images": 30, "monitor": 20, "batch": 10, "seed": 0, "rbm": section["rbm"]}
up_down.train_run(labelled, data, folder / "labelled", lambda progress: None, [place])
from resnet_notes.training import techniques
ladder = small["techniques"]
rungs = ladder.pop("ladder") | ladder.pop("left_out")
for name, switches in rungs.items():
    rung = images | ladder | {"images": 30, "train_subset": 20, "batch_norm": False, "shortcuts": False} | switches
    (folder / name).mkdir()
    techniques.train_run(rung, data, folder / name, lambda progress: None)
    (folder / name / "history.csv").rename(folder / f"techniques-{name}.csv")
    (folder / name).rmdir()
from resnet_notes.inside import dbn_features, dbn_probes, extension, features, gradients, lesions, paths, probes
from resnet_notes.inside import responses, surfaces
looked = {name: settings[name] for name in ("pool", "stem_stride", "train_subset")} | images | {"depth": 8, "seeds": [0]}
looked |= {name: settings[name] for name in ("batch", "pad", "learning_rate", "warmup", "decay", "momentum", "weight_decay")}
looked |= {"training_steps": settings["steps"]}
for job in (lesions, responses, paths, extension, gradients, surfaces, probes, features):
    name = job.__name__.rpartition(".")[2]
    architecture = "plain" if job is extension else "residual"
    given = looked | small[name] | {"depth": 8, "images": 10, "architecture": architecture}
    given |= {"validation_images": 8, "test_images": 10, "measure_at": [0, 1]}
    given |= {"images": 4, "units": 1, "starts": 1, "ascent": 2} if job in (surfaces, features) else {}
    job.examine(given, data, folder, lambda progress: None, [folder])
stacked = images | {"images": 20, "layers": [6, 6], "seeds": [0], "units": 2, "starts": 2, "ascent": 3}
dbn_features.examine(stacked, data, folder, lambda progress: None, [place])
stacked |= {"validation_images": 8, "test_images": 10, "ridges": [0.1, 1.0]}
dbn_probes.examine(stacked, data, folder, lambda progress: None, [place])
from resnet_notes.training import conv_techniques  # the other convolutional networks are made of the same operations
inner = folder / "techniques"
inner.mkdir()
given = settings | {"techniques": ["max-pooling", "dropout", "shortcuts"], "monitor": 2, "train_subset": 2}
conv_techniques.train_run(given, data, inner, lambda progress: None)
(inner / "checkpoint.safetensors").rename(folder / "conv_techniques.safetensors")
(inner / "history.csv").unlink()
(inner / "metrics.json").unlink()
inner.rmdir()
for inner in (place, folder / "tuned", folder / "CD", folder / "PCD", folder / "labelled"):
    for path in inner.iterdir():
        path.rename(folder / f"{inner.name}-{path.name}")
    inner.rmdir()

from importlib import import_module
from resnet_notes.analysis.tables import write_table
for name, section in json.loads(sys.argv[5]).items():
    table = import_module(f"resnet_notes.theory.{name}").table(small[section])
    write_table(table, folder / f"{name}.csv", "%.17g")  # all digits, not only those that tables show

import pandas as pd
from resnet_notes.analysis.statistics import intervals
rows = [
    {"experiment": experiment, "architecture": architecture, "depth": depth, "seed": seed, "dataset": "fashion-mnist",
     "steps": 600, "train_error": base + depth / 7 + seed**0.5, "test_error": base + depth / 6 + seed**0.7,
     "diverged_at_step": None}
    for experiment, architecture, base in (("degradation", "plain", 11.3), ("residual", "residual", 10.9))
    for depth in (8, 20) for seed in range(3)
]
table = pd.DataFrame(rows).astype({"diverged_at_step": float})
write_table(table, folder / "table.csv")
write_table(intervals(table, ["architecture", "depth"], "train_error", 0.95), folder / "intervals.csv")
# all digits of the statistics, not only those that the table shows
(folder / "intervals.txt").write_text(repr(intervals(table, ["architecture", "depth"], "test_error").to_numpy().tolist()))

from resnet_notes.figures import error_by_depth, style
style.save(error_by_depth.draw(pd.read_csv(folder / "table.csv")), folder, "error_by_depth")
from resnet_notes.figures import pretraining_spread
violins = pd.DataFrame([
    {"dataset": "mnist", "initialisation": start, "depth": 1, "width": 6, "seed": seed, "images": 30,
     "test_error": base + seed**0.6}
    for start, base in (("uniform", 7.1), ("rbm", 5.3)) for seed in range(4)
])
style.save(pretraining_spread.draw(violins), folder, "pretraining_spread")
"""

MADE = {
    "checkpoint.safetensors",
    "history.csv",
    "metrics.json",
    "table.csv",
    "intervals.csv",
    "intervals.txt",
    "error_by_depth.svg",
    "error_by_depth.png",
    *("pretraining_spread.svg", "pretraining_spread.png"),
    *("stack-dbn.safetensors", "stack-pictures.safetensors", "stack-history.csv"),
    *("labelled-network.safetensors", "labelled-dreams.safetensors", "labelled-history.csv"),
    *("tuned-checkpoint.safetensors", "tuned-gradients.csv", "tuned-history.csv"),
    *("CD-rbm.safetensors", "CD-history.csv", "PCD-rbm.safetensors", "PCD-history.csv"),
    *("techniques-rbm.csv", "techniques-shortcuts.csv", "techniques-no-he.csv"),
    *("lesions.csv", "responses.csv", "paths.csv", "extension.csv", "gradients.csv", "surfaces.csv", "probes.csv"),
    "dbn_probes.csv",
    *("features.safetensors", "features.csv", "dbn_features.safetensors", "dbn_features.csv"),
    "conv_techniques.safetensors",
    *("separation-triangle.csv", "separation-parity.csv", "trainability.csv"),
    *(f"{name}.csv" for name in THEORY),
}


@pytest.mark.emulated
@pytest.mark.skipif(QEMU is None, reason="needs qemu-x86_64 (Debian's qemu-user)")
def test_other_processors_give_the_same_bits(
    settings: dict[str, Any], data: Path, digests: Callable[[Path], dict[str, str]], tmp_path: Path
) -> None:
    short = settings | {"steps": 3, "evaluate_every": 3, "warmup": {"kind": "linear", "steps": 1}}
    (tmp_path / "script.py").write_text(SCRIPT)
    small = yaml.safe_load(SMALL.read_text(encoding="utf-8"))
    given = [json.dumps(short), str(data)], [json.dumps(small), json.dumps(THEORY)]
    processes = {}
    for processor in ("host", *PROCESSORS):
        folder = tmp_path / processor
        folder.mkdir()
        emulator = [] if processor == "host" else [str(QEMU), "-cpu", processor]
        command = [*emulator, sys.executable, str(tmp_path / "script.py"), *given[0], str(folder), *given[1]]
        processes[processor] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = {}
    for processor, process in processes.items():
        said, _ = process.communicate()
        assert process.returncode == 0, f"{processor}: {said}"
        found[processor] = digests(tmp_path / processor)
        print(processor, json.dumps(found[processor], indent=2))
    assert found["host"].keys() == MADE
    for processor in PROCESSORS:
        assert found[processor] == found["host"], processor
