"""Every claim with its effect and its verdict."""

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


def stated(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return every claim that the evidence can speak to, by its name.

    Raises:
        ValueError: two modules state claims of one name.
    """
    every: dict[str, Claim] = {}
    for source in SOURCES:
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
    return judged(stated(evidence, params), params["level"])
