"""What a bare machine gets, which runs are chosen, and what is refused."""

import json
import os
import shutil
from pathlib import Path

import pytest
from bare_machine import EXAMINED, OTHER, PLAIN, RESIDUAL, make_plan

from resnet_notes.elsewhere.pack import chosen, pack
from resnet_notes.errors import BadInput
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import finish


def runs_in(folder: Path) -> list[dict]:
    return json.loads((folder / "runs.json").read_text(encoding="utf-8"))


def pretend(plan: Plan, *names: str) -> None:
    """Make runs of files that hold their names only."""
    for product in (plan["run", name] for name in names):
        product.folder.mkdir(parents=True)
        for name in product.files:
            (product.folder / name).write_text(f"{product.name} {name}\n")
        finish(product)


def test_it_holds_the_worker_the_sources_the_data_and_the_runs(plan: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "bare"
    names = pack(plan, folder, [])
    assert set(names) == {PLAIN, OTHER, RESIDUAL, EXAMINED} == {run.name for run in plan.runs}
    assert names.index(RESIDUAL) < names.index(EXAMINED), "what it starts from comes first"
    assert {path.name for path in folder.iterdir()} == {"worker.py", "runs.json", "data", "resnet_notes"}
    assert (folder / "data/mnist/images.safetensors").read_bytes() == Path("data/mnist/images.safetensors").read_bytes()
    packages = {path.name for path in (folder / "resnet_notes").iterdir() if path.is_dir()}
    assert packages == {"data", "models", "training", "inside", "elsewhere"}
    assert not (folder / "resnet_notes" / "training" / "greedy.py").exists(), "no module that no job imports"
    entry = next(run for run in runs_in(folder) if run["name"] == EXAMINED)
    product = plan["run", EXAMINED]
    assert entry["key"] == product.key and entry["settings"] == plan.run(EXAMINED).settings
    assert entry["starts_from"] == [{"name": RESIDUAL, "key": plan["run", RESIDUAL].key}]
    assert entry["versions"] == product.origin["versions"] and entry["files"] == ["responses.csv"]
    assert [path.name for path in folder.parent.iterdir()] == ["bare"]


def test_what_is_finished_is_left_out_or_given(plan: Plan, tmp_path: Path) -> None:
    pretend(plan, RESIDUAL, PLAIN)
    assert set(pack(plan, tmp_path / "bare", [])) == {OTHER, EXAMINED}
    given = tmp_path / "bare" / "given"
    assert [path.name for path in given.iterdir()] == [RESIDUAL], "the examination starts from it"
    (files,) = given.glob("*/*")
    assert files.name == plan["run", RESIDUAL].key
    assert {path.name for path in files.iterdir()} == {*plan["run", RESIDUAL].files, "made.json"}


def test_state_goes_along_with_its_time(plan: Plan, tmp_path: Path) -> None:
    product = plan["run", PLAIN]
    product.folder.mkdir(parents=True)
    (product.folder / "state.safetensors").write_text("half")
    (product.folder / ".state.77.safetensors").write_text("a write that was interrupted")
    os.utime(product.folder / "state.safetensors", (1000, 1000))
    pack(plan, tmp_path / "bare", [PLAIN])
    (state,) = (tmp_path / "bare" / "given" / PLAIN / product.key).iterdir()
    assert (state.name, state.read_text(), state.stat().st_mtime) == ("state.safetensors", "half", 1000)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], [PLAIN, OTHER, RESIDUAL, EXAMINED]),
        ([PLAIN], [PLAIN]),
        (["degradation", RESIDUAL], [PLAIN, OTHER, RESIDUAL]),
        (["*-seed0"], [PLAIN, RESIDUAL]),
        ([OTHER, "degradation-plain-8-seed?"], [OTHER, PLAIN]),
    ],
)
def test_runs_are_chosen_by_names_beginnings_and_patterns(names: list[str], expected: list[str], plan: Plan) -> None:
    assert [run.name for run in chosen(plan, names)] == expected


def test_a_run_brings_what_it_starts_from(plan: Plan, tmp_path: Path) -> None:
    assert pack(plan, tmp_path / "bare", [EXAMINED]) == [RESIDUAL, EXAMINED]


def test_a_line_for_what_is_refused_and_nothing_is_written(project: Path, plan: Plan, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("")
    with pytest.raises(BadInput, match="full: is there and not empty; name a new folder or an empty one$"):
        pack(plan, full, [])
    with pytest.raises(BadInput, match="mine.txt: is there and not empty"):
        pack(plan, full / "mine.txt", [])
    new = tmp_path / "new"
    with pytest.raises(BadInput, match="^run 'none': fits none of this study; `resnet-notes list` shows what is$"):
        pack(plan, new, [PLAIN, "none"])
    pretend(plan, PLAIN)
    with pytest.raises(BadInput, match=f"^{PLAIN}: all finished; there is nothing to pack$"):
        pack(plan, new, [PLAIN])
    shutil.rmtree("data/mnist")
    with pytest.raises(BadInput, match="^data mnist: not there; run `resnet-notes fetch mnist`$"):
        pack(plan, new, [])
    with pytest.raises(BadInput, match="^data mnist: not there; run `resnet-notes fetch mnist --preset paper`$"):
        pack(make_plan(project, preset="paper"), new, [])
    assert not new.exists() and [path.name for path in full.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    pack(plan, tmp_path / "empty", [RESIDUAL])
    assert (tmp_path / "empty" / "worker.py").exists()
