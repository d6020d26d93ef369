"""Claims on why deep plain networks are worse, and on what depth is for, read off trained networks.

Sources: He et al. 2015 (arXiv:1512.03385), sections 1 and 4.1; Yang et al. 2019 (arXiv:1902.08129); Li et al. 2018
(arXiv:1712.09913); Alain and Bengio 2016 (arXiv:1610.01644).
"""

from typing import Any

import pandas as pd

from resnet_notes.analysis import dbn_probes, extension, gradients, probes, surfaces
from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.by_seed import by_seed
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.measures import exceptions
from resnet_notes.claims.names import original


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose networks were examined, by its name.

    Args:
        evidence: the runs of the experiments extension, degradation, gradients, surfaces, probes and dbn_probes.
        params: ``shallow``, ``deep`` and ``healthy_decades``.
    """
    return (
        on_extension(evidence)
        | on_gradients(evidence, params)
        | on_surfaces(evidence)
        | on_probes(evidence)
        | on_dbn_probes(evidence)
    )  # fmt: skip


def on_extension(evidence: Evidence) -> dict[str, Claim]:
    """Whether a trained network that is made deeper by identities stays what it was."""
    trained = [run for run in evidence.of("degradation") if run["architecture"] == "plain"]
    built = evidence.of("extension")
    if not (built and trained):
        return {}
    table = extension.table([*built, *trained])
    before = table[table["way"] == "trained"].set_index(["depth", "seed"])["train_error"].rename("before")
    kept = table[table["way"] == "built"].join(before, on=["shallow", "seed"], how="inner")
    if kept.empty:
        return {}
    return {
        "extension_keeps": Claim(
            f"Identity blocks that take a trained plain network to {kept['depth'].max()} layers leave its training "
            "error as it was.",
            "@he2015residual [section 1], on a solution by construction",
            exceptions("networks with another error than before", kept["train_error"] != kept["before"]),
        )
    }


def on_gradients(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """How the gradient of the first convolution depends on depth, before the first step of the training."""
    runs, shallow, deep = evidence.of("gradients"), params["shallow"], params["deep"]
    if not runs:
        return {}
    table = gradients.table(runs)
    table = table[table["step"] == table["step"].min()]
    stem = table[table["layer"] == 1]

    def growth(architecture: str) -> pd.Series:
        sizes = (by_seed(stem, "log10_norm", architecture=architecture, depth=depth) for depth in (deep, shallow))
        return paired_difference(*sizes)

    what, source = f"decades from {shallow} to {deep} layers", "@yang2019"
    ratio = by_seed(gradients.stem_ratios(table), "log10_ratio", architecture="plain", depth=deep)
    return {
        "gradients_grow": Claim(
            "Before training, the first layer's gradient grows with depth in plain networks with batch normalisation.",
            source,
            Effect(what, growth("plain"), "above", 0.0),
        ),
        "gradients_tamed": Claim(
            "With shortcuts, the first layer's gradient grows less with depth than without.",
            source,
            Effect(
                f"{what}, residual less plain", paired_difference(growth("residual"), growth("plain")), "below", 0.0
            ),
        ),
        "gradients_healthy": healthy(ratio, deep, params["healthy_decades"]),
    }


def healthy(ratio: pd.Series, deep: int, decades: float) -> Claim:
    """Whether gradients have one size in all layers, or are at least not too small in the first ones."""
    source = "@he2015residual [section 4.1], on plain networks"
    what = "decades, first convolution to last, before training"
    return Claim(
        f"Before training, batch normalisation keeps the gradients of a plain network of {deep} layers healthy.",
        source,
        Effect(what, ratio, "within", decades),
        Claim(
            f"Before training, batch normalisation keeps gradients of a plain network of {deep} layers from vanishing.",
            source,
            Effect(what, ratio, "above", -decades),
        ),
    )


def on_surfaces(evidence: Evidence) -> dict[str, Claim]:
    """The basins that the deepest networks lie in, residual against plain."""
    runs = evidence.of("surfaces")
    if not runs:
        return {}
    basins = surfaces.basins(surfaces.table(runs))
    deepest = basins["depth"].max()

    def difference(column: str) -> pd.Series:
        kinds = (by_seed(basins, column, architecture=name, depth=deepest) for name in ("residual", "plain"))
        return paired_difference(*kinds)

    said, source = f"networks of {deepest} layers lie in", "@li2018 [section 5]"
    return {
        "basin_wider": Claim(
            f"Residual {said} wider basins than plain ones.",
            source,
            Effect("filter norms to twice the loss, residual less plain", difference("doubled"), "above", 0.0),
        ),
        "basin_convex": Claim(
            f"Residual {said} basins that are closer to convex.",
            source,
            Effect("loss over its convex envelope, residual less plain", difference("excess"), "below", 0.0),
        ),
    }


def on_probes(evidence: Evidence) -> dict[str, Claim]:
    """Whether a linear classifier does better on what deeper layers pass on, for each kind of the deepest networks."""
    runs, found = evidence.of("probes"), {}
    if not runs:
        return {}
    table = probes.table(runs)
    table = table[(table["trained"] == 1) & (table["depth"] == table["depth"].max())]
    for name, own in table.groupby("architecture"):
        found[f"features_{name}"] = more_useful(own, f"trained {name} networks of {own['depth'].max()} layers")
    return found


def on_dbn_probes(evidence: Evidence) -> dict[str, Claim]:
    """Whether a linear classifier does better on what deeper layers of a greedy stack pass on."""
    runs = evidence.of("dbn_probes")
    if not runs:
        return {}
    table = dbn_probes.table(runs)
    own = table[table["trained"] == 1]
    return {"features_dbn": more_useful(own, f"greedy stacks of {own['layers'].max()} RBMs")}


def more_useful(own: pd.DataFrame, of: str) -> Claim:
    """The claim on networks of one kind, from the rows of their probes."""
    errors = own.pivot(index="seed", columns="layer", values="error").drop(columns=0)  # the image itself
    return Claim(
        f"Features become more useful with depth: the last layer's of {of} more than the first one's.",
        f"{original(1)}; @alain2016",
        Effect("points of the probe's test error, last layer less first",
               errors[errors.columns.max()] - errors[errors.columns.min()], "below", 0.0),
    )  # fmt: skip
