"""Table of the figure `pretraining_width`: final errors of networks of one depth against their width."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import finals


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Final errors (%) of networks with layers of one width, as `analysis.finetuning.finals` has them.

    Args:
        runs: Stacks of the experiments finetuning and widths.

    Returns:
        The rows of the data set and the depth of the experiment widths, of initialisations that it has.
    """
    equal = [run for run in runs if len(set(run["layers"])) == 1]
    compared = [run for run in equal if run["experiment"] == "widths"]
    if not compared:
        compared = equal[:1]
    like = {(run["dataset"], len(run["layers"])) for run in compared[:1]}
    starts = {run["initialisation"] for run in compared}
    return finals(
        [run for run in equal if (run["dataset"], len(run["layers"])) in like and run["initialisation"] in starts]
    )
