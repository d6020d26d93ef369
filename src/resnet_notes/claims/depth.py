"""Claims on depth: plain networks degrade, residual ones do not, and longer training does not change it.

Each claim is a difference in training error, in percentage points, paired by seed and held against a threshold from
the params. Source: He et al. 2015 (arXiv:1512.03385), sections 1 and 4.2.
"""

from typing import Any

import pandas as pd

from resnet_notes.analysis.runs import final_errors
from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.names import counted

SOURCE = "@he2015residual [sections 1 and 4.2]"
POINTS = "points of training error"


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim by its name; one whose networks are not among the runs has no values.

    Args:
        evidence: the runs of the three grids of plain and residual networks.
        params: ``shallow``, ``deep``, ``degradation_points``, ``residual_points``.
    """
    errors = final_errors(evidence.of("degradation", "residual", "control"))
    shallow, deep = params["shallow"], params["deep"]
    worse, near = params["degradation_points"], params["residual_points"]
    exceeds = f"training error at depth {deep} exceeds that at {shallow}"

    def excess(experiment: str, architecture: str) -> pd.Series:
        return difference(errors, (experiment, architecture, deep), (experiment, architecture, shallow))

    control = excess("control", "plain"), excess("control", "residual")
    return {
        "degradation": Claim(
            f"Plain: {exceeds} by more than {counted(worse, 'point')}.",
            SOURCE,
            Effect(POINTS, excess("degradation", "plain"), "above", worse),
        ),
        "residual": Claim(
            f"Residual: {exceeds} by less than {counted(near, 'point')}.",
            SOURCE,
            Effect(POINTS, excess("residual", "residual"), "below", near),
        ),
        "control_degradation": Claim(
            "Longer training does not remove the degradation of plain networks.",
            SOURCE,
            Effect(POINTS, control[0], "above", 0.0),
        ),
        "control_residual": Claim(
            "After longer training the cost of depth is still greater without shortcuts than with them.",
            SOURCE,
            Effect(POINTS, paired_difference(*control), "above", 0.0),
        ),
    }


def difference(errors: pd.DataFrame, a: tuple[str, str, int], b: tuple[str, str, int]) -> pd.Series:
    """Training error of ``a`` minus that of ``b``, each (experiment, architecture, depth), by the seeds they share."""

    def by_seed(network: tuple[str, str, int]) -> pd.Series:
        chosen = errors[["experiment", "architecture", "depth"]].eq(list(network)).all(axis="columns")
        return errors[chosen].set_index("seed")["train_error"]

    return paired_difference(by_seed(a), by_seed(b))
