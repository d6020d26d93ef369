"""Products of stacks of matrices with gradients, through whichever library multiplies fastest with the same bits.

In portable numerics torch's MKL runs in its compatible mode, and NumPy's OpenBLAS, which gives the same bits on every
x86-64 machine with AVX2 as well, is three times as fast. In native numerics, and on a GPU, torch is the faster one.
"""

import os

import numpy as np
import torch
from torch import Tensor

COMPATIBLE = os.environ.get("MKL_CBWR") == "COMPATIBLE"
"""Whether MKL runs in its compatible mode, as in portable numerics; it reads this once, when it is loaded."""


def _torch_is_faster(a: Tensor) -> bool:
    return not COMPATIBLE or a.device.type != "cpu"


class _Product(torch.autograd.Function):
    """NumPy's product and its gradients, which are products, too: it can be differentiated any number of times."""

    @staticmethod
    def forward(ctx, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        if a.shape[-1] == 1:
            return a * b  # the same numbers; NumPy's matmul takes ten times as long for a column by a row
        with np.errstate(all="ignore"):  # infinities and NaN are passed on, as torch does, without a warning
            return torch.from_numpy(np.matmul(a.detach().numpy(), b.detach().numpy()))

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = ctx.saved_tensors
        wanted_a, wanted_b = ctx.needs_input_grad
        return (
            product(grad, b.mT).sum_to_size(a.shape) if wanted_a else None,
            product(a.mT, grad).sum_to_size(b.shape) if wanted_b else None,
        )


def product(a: Tensor, b: Tensor) -> Tensor:
    """Return the matrix product of the last two dimensions, broadcast over those before them.

    Args:
        a: [..., n, k], on any device.
        b: [..., k, m], of the same type and on the same device.

    Returns:
        [..., n, m], as ``torch.matmul`` gives, with gradients for both.
    """
    if _torch_is_faster(a):
        return torch.matmul(a, b)
    return _Product.apply(a, b)  # type: ignore[return-value]


def product_into(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    """Write the matrix product of ``a`` [n, k] and ``b`` [k, m] into ``out`` [n, m], without gradients; return it.

    Args:
        a: on any device.
        b: of the same type and on the same device.
        out: likewise, contiguous; it must not share memory with ``a`` or ``b``.
    """
    if _torch_is_faster(a):
        return torch.mm(a, b, out=out)
    with np.errstate(all="ignore"):
        np.matmul(a.numpy(), b.numpy(), out=out.numpy())
    return out
