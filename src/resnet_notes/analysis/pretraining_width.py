"""Table of the figure `pretraining_width`: final errors of networks of one depth against their width."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resnet_notes.analysis.finetuning import finals


def table(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Final errors (%) at the data set and the depth that have most widths, as `analysis.finetuning.finals` has them.

    Only initialisations that were trained at every width are there, and only hidden layers of one width.
    """
    every = finals(runs)
    every = every[every["equal"]].drop(columns="equal")
    widths = every.groupby(["dataset", "depth"])["width"].transform("nunique")
    own = every[widths == widths.max()]
    own = own[own["depth"] == own["depth"].min()]
    at = own.groupby("initialisation")["width"].transform("nunique")
    return own[at == own["width"].nunique()].reset_index(drop=True)
