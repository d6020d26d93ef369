"""Claims on what trained networks look like inside: lesions, paths and responses.

Sources: Veit, Wilber and Belongie 2016 (arXiv:1605.06431), sections 4 and 5; He et al. 2015 (arXiv:1512.03385),
Figure 7.
"""

from typing import Any

from resnet_notes.analysis import lesions, path_lengths, paths, responses
from resnet_notes.analysis.statistics import paired_difference
from resnet_notes.claims.by_seed import by_seed
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.names import counted


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose networks were examined, by its name.

    Args:
        evidence: the runs of the experiments lesions, paths and responses.
        params: ``shallow``, ``deep``, ``lesion_points`` and ``lesion_residual_points``.
    """
    return on_lesions(evidence, params) | on_paths(evidence, params) | on_responses(evidence, params)


def on_lesions(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """By how much the error rises when one block is removed."""
    runs = evidence.of("lesions")
    if not runs:
        return {}
    rises, found = lesions.rises(lesions.table(runs)), {}
    more, less = params["lesion_points"], params["lesion_residual_points"]
    source, what = "@veit2016 [section 4]", "points of test error"
    for depth, end in ((params["shallow"], ""), (params["deep"], "_deep")):
        plain, residual = (by_seed(rises, "rise", architecture=kind, depth=depth) for kind in ("plain", "residual"))
        said = f"network with {depth} layers loses at the median"
        found[f"lesion_plain{end}"] = Claim(
            f"A plain {said} more than {counted(more, 'point')} when one block is removed.",
            source,
            Effect(what, plain, "above", more),
        )
        found[f"lesion_residual{end}"] = Claim(
            f"A residual {said} less than {counted(less, 'point')} when one block is removed.",
            source,
            Effect(what, residual, "below", less),
        )
    return found


def on_paths(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether nearly all of the gradient takes paths that are shorter than the mean one, which has half the blocks."""
    runs, found = evidence.of("paths"), {}
    if not runs:
        return {}
    table = paths.table(runs)
    covering = path_lengths.lengths(table)
    for name, depth in (("paths_short_shallow", params["shallow"]), ("paths_short_deep", params["deep"])):
        blocks = table.loc[table["depth"] == depth, "blocks"].max()
        longest = by_seed(covering, "covering_length", depth=depth) - blocks / 2
        share = f"{path_lengths.COVERED:g} %"
        found[name] = Claim(
            f"In residual networks of {depth} layers, {share} of the gradient take paths that are shorter than half of "
            "the blocks, the mean length of all paths.",
            "@veit2016 [section 5]",
            Effect(f"blocks on the longest path that {share} need, less half of all", longest, "below", 0.0),
        )
    return found


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
        found[name] = Claim(statement, "@he2015residual [Figure 7]", effect)
    return found
