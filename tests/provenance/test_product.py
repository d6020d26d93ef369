"""Making a product: files and seal appear together at the end, or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from resnet_notes.provenance.product import Product, finish, making


@pytest.fixture
def product(tmp_path: Path) -> Product:
    files = ("curves.svg", "curves.png")
    return Product("figure", "curves", "figures", tmp_path / "figures", files, "curves.aaaa.seal", "aaaa", {"from": 1})


def make(product: Product, text: str = "drawn") -> None:
    with making(product) as folder:
        for name in product.files:
            (folder / name).write_text(f"{text} {name}")


def names(product: Product) -> list[str]:
    return sorted(path.name for path in product.folder.iterdir())


def test_files_and_seal(product: Product) -> None:
    assert not product.is_finished()
    make(product)
    assert product.is_finished()
    assert names(product) == ["curves.aaaa.seal", "curves.png", "curves.svg"]
    seal = json.loads((product.folder / "curves.aaaa.seal").read_text())
    assert seal == {
        "product": "figure curves",
        "key": "aaaa",
        "origin": {"from": 1},
        "sha256": {name: sha256(f"drawn {name}".encode()).hexdigest() for name in product.files},
    }


def test_seals_of_other_keys_go_and_those_of_other_products_stay(product: Product) -> None:
    make(replace(product, seal="curves.bbbb.seal", key="bbbb"))
    others = ("curves_too.cccc.seal", "more.dddd.seal")
    for name in others:
        (product.folder / name).write_text("{}")
    make(product, "drawn anew")
    assert names(product) == sorted(["curves.aaaa.seal", "curves.png", "curves.svg", *others])
    assert (product.folder / "curves.png").read_text() == "drawn anew curves.png"


@pytest.mark.parametrize("sealed_before", [False, True])
def test_a_failure_inside_leaves_what_was_there(sealed_before: bool, product: Product) -> None:
    older = replace(product, seal="curves.bbbb.seal", key="bbbb")
    if sealed_before:
        make(older, "older")
    with pytest.raises(ZeroDivisionError), making(product) as folder:
        (folder / "curves.svg").write_text("half")
        _ = 1 / 0
    assert not product.is_finished() and older.is_finished() is sealed_before
    assert names(product) == (["curves.bbbb.seal", "curves.png", "curves.svg"] if sealed_before else [])


def test_a_file_that_was_not_made_leaves_no_seal(product: Product) -> None:
    make(replace(product, seal="curves.bbbb.seal", key="bbbb"))
    with pytest.raises(FileNotFoundError), making(product) as folder:
        (folder / "curves.svg").write_text("only one")
    # the old file beside a new one belongs to nothing: no seal may vouch for them
    assert not [name for name in names(product) if name.endswith(".seal") or name.startswith(".")]


def test_made_again_under_the_same_key(product: Product) -> None:
    make(product)
    make(product, "again")
    assert product.is_finished() and len(names(product)) == 3


@pytest.mark.parametrize("missing", ["curves.svg", "curves.png", "curves.aaaa.seal"])
def test_finished_means_that_nothing_is_missing(missing: str, product: Product) -> None:
    make(product)
    (product.folder / missing).unlink()
    assert not product.is_finished()


def test_a_run_is_sealed_where_it_lies(product: Product, pretend: Callable[[Product], None]) -> None:
    run = replace(product, seal="run.json", files=("history.csv",))
    with pytest.raises(FileNotFoundError):
        run.folder.mkdir()
        finish(run)
    assert names(run) == []
    pretend(run)
    assert run.is_finished() and run.paths[-1].endswith("run.json")
