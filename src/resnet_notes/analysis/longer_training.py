"""Table of the figure `longer_training`: does the order of the depths survive a longer budget?"""

import pandas as pd

from resnet_notes.analysis.runs import Run, final_errors
from resnet_notes.analysis.training_curves import COLUMNS, with_curves

SHORTER = ("degradation", "residual")
LONGER = "control"


def table(runs: list[Run]) -> pd.DataFrame:
    """The control's curves, and final errors after the short and the long budget.

    Args:
        runs: All runs of the study; taken are the control, and the runs of degradation and residual whose
            architecture, depth and data set the control has, too.

    Returns:
        Columns `training_curves.COLUMNS` and `when`: "during" for a row of a curve (control only), "after"
        for a run's final errors (its step is the budget). Errors in %. The two are measured on different
        images: see `runs`.
    """
    longer = [run for run in runs if run["experiment"] == LONGER]
    matched = {_setting(run) for run in longer}
    shorter = [run for run in runs if run["experiment"] in SHORTER and _setting(run) in matched]
    after = final_errors(longer + shorter)
    after = after.assign(step=after["steps"].astype("Int64"), when="after")[[*COLUMNS, "when"]]
    during = with_curves(longer).assign(when="during")
    return pd.concat([during, after], ignore_index=True)


def _setting(run: Run) -> tuple[str, int, str]:
    return run["architecture"], run["depth"], run["dataset"]
