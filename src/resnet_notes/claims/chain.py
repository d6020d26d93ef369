"""Claims on a chain of equal linear layers: the formula of its gradient, what makes it explode, what a step does then.

Source: the original notes, section 2; each correction names its own.
"""

from typing import Any

import pandas as pd

from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.measures import exceptions, magnitude
from resnet_notes.claims.names import original

NOTES = original(2)

ROUNDING = 1e-5
"""Relative difference below which numbers of six significant digits are the same."""


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim by its name; none without the table, or about weights that it lacks.

    Args:
        evidence: the table linear_chain.
        params: ``no_effect``.
    """
    table = evidence.table("linear_chain")
    if table is None:
        return {}
    table = table.sort_values("depth")
    return on_formula(table) | on_entries(table) | on_spectrum(table) | on_steps(table, params["no_effect"])


def on_formula(table: pd.DataFrame) -> dict[str, Claim]:
    """The notes' indices and exponent, and the right ones, against autograd.

    As they stand, the indices let z_(i+1) depend on a_i alone, so that its derivative by a_(i+1) is zero, and so is the
    product of these derivatives over more than one layer.
    """
    scalar, what = table[table["chain"] == "scalar"], "chains of which autograd gives another gradient"
    as_it_stands = scalar["closed_form"].where(scalar["depth"] == 1, 0.0)
    return {
        "chain_indices": Claim(
            "With $z_i = W_i a_{i-1} + b_i$ and $a_{i+1} = g(z_i)$, the gradient has the factors "
            r"$\partial a_{i+1} / \partial z_i$ and $\partial z_{i+1} / \partial a_{i+1}$ of each layer.",
            NOTES,
            exceptions(what, differs(as_it_stands, scalar["autograd"])),
            Claim(
                r"With $a_i = g(z_i)$ it has the factors $\partial a_i / \partial z_i$ and "
                r"$\partial z_{i+1} / \partial a_i$.",
                "the chain rule",
                exceptions(what, differs(scalar["closed_form"], scalar["autograd"])),
            ),
        ),
        "chain_exponent": Claim(
            "In a chain of $l$ equal linear layers the gradient of layer $n$ has the weights to the power $n - l$.",
            NOTES,
            exceptions(what, differs(scalar["notes_form"], scalar["autograd"])),
            Claim(
                "The power is $l - n$, of the transposed weights.",
                "the chain rule",
                exceptions(what, differs(table["closed_form"], table["autograd"])),
            ),
        ),
    }


def on_entries(table: pd.DataFrame) -> dict[str, Claim]:
    """Whether the size of the entries decides: from the shallowest chain to the deepest one."""
    made = table[table["chain"].isin(["scalar", "equal", "nilpotent"])]
    chains = made.groupby(["chain", "scale"])["autograd"].agg(["first", "last"]).reset_index()
    found = {}
    for name, side, does, wrong in (
        ("chain_explodes", "above", "grow", chains["last"] <= chains["first"]),
        ("chain_vanishes", "below", "vanish", chains["last"] >= chains["first"]),
    ):
        meant = chains["scale"] > 1 if side == "above" else chains["scale"] < 1
        scalar = meant & (chains["chain"] == "scalar")
        if scalar.any():
            what = f"chains whose gradient does not {does}"
            found[name] = Claim(
                f"With the sizes of all entries of $W$ {side} one, the gradient will {does} with the number of layers.",
                NOTES,
                exceptions(what, wrong[meant]),
                Claim(f"That is so of a single weight {side} one.", "elementary: the powers of a number",
                      exceptions(what, wrong[scalar])),
            )  # fmt: skip
    return found


def on_spectrum(table: pd.DataFrame) -> dict[str, Claim]:
    """Singular values bound what a chain does, and its spectral radius decides in the long run."""
    low, high = table["smallest"] * (1 - ROUNDING), table["largest"] * (1 + ROUNDING)
    random = table[(table["chain"] == "random") & (table["scale"] != 1) & (table["depth"] == table["depth"].max())]
    # how far the norm went in the direction that the radius says
    logarithm = magnitude(random["norm"])
    went = logarithm.where(random["scale"] > 1, -logarithm)
    return {
        "chain_singular_values": Claim(
            "The singular values of $W$ bound what $l - 1$ layers do to the length of a gradient.",
            "definition of singular values",
            exceptions(
                "chains whose norm of $W^{l-1}$ is out of these bounds", (table["norm"] < low) | (table["norm"] > high)
            ),
        ),
        "chain_radius": Claim(
            "With a spectral radius above one a long chain lengthens gradients, with one below it shortens them.",
            "@pascanu2013 [section 2.1]",
            Effect(
                "power of ten of the norm of $W^{l-1}$, sign reversed below one; the least of the random matrices",
                went.groupby(random["seed"]).min(),
                "above",
                0.0,
                "draws",
            ),
        ),
    }


def on_steps(table: pd.DataFrame, no_effect: float) -> dict[str, Claim]:
    """One step of gradient descent of the deepest scalar chains."""
    deepest = table[(table["depth"] == table["depth"].max()) & table["overshoot"].notna()]
    large, small = deepest[deepest["scale"] > 1], deepest[deepest["scale"] < 1]
    found = {}
    if len(large):
        found["chain_overshoots"] = Claim(
            "In a deep chain of large weights a step of gradient descent overshoots.",
            NOTES,
            exceptions("weights above one whose step ends before the minimum", large["overshoot"] <= 1),
        )
    if len(small):
        found["chain_no_effect"] = Claim(
            f"In a deep chain of small weights a step has virtually no effect, going at most {no_effect:g} of the way.",
            NOTES,
            exceptions("weights below one whose step is longer", small["overshoot"] > no_effect),
        )
    return found


def differs(a: pd.Series, b: pd.Series) -> pd.Series:
    """Whether two numbers differ by more than rounding; one that is missing does."""
    return ~((a - b).abs() <= ROUNDING * b.abs())
