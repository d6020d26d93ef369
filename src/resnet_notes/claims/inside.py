"""Claims on what trained networks look like inside: lesions and responses, plain against residual.

Sources: Veit, Wilber and Belongie 2016 (arXiv:1605.06431), section 4; He et al. 2015 (arXiv:1512.03385), Figure 7.
"""

from typing import Any

import pandas as pd

from resnet_notes.analysis import lesions, responses
from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.judgement import Claim, Effect, Evidence


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose networks were examined, by its name.

    Args:
        evidence: the runs of the experiments lesions and responses.
        params: ``shallow``, ``deep``, ``lesion_points`` and ``lesion_residual_points``.
    """
    return on_lesions(evidence, params) | on_responses(evidence, params)


def on_lesions(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """By how much the error rises when one block is removed."""
    runs, shallow = evidence.of("lesions"), params["shallow"]
    if not runs:
        return {}
    rises = lesions.rises(lesions.table(runs))
    more, less = params["lesion_points"], params["lesion_residual_points"]
    said = f"network with {shallow} layers loses at the median"
    source, what, when = "Veit et al. 2016, section 4", "points of test error", "points when one block is removed."

    def rise(architecture: str) -> pd.Series:
        chosen = (rises["architecture"] == architecture) & (rises["depth"] == shallow)
        return rises[chosen].set_index("seed")["rise"]

    return {
        "lesion_plain": Claim(
            f"A plain {said} more than {more:g} {when}", source, Effect(what, rise("plain"), "above", more)
        ),
        "lesion_residual": Claim(
            f"A residual {said} less than {less:g} {when}", source, Effect(what, rise("residual"), "below", less)
        ),
    }


def on_responses(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """How strongly layers respond, residual less plain."""
    runs, found = evidence.of("responses"), {}
    if not runs:
        return {}
    means = responses.means(responses.table(runs))
    for name, depth in (("responses_shallow", params["shallow"]), ("responses_deep", params["deep"])):
        statement = f"With {depth} layers, those of residual networks respond less than those of plain ones."
        sizes = [means[(means["architecture"] == kind) & (means["depth"] == depth)] for kind in ("residual", "plain")]
        residual, plain = (size.set_index("seed")["response"] for size in sizes)
        effect = Effect("standard deviation, mean over layers", paired_difference(residual, plain), "below", 0.0)
        found[name] = Claim(statement, "He et al. 2015, Figure 7", effect)
    return found
