"""What decides the bits of a job besides its seed: kernels, threads, determinism.

``portable`` numerics give the same bits on every x86-64 machine with AVX2, at a price in speed; ``native`` ones are the
fastest that the machine has. Libraries read these settings when they are loaded, so they are set before torch and
NumPy are imported: this module imports neither at its top.
"""

import os
import sys

PORTABLE = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}


def set_environment(numerics: str, threads: int) -> None:
    """Set the variables that the numeric libraries read when they load.

    Args:
        numerics: ``portable`` or ``native``.
        threads: threads of every parallel region of the process.

    Raises:
        RuntimeError: torch or NumPy is loaded already, so that the settings would come too late.
    """
    loaded = [name for name in ("torch", "numpy") if name in sys.modules]
    if loaded:
        raise RuntimeError(f"{' and '.join(loaded)} loaded before numerics were set")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # cuBLAS is deterministic only with a fixed workspace
    for name, value in PORTABLE.items():
        if numerics == "portable":
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def set_determinism(threads: int, device: str) -> None:
    """Make torch run with ``threads`` threads and, on a GPU, refuse what can differ between two runs.

    On a CPU with a fixed number of threads nothing that is used here differs.
    """
    import torch

    torch.set_num_threads(threads)
    if device == "cuda":
        # not use_deterministic_algorithms(True): that loads the compiler, which takes seconds
        torch.set_deterministic_debug_mode("error")
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
