"""The table of data sets, its keys, and that reading it is light."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resnet_notes.data import catalogue
from resnet_notes.data.catalogue import DATASETS, data_key
from resnet_notes.errors import BadInput


def folder(path: Path, size: int = 8, grey: bool = False) -> dict[str, Any]:
    return {"path": str(path), "size": size, "grey": grey}


def test_keys_stay_as_published() -> None:
    """A change here makes every stored data set, and every run on it, out of date: raise FORMAT knowingly."""
    assert {name: data_key(name) for name in DATASETS} == {
        "mnist": "d24a6ad8a517",
        "fashion-mnist": "471b678a03f5",
        "cifar-10": "960cf014bbd1",
    }


def test_every_data_set_states_whole_hashes_and_has_two_sources() -> None:
    for dataset in DATASETS.values():
        assert len(dataset.sources) >= 2
        assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in dataset.content.values())


def test_key_covers_format_and_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_key("mnist")
    monkeypatch.setattr(catalogue, "FORMAT", catalogue.FORMAT + 1)
    assert data_key("mnist") != before


def test_key_of_a_folder_covers_images_size_and_grey_but_not_its_place(tmp_path: Path) -> None:
    (tmp_path / "a" / "cat").mkdir(parents=True)
    image = tmp_path / "a" / "cat" / "1.png"
    image.write_bytes(b"one")
    key = data_key("mine", folder(tmp_path / "a"))
    keys = {
        key,
        data_key("mine", folder(tmp_path / "a", size=9)),
        data_key("mine", folder(tmp_path / "a", grey=True)),
    }
    keys.add(data_key("other", folder(tmp_path / "a")))
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / "a" / "cat" / "._1.png").write_bytes(b"hidden")
    (tmp_path / "a").rename(tmp_path / "b")
    assert data_key("mine", folder(tmp_path / "b")) == key
    (tmp_path / "b" / "cat" / "1.png").write_bytes(b"two two")
    keys.add(data_key("mine", folder(tmp_path / "b")))
    assert len(keys) == 5


def test_key_of_a_folder_covers_what_reads_it(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert data_key("mine", folder(tmp_path), "this code") != data_key("mine", folder(tmp_path), "that code")
    assert data_key("mnist", None, "this code") == data_key("mnist", None, "that code")  # its content is fixed


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("mnits", None, "unknown data set 'mnits'.*mnist, fashion-mnist, cifar-10"),
        ("mnist", {"path": "x", "size": 8, "grey": True}, "belongs to a known data set"),
        ("mine", {"path": "x", "size": 8, "grey": True}, "x: there is no such folder"),
        ("mine", {"path": "x", "size": 8}, "needs path, size and grey, not path, size"),
        ("mine", {"path": "x", "size": 0, "grey": True}, "size must be a whole number"),
        ("mine", {"path": "x", "size": 8, "grey": "no"}, "grey must be true or false"),
    ],
)
def test_bad_names_and_folders_are_refused(name: str, given: dict[str, Any] | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        data_key(name, given)


def test_import_stays_light() -> None:
    heavy = "{'torch', 'torchvision', 'PIL', 'numpy', 'urllib.request', 'tqdm'}"
    code = f"import sys, resnet_notes.data.catalogue; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
