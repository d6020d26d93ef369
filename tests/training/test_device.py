"""Devices that are asked for before any job begins."""

import pytest

from resnet_notes.errors import BadInput
from resnet_notes.training import device


@pytest.mark.parametrize("there", [False, True])
def test_auto_is_what_there_is_and_the_rest_stays(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_cuda", lambda: there)
    assert device.resolve("auto") == ("cuda" if there else "cpu")
    assert device.resolve("cpu") == "cpu" and device.resolve("cuda") == "cuda"


def test_cuda_is_required_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_cuda", lambda: False)
    device.require("cpu")
    with pytest.raises(BadInput, match="^device cuda: torch finds no CUDA device here; use device cpu or auto$"):
        device.require("cuda")
    monkeypatch.setattr(device, "has_cuda", lambda: True)
    device.require("cuda")
