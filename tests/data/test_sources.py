"""CIFAR-10's archive through torchvision, and the clients' own ways to fail."""

import hashlib
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from torchvision.datasets import CIFAR10

from resnet_notes.data import catalogue, packages
from resnet_notes.data.catalogue import Dataset, TorchvisionCifar, Url, data_key
from resnet_notes.data.failure import SourceFailed
from resnet_notes.data.fetch import fetch
from resnet_notes.data.packages import call, unpack_debian
from resnet_notes.errors import BadInput

Client = Callable[[str, str], Path]


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@pytest.fixture
def cifar(tar_gz: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, np.ndarray]:
    """An archive of CIFAR-10's form with 2 images a batch, known to torchvision; and all its pixels, uint8 [12, 3072]."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 3072), dtype=np.uint8)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    members = {
        name: pickle.dumps({"data": pixels[2 * place : 2 * place + 2], "labels": [place, 9 - place]})
        for place, name in enumerate(names)
    }
    members["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")})
    archive = tar_gz({f"cifar-10-batches-py/{name}": data for name, data in members.items()})
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5(members[name])] for name in names[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [[names[5], md5(members[names[5]])]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": md5(members["batches.meta"])})
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archive))
    return archive, pixels


def register(archive: bytes, monkeypatch: pytest.MonkeyPatch, *sources: catalogue.Source) -> str:
    content = {"cifar-10-python.tar.gz": hashlib.sha256(archive).hexdigest()}
    monkeypatch.setitem(catalogue.DATASETS, "small", Dataset("small", "cifar", content, sources))
    return data_key("small")


def test_cifar_through_torchvision_and_from_a_mirror(cifar, serve, monkeypatch, capsys) -> None:
    archive, pixels = cifar
    base = serve({"cifar-10-python.tar.gz": archive})
    monkeypatch.setattr(CIFAR10, "url", f"{base}cifar-10-python.tar.gz")
    stored = []
    for name, source in (("official", TorchvisionCifar()), ("mirror", Url(base))):
        fetch("small", Path(name), register(archive, monkeypatch, source))
        stored.append((Path(name) / "images.safetensors").read_bytes())
    assert stored[0] == stored[1]
    tensors = load_file(Path("official/images.safetensors"))
    assert tensors["train_images"].numpy().tobytes() == pixels[:10].tobytes()
    assert tensors["test_images"].shape == (2, 3, 32, 32)
    assert tensors["train_labels"].tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert "%" not in capsys.readouterr().err  # no progress bar in a log


def test_cifar_cut_or_changed(cifar, serve, monkeypatch) -> None:
    archive, _ = cifar
    monkeypatch.setattr(CIFAR10, "url", serve({}) + "cifar-10-python.tar.gz")
    cut, changed = (
        Url(serve({"cifar-10-python.tar.gz": archive[:-30]})),
        Url(serve({"cifar-10-python.tar.gz": b"x"})),
    )
    key = register(archive, monkeypatch, TorchvisionCifar(), cut, changed)
    with pytest.raises(BadInput, match="(?s)torchvision: .*404.*truncated archive cifar.*wrong content: cifar"):
        fetch("small", Path("small"), key)


def test_debian_with_its_own_lists_where_the_systems_do_not_serve(client: Client, tmp_path: Path) -> None:
    client(
        "apt-get",
        f'echo "$*" >> {tmp_path}/calls\n'
        'case "$*" in download*) echo "E: no lists" >&2; exit 100;; *download*) echo deb > "$PWD"/x.deb;; esac',
    )
    client("dpkg-deb", 'mkdir -p "$3"')
    (tmp_path / "work").mkdir()
    assert unpack_debian("dataset-x", tmp_path / "work").is_dir()
    first, update, second = (tmp_path / "calls").read_text().splitlines()
    own = f"-o Dir::State::Lists={tmp_path}/work/lists -o Dir::Cache={tmp_path}/work/cache"
    assert (first, update, second) == ("download dataset-x", f"{own} update", f"{own} download dataset-x")


def test_each_missing_client_is_named(client: Client, tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="apt-get is not installed"):
        unpack_debian("dataset-x", tmp_path)


def test_a_client_that_hangs_is_ended(client: Client, tmp_path: Path, monkeypatch) -> None:
    def hang(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("npm", 900)

    client("npm", "")
    monkeypatch.setattr(packages.subprocess, "run", hang)
    with pytest.raises(SourceFailed, match="npm took longer than 900 s"):
        call("npm", "pack", cwd=tmp_path)
