"""Products of stacks of matrices with gradients, through whichever library multiplies fastest with the same bits.

On a CPU that is NumPy's OpenBLAS: in portable numerics it is three times faster than torch's MKL, which then runs in
its compatible mode, and both give the same bits on every x86-64 machine with AVX2.
"""

import numpy as np
import torch
from torch import Tensor


class _Product(torch.autograd.Function):
    """The product and its gradients, which are products, too: it can be differentiated any number of times."""

    @staticmethod
    def forward(ctx, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        if a.device.type != "cpu":
            return torch.matmul(a, b)
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
    return _Product.apply(a, b)  # type: ignore[return-value]


def product_into(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    """Write the matrix product of ``a`` [n, k] and ``b`` [k, m] into ``out`` [n, m], without gradients; return it.

    Args:
        a: on any device.
        b: of the same type and on the same device.
        out: likewise, contiguous; it must not share memory with ``a`` or ``b``.
    """
    if a.device.type != "cpu":
        return torch.mm(a, b, out=out)
    with np.errstate(all="ignore"):
        np.matmul(a.numpy(), b.numpy(), out=out.numpy())
    return out
