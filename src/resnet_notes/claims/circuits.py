"""Claims on what depth saves: circuits for parity, and Telgarsky's triangle map.

All are about every size that was built, so what is counted are exceptions. What was built shows how few gates or units
suffice. That fewer do not is searched for depth two, where every term that a disjunctive normal form may have is tried,
and proved in the sources otherwise: there a claim says no more than that what was built keeps to the bound.
"""

from typing import Any

import numpy as np
import pandas as pd

from resnet_notes.claims.judgement import Claim, Evidence
from resnet_notes.claims.measures import exceptions
from resnet_notes.claims.names import original


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose table is there, by its name.

    Args:
        evidence: the tables parity_size and triangle_map.
        params: none of them are used.
    """
    parity, triangle = evidence.table("parity_size"), evidence.table("triangle_map")
    return ({} if parity is None else on_parity(parity)) | ({} if triangle is None else on_triangle_map(triangle))


def on_parity(table: pd.DataFrame) -> dict[str, Claim]:
    """Gates and depth of circuits for parity, of 2 inputs up to some number."""
    gates, depth = (table.pivot(index="inputs", columns="name", values=name) for name in ("gates", "depth"))
    n = gates.index.to_series()
    # the search for the minimal form may end at fewer inputs; its OR is no term
    terms = (gates["minimal_dnf"] - 1).dropna()
    found = {
        "parity_tree": Claim(
            r"A balanced tree computes the parity of $N$ bits with $O(N \log N)$ gates.",
            f"@bengiolecun2007, as cited in the {original(1)}",
            exceptions(r"trees with more than $N \log_2 N$ gates", gates["xor_tree"] > gates["n_log_n"]),
            Claim(
                r"It needs no more than $N - 1$ XOR gates, on $\lceil \log_2 N \rceil$ levels.",
                "elementary: a gate joins two values into one",
                exceptions(
                    "trees with another number of gates or levels",
                    (gates["xor_tree"] != n - 1) | (depth["xor_tree"] != np.ceil(np.log2(n))),
                ),
            ),
        ),
        "parity_and_or_tree": Claim(
            "Of AND and OR gates, with negation free, the balanced tree needs $3(N - 1)$.",
            "elementary: XOR takes three of these gates",
            exceptions("trees with another number of gates", gates["and_or_tree"] != 3 * (n - 1)),
        ),
        "parity_dnf": Claim(
            "Disjunctive normal forms need $2^{n-1}$ terms for the parity of $n$ bits; an exact search confirms it up "
            f"to $n = {terms.index.max()}$.",
            f"@yao1985, as cited in the {original(1)}",
            exceptions("minimal disjunctive normal forms of another size", terms != 2.0 ** (terms.index - 1)),
        ),
        "parity_needs_depth": Claim(
            "As circuits do, shallow neural networks need exponentially many units for parity: at least $2^{n-1}$.",
            f"{original(1)}, by analogy",
            exceptions(
                "networks of one hidden layer with fewer units in it",
                (hidden(gates) < 2.0 ** (n - 1)) & (depth["threshold_network"] == 2),
            ),
        ),
        "parity_threshold": Claim(
            "One hidden layer of $n$ threshold units computes the parity of $n$ bits.",
            "@rumelhart1986",
            exceptions(
                "networks with other than $n$ hidden units, or more than one hidden layer",
                (hidden(gates) != n) | (depth["threshold_network"] != 2),
            ),
        ),
    }
    built = [str(name) for name in gates if str(name).startswith("depth_")]
    if built:
        smaller = pd.concat([gates[name] < gates[name.replace("depth", "hastad")] for name in built])
        found["parity_bounded_depth"] = Claim(
            "No circuit for parity that was built at a constant depth $k$ has fewer gates than the bound that is "
            "proved for many inputs, $2^{c n^{1/(k-1)}}$ with $c = (1/10)^{k/(k-1)}$.",
            f"@hastad1986, as cited in the {original(1)}",
            exceptions("circuits of a constant depth with fewer gates", smaller),
        )
    return found


def hidden(gates: pd.DataFrame) -> pd.Series:
    """Units of the threshold networks but their output."""
    return gates["threshold_network"] - 1


def on_triangle_map(table: pd.DataFrame) -> dict[str, Claim]:
    """Units and linear pieces of the triangle map applied k times, by a deep and a shallow network."""
    counts = table[table["what"] == "count"].set_index("layers")
    deep, shallow = (counts[counts["network"] == name] for name in ("deep", "shallow"))
    k, source = deep.index.to_series(), "@telgarsky2016"
    return {
        "triangle_deep": Claim(
            "$2k$ ReLUs in $k$ layers can make $2^k$ linear pieces.",
            source,
            exceptions("$k$ at which it is otherwise", (deep["units"] != 2 * k) | (deep["pieces"] != 2**k)),
        ),
        "triangle_shallow": Claim(
            "One hidden layer of $2^k$ ReLUs makes these $2^k$ pieces; that fewer than $2^k - 1$ units cannot is "
            "proved, as a unit bends the graph once at most.",
            f"{source}; @bengio2009 [p. 14], as quoted in the {original(1)}",
            exceptions("$k$ at which it is otherwise", (shallow["units"] != 2**k) | (shallow["pieces"] != 2**k)),
        ),
    }
