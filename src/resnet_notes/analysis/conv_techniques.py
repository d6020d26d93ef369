"""Table of the figure `conv_techniques`: final errors of a convolutional network with some of the techniques."""

from collections.abc import Sequence

import pandas as pd

from resnet_notes.analysis.runs import BUDGET, Run, final_errors
from resnet_notes.analysis.statistics import Interval, paired_difference, t_interval

NONE = "none"
"""Stands for no techniques in the column techniques, in which several are joined by a plus sign."""


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """Final errors, one row per run, in the order of params.yaml.

    Returns:
        Columns place (of the combination, from 0), techniques, depth, seed, `runs.BUDGET`, and `runs.OUTCOME`.
    """
    combinations = list(dict.fromkeys(tuple(run["techniques"]) for run in runs))
    told = [
        run | {"techniques": "+".join(run["techniques"]) or NONE, "place": combinations.index(tuple(run["techniques"]))}
        for run in runs
    ]
    return final_errors(told, ["place", "techniques", "depth", "seed", *BUDGET])


def every(table: pd.DataFrame) -> list[str]:
    """The techniques, in the order of params.yaml."""
    combined = [str(name).split("+") for name in table["techniques"] if name != NONE]
    return max(combined, key=len)


def effects(table: pd.DataFrame, error: str) -> pd.DataFrame:
    """What each technique changes: added to none, and taken from all.

    A network that diverged has no error, and no pair.

    Returns:
        Columns technique, what (alone, left out), then mean, low, high and n of the difference in points, paired by
        seed.
    """
    errors = {str(name): own.set_index("seed")[error] for name, own in table.groupby("techniques")}
    names, rows = every(table), []
    for technique in names:
        rest = "+".join(name for name in names if name != technique) or NONE
        for what, chosen, against in (("alone", technique, NONE), ("left out", rest, "+".join(names))):
            if chosen in errors and against in errors:
                change: Interval = t_interval(paired_difference(errors[chosen], errors[against]))
                rows.append((technique, what, *change))
    return pd.DataFrame(rows, columns=["technique", "what", *Interval._fields])
