"""A tiny data set in MNIST's form, places that serve it well or badly, and clients that are not the real ones."""

import gzip
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from resnet_notes.data import catalogue

Files = dict[str, bytes]


def idx(array: np.ndarray) -> bytes:
    """The array (uint8) as an idx file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test works in its own folder and knows no mirror."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RESNET_NOTES_MIRROR", raising=False)


@pytest.fixture
def files() -> Files:
    """The four files: 12 training and 5 test images of 4 x 6 pixels."""
    random = np.random.default_rng(0)

    def draw(*shape: int, top: int = 256) -> np.ndarray:
        return random.integers(0, top, shape, dtype=np.uint8)

    return {
        "train-images-idx3-ubyte": idx(draw(12, 4, 6)),
        "train-labels-idx1-ubyte": idx(draw(12, top=10)),
        "t10k-images-idx3-ubyte": idx(draw(5, 4, 6)),
        "t10k-labels-idx1-ubyte": idx(draw(5, top=10)),
    }


@pytest.fixture
def register(files: Files, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Puts the data set `tiny` with the given sources into the catalogue and returns its key."""

    def add(*sources: catalogue.Source) -> str:
        content = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        dataset = catalogue.Dataset("tiny", "idx", content, sources)
        monkeypatch.setitem(catalogue.DATASETS, "tiny", dataset)
        return catalogue.data_key("tiny")

    return add


@pytest.fixture
def mirror(tmp_path: Path, files: Files) -> Path:
    """A mirror folder with half of the files gzipped."""
    folder = tmp_path / "mirror" / "tiny"
    folder.mkdir(parents=True)
    for name, data in files.items():
        if name.startswith("train"):
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder.parent


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves {path: bytes} on the loopback and returns the base address; `announce` adds to Content-Length."""
    servers: list[ThreadingHTTPServer] = []

    def start(pages: Mapping[str, bytes], announce: int = 0) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.lstrip("/"))
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Length", str(len(page or b"") + announce))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a shell script in the place of a client (`npm`, ...); clients that have no script are not installed."""
    place = tmp_path / "bin"
    place.mkdir()
    for tool in ("sh", "cp", "mkdir", "cat"):
        found = next(path for folder in os.defpath.split(":") if (path := Path(folder or ".") / tool).exists())
        (place / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(place))

    def install(name: str, script: str) -> Path:
        (place / name).write_text(f"#!{place / 'sh'}\n{script}\n")
        (place / name).chmod(0o755)
        return place / name

    return install


def tar_gz(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz of the members."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture(name="tar_gz")
def tar_gz_fixture() -> Callable[[Mapping[str, bytes]], bytes]:
    return tar_gz
