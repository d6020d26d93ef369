"""Every claim with its effect and its verdict."""

from collections.abc import Sequence
from typing import Any

from resnet_notes.claims import (
    chain,
    circuits,
    cures,
    depth,
    explanations,
    inside,
    pretraining,
    signals,
    techniques,
)
from resnet_notes.claims.judgement import Claim, Evidence, judged

SOURCES = (circuits, chain, signals, cures, pretraining, techniques, depth, inside, explanations)
"""The modules that state claims, in the order of the notes."""

FAMILIES = {"before the runs": (depth,), "after the first runs": tuple(own for own in SOURCES if own is not depth)}
"""When claims and their thresholds were written down: those of each family are corrected for the number of its own."""


def stated(evidence: Evidence, params: dict[str, Any], sources: Sequence[Any]) -> dict[str, Claim]:
    """Return every claim of some modules that the evidence can speak to, by its name.

    Raises:
        ValueError: two modules state claims of one name.
    """
    every: dict[str, Claim] = {}
    for source in sources:
        own = source.claims(evidence, params)
        if twice := every.keys() & own.keys():
            raise ValueError(f"{source.__name__}: {', '.join(sorted(twice))} is the name of another claim already")
        every |= own
    return every


def verdicts(evidence: Evidence, params: dict[str, Any]) -> dict[str, Any]:
    """Return every claim by its name, as ``claims.json`` has it.

    Args:
        evidence: a claim whose networks are missing is undecided, or left out where its whole experiment is.
        params: the section claims of params.yaml.
    """
    found: dict[str, Any] = {}
    for family, sources in FAMILIES.items():
        entries = judged(stated(evidence, params, sources), params["level"])
        found |= {name: entry | {"family": family} for name, entry in entries.items()}
    return {name: found[name] for name in stated(evidence, params, SOURCES)}
