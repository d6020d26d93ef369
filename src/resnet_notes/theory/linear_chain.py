"""Gradients in chains of equal linear layers: what makes them explode or vanish, and what one step does then."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from resnet_notes.theory.chain import Array, closed_form, descend, frobenius, notes_form, singular_values

COLUMNS = [
    "chain", "size", "scale", "seed", "depth", "closed_form", "autograd", "notes_form",
    "norm", "radius", "smallest", "largest",
    "learning_rate", "overshoot", "distance_before", "distance_after", "log10_loss_before", "log10_loss_after",
]  # fmt: skip


class Chain(NamedTuple):
    """The weights of a chain, and what they were made from."""

    name: str
    weights: Array
    """W, shape (size, size)."""
    radius: float
    """Spectral radius, known from how W was made: that of a nilpotent matrix cannot be computed in floats."""
    scale: float | None = None
    """The number it was made from: the weight, the size of the entries, or the spectral radius."""
    seed: int | None = None


def table(settings: dict[str, Any]) -> pd.DataFrame:
    """The gradient of the first layer's weights in every chain at every depth, and the powers of its weights.

    The chain starts at a unit vector with equal entries, and so is the loss's gradient at its end, dL/da_l.

    Args:
        settings: the section `linear_chain` of params.yaml.

    Returns:
        A row for each chain and depth l, in the order of the settings:

        * chain (`scalar`, `equal`, `nilpotent`, `orthogonal`, `random`), size, scale (see `Chain`; empty for
          `orthogonal`), seed, depth;
        * closed_form, autograd: Frobenius norm of dL/dW_1 by two ways;
        * norm, radius, smallest, largest: spectral norm of W^(l-1), and the spectral radius, the smallest and the
          largest singular value of W, each to the power l-1;
        * for `scalar` only, notes_form: the norm that the notes' formula gives; learning_rate; and, but for weights at
          the minimum, what a step of gradient descent does, see `chain.Step`.
    """
    rows = [row(chain, depth, settings) for chain in chains(settings) for depth in settings["depths"]]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seed": "Int64"})


def chains(settings: dict[str, Any]) -> Iterator[Chain]:
    """The scalar chains, the two counter-examples, and matrices with a given spectrum."""
    for weight in settings["weights"]:
        yield Chain("scalar", np.array([[weight]]), weight, weight)
    entry, size = settings["equal_entry"], settings["equal_size"]
    yield Chain("equal", np.full((size, size), entry), size * entry, entry)
    entry = settings["nilpotent_entry"]
    yield Chain("nilpotent", np.array([[entry, -entry], [entry, -entry]]), 0.0, entry)
    for size in settings["sizes"]:
        for seed in settings["seeds"]:
            gauss = np.random.default_rng([seed, size]).standard_normal((size, size))
            yield Chain("orthogonal", np.linalg.qr(gauss).Q, 1.0, seed=seed)
            radius = float(np.abs(np.linalg.eigvals(gauss)).max())
            for wanted in settings["radii"]:
                yield Chain("random", gauss * (wanted / radius), wanted, wanted, seed)


def row(chain: Chain, depth: int, settings: dict[str, Any]) -> dict[str, Any]:
    """One chain at one depth."""
    weights, size = chain.weights, len(chain.weights)
    unit = np.full(size, size**-0.5)
    values = singular_values(weights)
    found = {"chain": chain.name, "size": size, "scale": chain.scale, "seed": chain.seed, "depth": depth}
    found["closed_form"] = frobenius(closed_form(weights, unit, unit, depth, layer=1))
    found["autograd"] = frobenius(autograd(weights, unit, unit, depth, layer=1))
    found["norm"] = float(singular_values(np.linalg.matrix_power(weights, depth - 1))[0])
    ends = {"radius": chain.radius, "smallest": float(values[-1]), "largest": float(values[0])}
    found |= {name: value ** (depth - 1) for name, value in ends.items()}
    if chain.name == "scalar":
        found["notes_form"] = frobenius(notes_form(weights, unit, unit, depth, layer=1))
        found["learning_rate"] = settings["learning_rate"]
        step = descend(chain.radius, depth, found["learning_rate"], start=1.0, target=settings["target"])
        found |= step._asdict() if step else {}
    return {name: rounded(value) if isinstance(value, float) else value for name, value in found.items()}


def rounded(value: float) -> float:
    """To 12 digits: 5^10 with an error in its last bit would come out as one of two numbers of six digits."""
    return float(f"{value:.12g}")


def autograd(weights: Array, start: Array, gradient: Array, depth: int, layer: int) -> Array:
    """The same gradient as `chain.closed_form`, by torch's automatic differentiation in float64."""
    import torch

    layers = [torch.tensor(weights, requires_grad=True) for _ in range(depth)]
    activation = torch.tensor(start)
    for matrix in layers:
        activation = matrix @ activation
    loss = torch.tensor(gradient) @ activation
    return torch.autograd.grad(loss, layers[layer - 1])[0].numpy()
