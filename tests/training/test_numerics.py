"""Settings that libraries read when they load: set in time, or refused."""

import json
import os
import subprocess
import sys

import pytest
import torch

from resnet_notes.training.numerics import PORTABLE, set_determinism, set_environment


def python(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_refused_when_torch_is_loaded_and_nothing_is_set() -> None:
    before = dict(os.environ)
    with pytest.raises(RuntimeError, match="torch.* loaded before numerics were set"):
        set_environment("portable", 1)
    assert dict(os.environ) == before


def test_refused_when_numpy_alone_is_loaded() -> None:
    script = """
import numpy
from resnet_notes.training.numerics import set_environment
try:
    set_environment("native", 1)
except RuntimeError as error:
    print(error)
"""
    assert python(script) == "numpy loaded before numerics were set\n"


def test_portable_numerics_reach_the_libraries() -> None:
    script = """
import json, os
from resnet_notes.training.numerics import set_determinism, set_environment
set_environment("portable", 1)
import torch, numpy
set_determinism(1, "cpu")
print(json.dumps([torch.backends.cpu.get_cpu_capability(), torch.get_num_threads(), dict(os.environ)]))
from numpy._core._multiarray_umath import __cpu_features__ as features
print(json.dumps(features))
"""
    first, second = python(script).splitlines()
    capability, threads, environment = json.loads(first)
    assert capability in ("AVX2", "DEFAULT")  # DEFAULT where the machine has no AVX2
    assert threads == 1 and environment["OMP_NUM_THREADS"] == "1"
    assert PORTABLE.items() <= environment.items()
    assert not any(on for name, on in json.loads(second).items() if name in ("X86_V4", "AVX512_ICL", "AVX512_SPR"))


def test_native_numerics_take_portable_ones_back() -> None:
    script = """
import json, os
from resnet_notes.training.numerics import set_environment
set_environment("native", 3)
print(json.dumps(dict(os.environ)))
"""
    environment = json.loads(python(script, **PORTABLE))
    assert not PORTABLE.keys() & environment.keys()
    assert [environment[f"{name}_NUM_THREADS"] for name in ("OMP", "MKL", "OPENBLAS")] == ["3"] * 3


def test_threads_of_torch() -> None:
    before = torch.get_num_threads()
    try:
        set_determinism(2, "cpu")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
