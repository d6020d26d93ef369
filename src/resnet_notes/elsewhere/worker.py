"""Makes the runs of the folder that this file lies in, and puts what there is of them into one archive.

Needs Python 3.11 or later, torch, NumPy and safetensors. `resnet-notes pack` writes the folder, and `resnet-notes take`
reads the archive. Every run is made in a process of its own, in ``runs/NAME/KEY``; a run that is finished has a
``made.json`` there.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from resnet_notes.errors import BadInput
from resnet_notes.replacing import replacing
from resnet_notes.training.numerics import set_environment

HERE = Path(__file__).resolve().parent
MADE = "made.json"
MACHINE = "machine.json"
SLICES = HERE / "slices.json"
"""What is known of the slices of time so far: a row for each run in each, as :func:`make_runs` gives them."""
PLACE = re.compile(r"runs/[\w-][\w.+-]*/[0-9a-f]{12}/[\w-][\w.-]*")
"""Where a file of a run lies in the folder, and in the archive."""
STOPPED = 75
"""The exit code of a run that was stopped and goes on in the next slice of time."""
MARGIN = 30.0
"""Seconds that are kept for ending runs and for writing the archive; in a short slice a quarter of it."""
DESCRIBE = """
import json, torch
card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
print(json.dumps({"card": card, "cuda": torch.version.cuda}))
"""


class Stopped(BaseException):
    """The run shall end now; not an error, so that no job takes it for one."""


class Slice:
    """A slice of time. It is up when runs must end for the archive to be written, or at once when a signal says so.

    Args:
        seconds: all of it, from now on.
    """

    def __init__(self, seconds: float) -> None:
        margin = min(MARGIN, seconds / 4)
        self.end, self.patience = time.monotonic() + seconds - margin, margin / 2
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_now)

    def is_up(self) -> bool:
        """Whether runs must end."""
        return time.monotonic() >= self.end

    def _end_now(self, *_: object) -> None:
        self.end = -inf


def place(run: dict) -> Path:
    """The folder that a run is made in, from its name and its key."""
    return HERE / "runs" / run["name"] / run["key"]


def is_made(run: dict) -> bool:
    """Whether a run is finished, or came finished."""
    return (place(run) / MADE).is_file()


def files_in(folder: Path) -> list[Path]:
    """The files of a run's folder, without what an interrupted write left."""
    return [path for path in sorted(folder.glob("[!.]*")) if path.is_file()]


def installed(libraries: list[str]) -> dict[str, str | None]:
    """Versions of some libraries on this machine; None for one that is not there."""
    found: dict[str, str | None] = {}
    for name in libraries:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def require_versions(runs: list[dict]) -> None:
    """Refuse to make runs whose keys name other versions than those of this machine."""
    asked = {name: given for run in runs for name, given in run["versions"].items()}
    here = installed(list(asked))
    missing = [name for name in asked if here[name] is None]
    if missing:
        raise BadInput(f"{', '.join(missing)}: not installed here")
    others = [name for name, given in asked.items() if here[name] != given]
    if others:
        found = ", ".join(f"{name} {here[name]} for {asked[name]}" for name in others)
        wanted = ", ".join(f"{name}: {given}" for name, given in here.items())
        raise BadInput(f"not the versions of the keys: {found}; pack again with made_with: {{{wanted}}} in the params")


def describe(runs: list[dict]) -> dict[str, str | None]:
    """What is to be known of this machine; refuse runs that need a GPU where there is none."""
    asked = subprocess.run([sys.executable, "-c", DESCRIBE], cwd=HERE, capture_output=True, text=True)
    if asked.returncode:
        raise BadInput(f"torch cannot be loaded: {(asked.stderr.splitlines() or ['it says nothing'])[-1]}")
    found = json.loads(asked.stdout)
    if found["card"] is None and any(run["settings"].get("device") == "cuda" for run in runs):
        raise BadInput("device cuda: torch finds no CUDA device here")
    return found | {"python": platform.python_version(), "platform": platform.platform()}


def make_run(run: dict) -> None:
    """Make a run in this process, from where an earlier slice left it; raise ``Stopped`` when told to end."""
    ended, parent, begun = [], os.getppid(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a terminal sends to all processes; the first one decides
    set_environment(run["numerics"], run["threads"])
    folder, settings = place(run), run["settings"]

    def on_step(progress) -> None:
        if progress.history and progress.history[-1]["step"] == progress.step:
            row = {name: value for name, value in progress.history[-1].items() if name != "step"}
            found = "".join(f", {name} {value:.6g}" for name, value in row.items() if isinstance(value, int | float))
            spent = time.monotonic() - begun
            print(f"{run['name']}: step {progress.step} of {settings['steps']}{found}, {spent:.0f} s", flush=True)
        if ended or os.getppid() != parent:
            raise Stopped

    folder.mkdir(parents=True, exist_ok=True)
    job = import_module(f"resnet_notes.{run['job']}")
    make = job.examine if run["job"].startswith("inside.") else job.train_run
    start = [place(other) for other in run["starts_from"]]
    make(settings, run["data"] and HERE / run["data"], folder, on_step, *[start] * bool(start))
    absent = [name for name in run["files"] if not (folder / name).is_file()]
    if absent:
        raise RuntimeError(f"the job left no {absent[0]}")
    write(folder / MADE, json.dumps({"versions": installed(list(run["versions"]))}).encode())


def make_runs(runs: list[dict], at_once: int, given: Slice) -> list[dict]:
    """Make runs, some at once, each after those that it starts from, until all are made or the time is up.

    Args:
        runs: in the order they shall begin.
        at_once: processes that share the machine.
        given: the time.

    Returns:
        For each run that was begun its name (``run``) and key, when it began, its seconds, and its outcome: finished,
        stopped or failed.
    """
    waiting = [run for run in runs if not is_made(run)]
    at_work: dict[subprocess.Popen, tuple[dict, float]] = {}
    told: list[dict] = []
    while True:
        if len(at_work) < at_once and not given.is_up():
            ready = [run for run in waiting if all(map(is_made, run["starts_from"]))]
            for run in ready[: at_once - len(at_work)]:
                waiting.remove(run)
                command = [sys.executable, str(HERE / "worker.py"), "--run", run["name"]]
                at_work[subprocess.Popen(command, cwd=HERE)] = run, time.time()
        if not at_work:
            return told
        if given.is_up():
            stop(list(at_work), given.patience)
        for process in [process for process in at_work if process.poll() is not None]:
            run, begun = at_work.pop(process)
            told.append(tell(run, begun, process.returncode, given.is_up()))
        time.sleep(0.05)


def tell(run: dict, begun: float, code: int, is_up: bool) -> dict:
    """Say what became of a run, and return it as :func:`make_runs` does."""
    seconds = round(time.time() - begun, 1)
    if is_made(run):
        outcome, said = "finished", f"finished after {seconds:.0f} s"
    elif is_up and code in (STOPPED, -signal.SIGTERM, -signal.SIGKILL):
        kept = "goes on from what it left" if files_in(place(run)) else "left nothing to go on from and begins anew"
        outcome, said = "stopped", f"stopped after {seconds:.0f} s; in the next slice of time it {kept}"
    else:
        outcome, said = "failed", f"failed with exit code {code}"
    print(f"{run['name']}: {said}", flush=True)
    at = datetime.fromtimestamp(begun, UTC).isoformat(timespec="seconds")
    return {"run": run["name"], "key": run["key"], "begun": at, "seconds": seconds, "outcome": outcome}


def stop(processes: list[subprocess.Popen], patience: float) -> None:
    """Let processes end between two steps; kill one that does not in time."""
    last = time.monotonic() + patience
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(max(last - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def write(path: Path, content: bytes) -> None:
    """Write a file that nobody sees half-written."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def go_on(runs: list[dict], archive: Path) -> None:
    """Put runs back where they stood: as they lie here, else as the archive has them, else as they were given."""
    with TemporaryDirectory(prefix=".unpacked-", dir=HERE) as temporary:
        earlier = unpack(archive, Path(temporary))["slices"] if archive.exists() else []
        if not SLICES.exists():
            write(SLICES, json.dumps(earlier).encode())
        for run in (run for listed in runs for run in (listed, *listed["starts_from"])):
            own = place(run).relative_to(HERE)
            for source in (Path(temporary) / own, HERE / "given" / own.relative_to("runs")):
                if files_in(source) and not files_in(HERE / own):
                    shutil.rmtree(HERE / own, ignore_errors=True)
                    (HERE / own).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(source, HERE / own)


def unpack(archive: Path, folder: Path) -> dict:
    """Unpack an archive into an empty folder and check every file of it; return what it says of its machine.

    Raises:
        BadInput: it is damaged, or holds what no worker writes.
    """
    try:
        with tarfile.open(archive, "r:") as tar:
            members = tar.getmembers()
            for member in members:
                if not (member.isfile() and (member.name == MACHINE or PLACE.fullmatch(member.name))):
                    raise BadInput(f"{archive}: holds {member.name!r}, which no worker writes")
            tar.extractall(folder, members, filter="data")
        machine = json.loads((folder / MACHINE).read_text(encoding="utf-8"))
        hashes, _, _ = dict(machine["sha256"]), dict(machine["versions"]), [dict(row) for row in machine["slices"]]
    except (tarfile.TarError, EOFError, FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{archive}: damaged, or not from worker.py ({' '.join(str(error).split())})") from None
    there = {path.relative_to(folder).as_posix() for path in folder.glob("runs/*/*/*")}
    for name in sorted(there | set(hashes)):
        if name not in there or hashes.get(name) != sha256((folder / name).read_bytes()):
            raise BadInput(f"{archive}: {name} is damaged or missing")
    return machine


def write_archive(archive: Path, runs: list[dict], machine: dict) -> None:
    """Write what there is of the runs, and about the machine, to one archive; it takes the place of an earlier one."""
    hashes: dict[str, str] = {}
    with replacing(archive) as temporary, tarfile.open(temporary, "w") as tar:
        for path in (path for run in runs for path in files_in(place(run))):
            name, content = path.relative_to(HERE).as_posix(), path.read_bytes()
            hashes[name] = sha256(content)
            add(tar, name, content, path.stat().st_mtime)
        add(tar, MACHINE, json.dumps(machine | {"sha256": hashes}, indent=2).encode(), time.time())


def add(tar: tarfile.TarFile, name: str, content: bytes, modified: float) -> None:
    """Put a file into an archive."""
    about = tarfile.TarInfo(name)
    about.size, about.mtime = len(content), modified
    tar.addfile(about, BytesIO(content))


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Makes the runs of this folder within a slice of time.")
    parser.add_argument("--seconds", type=float, default=540.0, help="the slice of time, all included (540)")
    parser.add_argument("--at-once", type=int, default=1, help="runs that share the machine (1)")
    parser.add_argument("--archive", type=Path, default=HERE / "state.tar", help="where to go on from, and to write")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not 0 < given.seconds < inf or given.at_once < 1:
        parser.error("--seconds must be more than 0, and --at-once at least 1")
    given.archive = given.archive.absolute()
    if given.archive.is_dir() or not given.archive.parent.is_dir():
        parser.error(f"--archive {given.archive}: name a file in a folder that is there")
    return given


def listed() -> list[dict]:
    """The runs that this folder is for."""
    path = HERE / "runs.json"
    if not path.is_file():
        raise BadInput(f"{path}: not there; `resnet-notes pack` writes it and this file into one folder")
    return json.loads(path.read_text(encoding="utf-8"))


def work(given: argparse.Namespace) -> int:
    """Make runs until all are made or the time is up; 1 when one of them failed."""
    time_given, runs = Slice(given.seconds), listed()
    require_versions(runs)
    about = describe(runs)
    go_on(runs, given.archive)
    told = make_runs(runs, given.at_once, time_given)
    slices = json.loads(SLICES.read_text(encoding="utf-8")) + [row | about for row in told]
    write(SLICES, json.dumps(slices).encode())
    write_archive(given.archive, runs, {"versions": installed(list(runs[0]["versions"])), "slices": slices})
    made = f"{sum(map(is_made, runs))} of {len(runs)} runs are finished"
    print(f"{made}; {given.archive.name} holds what there is of all", flush=True)
    return int(any(row["outcome"] == "failed" for row in told))


def main() -> int:
    """Run the command line: a line on standard error and exit code 1 for whatever the user can mend."""
    given = arguments()
    try:
        if given.run is None:
            return work(given)
        make_run(next(run for run in listed() if run["name"] == given.run))
    except Stopped:
        return STOPPED
    except BadInput as error:
        print(f"error: {given.run + ': ' if given.run else ''}{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
