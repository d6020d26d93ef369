"""What becomes of an archive: runs are sealed under their keys, state is gone on from, and what does not fit is refused."""

import csv
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bare_machine import OTHER, PLAIN, RESIDUAL, load_worker, make_plan

from resnet_notes.elsewhere.pack import pack
from resnet_notes.elsewhere.take import COLUMNS, slices_of, take
from resnet_notes.errors import BadInput
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.verify import faults

STATE = "state.safetensors"


@pytest.fixture
def bare(plan: Plan, tmp_path: Path) -> ModuleType:
    """The worker of a folder with all runs of the study."""
    pack(plan, tmp_path / "bare", [])
    return load_worker(tmp_path / "bare")


def run_of(bare: ModuleType, name: str) -> dict[str, Any]:
    return next(run for run in bare.listed() if run["name"] == name)


def pretend(bare: ModuleType, name: str, made: bool = True, **versions: str) -> Path:
    """Leave files as a run does that is finished, or begun."""
    run = run_of(bare, name)
    folder = bare.place(run)
    folder.mkdir(parents=True, exist_ok=True)
    for file in run["files"] if made else [STATE]:
        (folder / file).write_text(f"{name} {file} from there")
    if made:
        (folder / "made.json").write_text(json.dumps({"versions": run["versions"] | versions}))
    return folder


def archived(bare: ModuleType, **changes: Any) -> Path:
    """Write the archive of what is pretended."""
    path = bare.HERE / "state.tar"
    runs = bare.listed()
    bare.write_archive(path, runs, {"versions": runs[0]["versions"], "slices": []} | changes)
    return path


def test_finished_runs_are_sealed_and_begun_ones_put_where_they_go_on(plan: Plan, bare: ModuleType) -> None:
    pretend(bare, RESIDUAL)
    pretend(bare, PLAIN, made=False)
    archive = archived(bare)
    content = archive.read_bytes()
    taken = take(plan, archive)
    assert (taken.finished, taken.begun, taken.there, taken.refused) == ([RESIDUAL], [PLAIN], [], [])
    product = plan["run", RESIDUAL]
    assert product.is_finished() and {path.name for path in product.folder.iterdir()} == {*product.files, "run.json"}
    assert (product.folder / product.seal).read_text() == product.seal_text()
    assert (product.folder / "metrics.json").read_text() == f"{RESIDUAL} metrics.json from there"
    begun = plan["run", PLAIN]
    assert [path.name for path in begun.folder.iterdir()] == [STATE] and not begun.is_finished()
    assert not [
        line for line in faults(plan) if line.split()[0] not in ("theory", "table", "figure", "metrics", "claims")
    ]
    assert archive.read_bytes() == content and not list(plan.results.glob(".making-*"))
    again = take(plan, archive)
    assert (again.finished, again.begun, again.there, again.refused) == ([], [PLAIN], [RESIDUAL], [])


def test_a_run_that_is_finished_takes_the_place_of_its_state(plan: Plan, bare: ModuleType) -> None:
    folder = plan["run", PLAIN].folder
    folder.mkdir(parents=True)
    (folder / STATE).write_text("half")
    pretend(bare, PLAIN)
    assert take(plan, archived(bare)).finished == [PLAIN]
    assert not (folder / STATE).exists() and plan["run", PLAIN].is_finished()


@pytest.mark.parametrize(("time", "expected"), [(1000, "from there"), (3000, "from here")])
def test_later_state_stays(time: int, expected: str, plan: Plan, bare: ModuleType) -> None:
    folder = plan["run", PLAIN].folder
    folder.mkdir(parents=True)
    (folder / STATE).write_text("from here")
    os.utime(folder / STATE, (time, time))
    os.utime(pretend(bare, PLAIN, made=False) / STATE, (2000, 2000))
    taken = take(plan, archived(bare))
    assert (folder / STATE).read_text().endswith(expected)
    assert (taken.begun, taken.there) == (([PLAIN], []) if time < 2000 else ([], [PLAIN]))
    assert (folder / STATE).stat().st_mtime == max(time, 2000)


def test_what_does_not_fit_is_refused_by_name_and_the_rest_is_taken_in(
    project: Path, plan: Plan, bare: ModuleType
) -> None:
    for name in (RESIDUAL, PLAIN, OTHER):
        pretend(bare, name)
    changed = make_plan(project, {"residual": {"recipe": {"steps": 13}}, "degradation": {"seeds": [0]}})
    old, new = plan["run", RESIDUAL].key, changed["run", RESIDUAL].key
    taken = take(changed, archived(bare))
    assert taken.finished == [PLAIN] and taken.refused == [
        f"run {OTHER}: not in this study",
        f"run {RESIDUAL}: made under key {old}, but params and code now give {new}",
    ]
    assert not changed["run", RESIDUAL].folder.parent.exists()


def test_other_versions_are_refused(plan: Plan, bare: ModuleType) -> None:
    pretend(bare, RESIDUAL, torch="1.0")
    pretend(bare, PLAIN, made=False)
    pretend(bare, OTHER)
    versions = plan["run", PLAIN].origin["versions"]
    taken = take(plan, archived(bare, versions=versions | {"numpy": "1.0"}))
    assert taken.finished == [OTHER], "its own file says what it was made with"
    assert taken.refused == [
        f"run {PLAIN}: made with numpy 1.0, but its key names {versions['numpy']}",
        f"run {RESIDUAL}: made with torch 1.0, but its key names {versions['torch']}",
    ]
    assert not plan["run", RESIDUAL].folder.exists() and not plan["run", PLAIN].folder.exists()


def test_a_finished_run_without_a_file_is_refused(plan: Plan, bare: ModuleType) -> None:
    (pretend(bare, RESIDUAL) / "history.csv").unlink()
    (pretend(bare, PLAIN) / "made.json").write_text("{}")
    assert take(plan, archived(bare)).refused == [
        f"run {PLAIN}: its made.json cannot be read",
        f"run {RESIDUAL}: history.csv is missing in the archive",
    ]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-12000])


def flip_a_byte(path: Path) -> None:
    content = path.read_bytes()
    place = content.index(b"metrics.json from there")
    path.write_bytes(content[:place] + b"M" + content[place + 1 :])


def be_no_archive(path: Path) -> None:
    path.write_text("<html>not found</html>")


def be_empty(path: Path) -> None:
    path.write_bytes(b"")


def member(name: str, **changes: Any) -> Callable[[Path], None]:
    """Adds something to an archive."""

    def add(path: Path) -> None:
        with tarfile.open(path, "a") as tar:
            about = tarfile.TarInfo(name)
            about.size = 0 if "linkname" in changes else 4
            for what, value in changes.items():
                setattr(about, what, value)
            tar.addfile(about, BytesIO(b"evil"))

    return add


PLACE = "runs/residual-residual-8-seed0/0123456789ab"


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (cut_short, r"state.tar: damaged, or not from worker.py \("),
        (flip_a_byte, rf"state.tar: runs/{RESIDUAL}/\w+/metrics.json is damaged or missing$"),
        (be_no_archive, r"state.tar: damaged, or not from worker.py \("),
        (be_empty, r"state.tar: damaged, or not from worker.py \("),
        (Path.unlink, "state.tar: no such file; name the archive that worker.py wrote$"),
        (member(f"{PLACE}/history.csv"), f"state.tar: {PLACE}/history.csv is damaged or missing$"),
        (member("../../evil.txt"), "state.tar: holds '../../evil.txt', which no worker writes$"),
        (member("/tmp/evil.txt"), "state.tar: holds '/tmp/evil.txt', which no worker writes$"),
        (member(f"runs/../{PLACE}/evil"), "which no worker writes$"),
        (member(f"{PLACE}/../evil"), "which no worker writes$"),
        (member("evil.txt"), "state.tar: holds 'evil.txt', which no worker writes$"),
        (
            member(f"{PLACE}/history.csv", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            f"state.tar: holds '{PLACE}/history.csv', which no worker writes$",
        ),
        (
            member(f"{PLACE}/history.csv", type=tarfile.LNKTYPE, linkname="machine.json"),
            f"state.tar: holds '{PLACE}/history.csv', which no worker writes$",
        ),
        (member("machine.json"), r"state.tar: damaged, or not from worker.py \("),
    ],
)
def test_a_damaged_or_foreign_archive_is_refused_and_nothing_is_taken_in(
    damage: Callable[[Path], None], line: str, plan: Plan, bare: ModuleType
) -> None:
    pretend(bare, RESIDUAL)
    archive = archived(bare)
    damage(archive)
    with pytest.raises(BadInput, match=line) as raised:
        take(plan, archive)
    assert "\n" not in str(raised.value)
    assert not list(plan.results.glob("*")) and not list(plan.results.glob(".*")) and not slices_of(plan).exists()


@pytest.mark.parametrize("lacks", ["versions", "slices"])
def test_an_archive_that_says_too_little_is_refused(lacks: str, plan: Plan, bare: ModuleType) -> None:
    pretend(bare, RESIDUAL)
    with pytest.raises(BadInput, match="damaged, or not from worker.py"):
        take(plan, archived(bare, **{lacks: None}))


def test_what_the_runs_took_is_kept_beside_the_logs(project: Path, plan: Plan, bare: ModuleType) -> None:
    row = {"run": PLAIN, "key": "0123456789ab", "seconds": 12.5, "outcome": "stopped", "card": "A card", "cuda": "13.0"}
    row |= {"python": "3.12", "platform": "Linux"}
    rows = [row | {"begun": f"2026-05-04T03:0{minute}:00+00:00"} for minute in range(3)]
    take(plan, archived(bare, slices=rows[1:]))
    take(plan, archived(bare, slices=[rows[0], rows[1] | {"extra": 1}]))
    assert slices_of(plan) == Path("logs/elsewhere.csv")
    with slices_of(plan).open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert kept == [{name: str(row[name]) for name in COLUMNS} for row in rows]
    assert slices_of(make_plan(project, preset="paper")) == Path("logs/presets/paper/elsewhere.csv")


def test_state_goes_there_and_back(plan: Plan, bare: ModuleType, tmp_path: Path) -> None:
    pretend(bare, PLAIN, made=False)
    take(plan, archived(bare))
    shutil.rmtree(bare.HERE)
    pack(plan, tmp_path / "bare", [PLAIN])
    again = load_worker(tmp_path / "bare")
    again.go_on(again.listed(), tmp_path / "bare" / "state.tar")
    assert [path.name for path in again.place(run_of(again, PLAIN)).iterdir()] == [STATE]
