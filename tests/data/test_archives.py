"""Archives that are cut, damaged or hostile."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resnet_notes.data.archives import gunzip, untar
from resnet_notes.data.failure import SourceFailed

NOISE = np.random.default_rng(0).bytes(200_000)  # does not compress, so that a cut falls within a member


def test_gunzip_gives_the_bytes_back(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(NOISE))
    gunzip(tmp_path / "a.gz", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == NOISE


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.99999])
def test_cut_archives_are_called_truncated(tmp_path: Path, tar_gz: Callable[..., bytes], kept: float) -> None:
    for name, data in (("a.gz", gzip.compress(NOISE)), ("b.tar.gz", tar_gz({"x": NOISE, "y": NOISE}))):
        (tmp_path / name).write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(SourceFailed, match="truncated archive a.gz"):
        gunzip(tmp_path / "a.gz", tmp_path / "a")
    with pytest.raises(SourceFailed, match="truncated archive b.tar.gz"):
        untar(tmp_path / "b.tar.gz", tmp_path / "b")


def test_what_is_no_archive_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_text("<html>no such page</html>")
    with pytest.raises(SourceFailed, match="damaged archive a.gz"):
        gunzip(tmp_path / "a.gz", tmp_path / "a")
    with pytest.raises(SourceFailed, match="damaged archive a.gz"):
        untar(tmp_path / "a.gz", tmp_path / "b")


@pytest.mark.parametrize("member", ["../outside", "inside/../../outside"])
def test_a_member_that_leads_outside_is_refused(tmp_path: Path, tar_gz: Callable[..., bytes], member: str) -> None:
    (tmp_path / "a.tgz").write_bytes(tar_gz({member: b"x"}))
    with pytest.raises(SourceFailed, match="unsafe archive a.tgz"):
        untar(tmp_path / "a.tgz", tmp_path / "deep" / "target")
    assert not list(tmp_path.rglob("outside"))
