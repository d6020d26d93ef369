"""The section of the experiment on learned depth separation: what cannot be is refused in one line."""

from typing import Any

import pytest
from pydantic import ValidationError

from resnet_notes.params.separation import Separation

SECTION: dict[str, Any] = {
    "layers": [1, 6],
    "parameters": 1250,
    "seeds": [0, 1],
    "learning_rates": [0.01],
    "bias_scale": 0.5,
    "tasks": {
        "triangle": {"iterations": 4, "examples": [60], "steps": 10, "batch": 8, "evaluate_every": 5},
        "parity": {"inputs": 20, "relevant": 4, "examples": [60], "steps": 10, "batch": 8, "evaluate_every": 5},
    },
}


def test_what_is_read_is_what_is_written() -> None:
    assert Separation.model_validate(SECTION).model_dump() == SECTION


def test_no_layers_leave_it_out() -> None:
    assert Separation.model_validate(SECTION | {"layers": []}).layers == []


def with_triangle(**changes: Any) -> dict[str, Any]:
    return {"tasks": SECTION["tasks"] | {"triangle": SECTION["tasks"]["triangle"] | changes}}


def test_three_numbers_of_examples_and_ten_iterations_are_the_most() -> None:
    most = SECTION | with_triangle(examples=[1, 2, 3], iterations=10)
    assert Separation.model_validate(most).model_dump() == most


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (with_triangle(examples=[1, 2, 3, 4]), "at most 3 items"),
        (with_triangle(examples=[1000, 60]), r"\[1000, 60\] is not in ascending order"),
        (with_triangle(examples=[60, 60]), "the same value twice"),
        (with_triangle(examples=[]), "at least 1 item"),
        (with_triangle(iterations=11), "less than or equal to 10"),
        ({"layers": [0]}, "greater than or equal to 1"),
        ({"layers": [2, 2]}, "the same value twice"),
        ({"seeds": []}, "at least 1 item"),
        ({"learning_rates": []}, "at least 1 item"),
        ({"parameters": 70}, "6 layers for parity have 75 at best"),
        (
            {"tasks": SECTION["tasks"] | {"parity": SECTION["tasks"]["parity"] | {"relevant": 21}}},
            "relevant = 21 of 20",
        ),
        ({"tasks": {"triangle": SECTION["tasks"]["triangle"]}}, "Field required"),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(ValidationError, match=line) as caught:
        Separation.model_validate(SECTION | changes)
    assert caught.value.error_count() == 1
