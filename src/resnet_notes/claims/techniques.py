"""Claims on the techniques that made networks deeper, and on what depth buys.

Sources: the original notes, section 1 and its footnote; Glorot and Bengio 2010; He et al. 2015 (arXiv:1502.01852 and
arXiv:1512.03385); Ioffe and Szegedy 2015; De and Smith 2020; He et al. 2016; Goyal et al. 2017.
"""

from typing import Any, NamedTuple

import pandas as pd

from resnet_notes.analysis import conv_techniques, depth_gain, techniques, variants
from resnet_notes.analysis.runs import final_errors
from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.by_seed import by_seed
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.names import TECHNIQUES, counted, original

POINTS = "points of test error"


class Rung(NamedTuple):
    """Two techniques of the ladder, the first of which is said to train deeper networks."""

    statement: str
    source: str
    deeper: str
    than: str


LADDER = {
    "ladder_pretraining": Rung(
        "Greedy pretraining makes deeper sigmoid networks trainable than the old random weights.",
        f"{original(2)}; @hinton2006fast", "rbm", "uniform",
    ),
    "ladder_glorot": Rung(
        "Glorot's weights make deeper sigmoid networks trainable than the old ones.",
        "@glorot2010 [section 4.2]", "glorot", "uniform",
    ),
    "ladder_relu": Rung(
        "ReLUs with He's weights make deeper networks trainable than sigmoids with the old ones.",
        "@he2015delving [section 2.2]", "he", "uniform",
    ),
    "ladder_batch_norm": Rung(
        "Batch normalisation makes deeper networks trainable than ReLUs with He's weights by themselves.",
        f"{original(1)}; @ioffe2015", "batch-norm", "he",
    ),
    "ladder_shortcuts": Rung(
        "Shortcuts make deeper networks trainable than batch normalisation by itself.",
        "@he2015residual [section 1]", "shortcuts", "batch-norm",
    ),
    "ladder_without_batch_norm": Rung(
        "The deepest networks with shortcuts need batch normalisation.",
        "@de2020", "shortcuts", "no-batch-norm",
    ),
}  # fmt: skip
"""By the names of the claims; techniques by their names in params.yaml."""

VARIANTS = {
    "option-b": ("Projections in place of identities where widths change", "@he2015residual [Table 3]"),
    "pre-activation": ("Normalisation and activation before the weights", "@he2016identity [Table 2]"),
    "zero-gamma": ("Branches that are switched off at the start", "@goyal2017 [section 5.1 and Table 2]"),
}
"""What each has in place of the original, and who found that it is better."""


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose experiment is there, by its name.

    Args:
        evidence: the runs of the experiments techniques, depth_gain, residual, conv_techniques and variants, and of
            degradation, beside whose gain by shortcuts that of projections is held.
        params: ``tens_of_layers``, ``shallow``, ``deep`` and ``variant_points``.
    """
    return (
        on_the_ladder(evidence, params["tens_of_layers"])
        | on_depth(evidence)
        | on_residual_depth(evidence, params)
        | on_convolutional(evidence)
        | on_variants(evidence, params["variant_points"])
    )


def on_the_ladder(evidence: Evidence, tens: int) -> dict[str, Claim]:
    """How many hidden layers each technique can train."""
    runs = evidence.of("techniques")
    if not runs:
        return {}
    networks = techniques.chosen(runs)
    learned = networks["train_error"] <= networks["given_up_at"]
    layers = networks["depth"].where(learned, 0).groupby([networks["technique"], networks["seed"]]).max()
    deepest = layers.rename("layers").reset_index()

    def trained(technique: str) -> pd.Series:
        return by_seed(deepest, "layers", technique=technique)

    what, found = "hidden layers, the most that were trained", {}
    for name, rung in LADDER.items():
        more = paired_difference(trained(rung.deeper), trained(rung.than))
        found[name] = Claim(rung.statement, rung.source, Effect(f"{what}, difference", more, "above", 0.0))
    found["ladder_tens"] = Claim(
        f"With He's weights and batch normalisation, more than {tens} hidden layers can be trained.",
        "@he2015residual [section 1], on normalised weights and layers: tens of layers",
        Effect(what, trained("batch-norm"), "above", tens),
    )
    return found


def on_depth(evidence: Evidence) -> dict[str, Claim]:
    """Whether accuracy grows with depth at equal size."""
    runs = evidence.of("depth_gain")
    if not runs:
        return {}
    table = depth_gain.table(runs)
    errors = table.pivot(index="seed", columns="layers", values="test_error")
    source = f"{original(1)}, after @bengio2009 and @he2015residual"
    restated = Claim(
        "Convolutional networks of equal size are more accurate at the best depth than with the fewest layers.",
        source,
        Effect(f"{POINTS}, best depth less shallowest", gain_of_the_best(table, errors), "below", 0.0),
    )
    steps = errors.diff(axis="columns").iloc[:, 1:]
    deepest = steps.iloc[:, -1] if len(steps.columns) else pd.Series(dtype=float)
    return {
        "depth_gain": Claim(
            "Convolutional networks of equal size grow more accurate with every further layer, up to the most tried.",
            source,
            Effect(f"{POINTS}, deepest less second deepest", deepest, "below", 0.0),
            restated,
        )
    }


def gain_of_the_best(table: pd.DataFrame, errors: pd.DataFrame) -> pd.Series:
    """Error at the best depth less that at the least, by seed.

    The best depth is that of the other seeds' mean: a seed does not choose the depth that it judges.
    """
    found = {}
    for seed, row in errors.iterrows():
        others = table[table["seed"] != seed]
        if others["test_error"].notna().any():
            found[seed] = row[depth_gain.best(others)] - row[errors.columns.min()]
    return pd.Series(found, dtype=float)


def on_residual_depth(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether residual networks grow more accurate with depth."""
    runs, shallow, deep = evidence.of("residual"), params["shallow"], params["deep"]
    if not runs:
        return {}
    table = final_errors(runs)
    errors = (by_seed(table, "test_error", architecture="residual", depth=depth) for depth in (deep, shallow))
    return {
        "residual_deeper_better": Claim(
            f"Residual networks of {deep} layers are more accurate than those of {shallow}.",
            "@he2015residual [section 4.2]",
            Effect(f"{POINTS}, {deep} layers less {shallow}", paired_difference(*errors), "below", 0.0),
        )
    }


def on_convolutional(evidence: Evidence) -> dict[str, Claim]:
    """What each technique does for a deep convolutional network by itself, and as the last of all."""
    runs, found = evidence.of("conv_techniques"), {}
    if not runs:
        return {}
    table = conv_techniques.table(runs)
    names = max((run["techniques"] for run in runs), key=len)
    network = f"A convolutional network of {table['depth'].max()} layers"
    source = "original notes [@backdeluca2019, section 1 and its footnote]"

    def change(some: list[str], others: list[str]) -> pd.Series:
        joined = ("+".join(names) or conv_techniques.NONE for names in (some, others))
        return paired_difference(*(by_seed(table, "test_error", techniques=name) for name in joined))

    for technique in names:
        rest, said = [name for name in names if name != technique], TECHNIQUES.get(technique, technique)
        restated = Claim(
            f"{network} that has all the other techniques is more accurate with {said}.",
            source,
            Effect(f"{POINTS}, all less all the others", change(names, rest), "below", 0.0),
        )
        found[f"{technique.replace('-', '_')}_alone"] = Claim(
            f"{network} is more accurate with {said} alone than with no technique.",
            source,
            Effect(f"{POINTS}, with it less with none", change([technique], []), "below", 0.0),
            restated,
        )
    return found


def on_variants(evidence: Evidence, near: float) -> dict[str, Claim]:
    """What became of residual networks, against the original at the greatest depth."""
    runs = evidence.of("variants")
    if not runs:
        return {}
    table = variants.table(runs)
    depth = table["depth"].max()
    errors = {
        name: by_seed(table, "test_error", architecture=name, depth=depth) for name in (variants.ORIGINAL, *VARIANTS)
    }
    changes = {name: paired_difference(errors[name], errors[variants.ORIGINAL]) for name in VARIANTS}
    found = {}
    for name, (said, source) in VARIANTS.items():
        what, network = f"{POINTS}, less the original", f"a residual network of {depth} layers"
        found[name.replace("-", "_")] = Claim(
            f"{said} make {network} more accurate.", source, Effect(what, changes[name], "below", 0.0)
        )
        found[f"{name.replace('-', '_')}_alike"] = Claim(
            f"{said} alter the error of {network} by less than {counted(near, 'point')}.",
            source,
            Effect(what, changes[name], "within", near),
        )
    grids = final_errors(evidence.of("degradation", "residual"))
    plain, residual = (by_seed(grids, "test_error", architecture=name, depth=depth) for name in ("plain", "residual"))
    gain = paired_difference(plain, residual)
    found["projections_not_essential"] = Claim(
        "Projections in shortcuts bring less than the shortcuts do.",
        "@he2015residual [section 4.1], on projections",
        Effect(
            f"{POINTS}, difference of the gains, each in its own experiment, at its own budget",
            paired_difference(-changes["option-b"], gain),
            "below",
            0.0,
        ),
    )
    return found
