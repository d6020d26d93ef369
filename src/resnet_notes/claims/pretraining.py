"""Claims on pretraining, on what random weights cannot do, and on what depth is needed for.

Sources: the original notes, sections 1 and 2; Hinton, Osindero and Teh 2006; Tieleman 2008; Erhan et al. 2009 and 2010;
Glorot and Bengio 2010; Burda, Grosse and Salakhutdinov 2015 (arXiv:1412.8566); Telgarsky 2016; Schoenholz et al. 2017
(arXiv:1611.01232).
"""

from math import sqrt
from typing import Any

import pandas as pd

from resnet_notes.analysis import (
    finetuning,
    pretraining_distance,
    pretraining_gradients,
    pretraining_width,
    rbm_likelihood,
    separation,
    trainability,
    up_down,
)
from resnet_notes.analysis.published import HIDDEN, likelihoods
from resnet_notes.analysis.statistics import intervals, paired_difference
from resnet_notes.claims.by_seed import by_seed
from resnet_notes.claims.judgement import Claim, Effect, Evidence
from resnet_notes.claims.names import DATASETS, original
from resnet_notes.theory.mean_field import depth_scale

MNIST = "mnist"
"""The data set that the sources speak of."""

OLD, PRETRAINED, SCALED = "uniform", "rbm", "glorot-sigmoid"


def claims(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Return each claim whose experiment is there, by its name.

    Args:
        evidence: the runs of the experiments finetuning, widths, likelihood, up_down, trainability and separation.
        params: ``untrained_error``, ``trainable_layers``, ``untrainable_layers``, ``pretrained_layers``,
            ``about``, ``likelihood_nats``, ``depth_scales`` and ``parity_error``.
    """
    return (
        on_random_weights(evidence, params)
        | on_pretraining(evidence, params)
        | on_travel(evidence, params)
        | on_gradients(evidence, params["about"])
        | on_widths(evidence)
        | on_likelihood(evidence, params)
        | on_up_down(evidence)
        | on_depth_scales(evidence, params)
        | on_separation(evidence, params)
    )


def on_random_weights(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """How many layers cannot be trained from the old uniform weights, and after how many the error rises."""
    runs, untrained = evidence.of("finetuning"), params["untrained_error"]
    if not runs:
        return {}
    every = finetuning.finals(runs)

    def remains(layers: int) -> Effect:
        errors = by_seed(every, "train_error", dataset=MNIST, initialisation=OLD, depth=layers)
        return Effect(f"training error in %, {layers} hidden layers, MNIST", errors, "above", untrained)

    few, many = params["trainable_layers"], params["untrainable_layers"]
    one_more, as_many = (
        by_seed(every, "test_error", dataset=MNIST, initialisation=OLD, depth=layers) for layers in (few + 1, few)
    )
    restated = Claim(
        f"Sigmoid networks of {many} hidden layers could not be trained from the old random weights.",
        "@erhan2009difficulty, on Figure 1",
        remains(many),
    )
    return {
        "random_weights": Claim(
            f"Networks of more than {few} hidden layers could not be trained from the old random weights.",
            original(2),
            remains(few + 1),
            restated,
        ),
        "random_weights_error_rises": Claim(
            f"From the old random weights, the error of sigmoid networks rises after {few} hidden layers.",
            "@erhan2009difficulty [Figure 1]",
            Effect(
                f"points of test error, {few + 1} hidden layers less {few}, MNIST",
                paired_difference(one_more, as_many),
                "above",
                0.0,
            ),
        ),
    }


def on_pretraining(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether pretraining makes every depth trainable, and its networks better than others."""
    runs = evidence.of("finetuning")
    if not runs:
        return {}
    every, deep = finetuning.finals(runs), params["pretrained_layers"]
    pretrained = every[every["initialisation"] == PRETRAINED]
    one, more = (by_seed(pretrained, "test_error", dataset=MNIST, depth=depth) for depth in (1, deep))
    found = {
        "pretraining_trains": Claim(
            "Greedy pretraining with RBMs makes deep sigmoid networks trainable, up to the most layers tried.",
            f"{original(2)}; @hinton2006fast",
            trained(every, PRETRAINED, params["untrained_error"]),
        ),
        "factor_trains": Claim(
            "Glorot's weights times 4 make deep sigmoid networks trainable, up to the most layers tried.",
            "@glorot2010 [section 4.2], with the slope of a sigmoid",
            trained(every, SCALED, params["untrained_error"]),
        ),
        "pretraining_depth": Claim(
            f"With pretraining, networks of {deep} hidden layers make fewer errors on MNIST than those of one.",
            "@erhan2009difficulty [Figure 1]",
            Effect("points of test error", paired_difference(more, one), "below", 0.0),
        ),
    }
    for dataset, own in every.groupby("dataset"):
        found[f"pretraining_better_{str(dataset).replace('-', '_')}"] = better(str(dataset), gains(own, "depth"))
    return found


def trained(every: pd.DataFrame, initialisation: str, untrained: float) -> Effect:
    """Whether networks learn at each data set's greatest depth, where it is hardest, in the mean over these."""
    own = every[every["initialisation"] == initialisation]
    deepest = own[own["depth"] == own.groupby("dataset")["depth"].transform("max")]
    errors = deepest.groupby("seed")["train_error"].apply(lambda errors: errors.mean(skipna=False))
    names = sorted(map(str, deepest["dataset"].unique()), reverse=True)
    of = " and ".join(DATASETS.get(name, name) for name in names)
    return Effect(f"training error in %, the greatest depth, mean over {of}", errors, "below", untrained)


def better(dataset: str, gain: pd.DataFrame) -> Claim:
    """Pretraining against the random weights that are fitted best at each depth, on a data set."""
    deepest = gain[gain.columns.max()] if len(gain.columns) else pd.Series(dtype=float)
    return Claim(
        f"On {DATASETS.get(dataset, dataset)}, the deepest pretrained networks make fewer errors than those from the "
        "random weights that end with the lowest training loss.",
        f"{original(2)}; @erhan2009difficulty [Figure 1]",
        Effect("points of test error, the greatest depth", deepest, "below", 0.0),
    )


def gains(networks: pd.DataFrame, by: str) -> pd.DataFrame:
    """Test error of pretrained networks less that from the best random weights, paired by seed.

    The best are those with the lowest mean training loss: test images choose nothing.

    Args:
        networks: final errors as `analysis.finetuning.finals` has them, of one data set.
        by: depth or width; a network is compared with those like it.

    Returns:
        A row for each seed, a column for each depth or width that has both kinds, ascending.
    """
    random = networks[networks["initialisation"] != PRETRAINED]
    means = intervals(random, [by, "initialisation"], "train_loss").sort_values("mean", kind="stable")
    best = means.drop_duplicates(by).set_index(by)["initialisation"].sort_index()
    found = {}
    for size, start in best.items():
        of = {by: size}
        pretrained = by_seed(networks, "test_error", initialisation=PRETRAINED, **of)
        change = paired_difference(pretrained, by_seed(networks, "test_error", initialisation=start, **of))
        if len(change):
            found[size] = change
    return pd.DataFrame(found)


def on_travel(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """How far and how long weights travel at the greatest depth at which all the old random weights can be trained."""
    runs = evidence.of("finetuning")
    if not runs:
        return {}
    old = finetuning.finals(runs).query("dataset == @MNIST and initialisation == @OLD")
    worst = old.groupby("depth")["train_error"].max(skipna=False)
    depth = worst[worst <= params["untrained_error"]].index.max()
    travels = pretraining_distance.table(runs)
    target = travels["target"].max()
    # one that has not come to the loss counts as if it came there with its last step: too little, not too much
    travels["steps_to_target"] = travels["steps_to_target"].fillna(travels["steps"])

    def excess(column: str) -> pd.Series:
        old, pretrained = (
            by_seed(travels, column, dataset=MNIST, initialisation=start, depth=depth) for start in (OLD, PRETRAINED)
        )
        return paired_difference(old, pretrained)

    return {
        "weights_far": Claim(
            "The old random weights lie farther than pretrained ones from where the training takes them.",
            original(2),
            Effect("Euclidean distance, random less pretrained, MNIST", excess("distance"), "above", 0.0),
        ),
        "many_iterations": Claim(
            "The old random weights need more iterations than pretrained ones.",
            original(2),
            Effect(
                f"steps to a training loss of {target:g} nats, random less pretrained, MNIST; at least, as networks "
                "that never reach it count as if they did with their last step",
                excess("steps_to_target"),
                "above",
                0.0,
            ),
        ),
    }


def on_gradients(evidence: Evidence, about: float) -> dict[str, Claim]:
    """How weight gradients change from hidden layer to hidden layer of the deepest networks, before the training.

    The first one is left out, since its inputs are pixels.
    """
    runs = evidence.of("finetuning")
    if not runs:
        return {}
    table = pretraining_gradients.table(runs).query("dataset == @MNIST and step == 0 and depth > 2")
    last = table["depth"].max()

    def fall(start: str) -> pd.Series:
        """Powers of ten a layer, on the way back; missing where a gradient is."""
        low, high = (
            by_seed(table, "log10_gradient", initialisation=start, depth=last, layer=layer) for layer in (2, last)
        )
        return paired_difference(low, high) / (last - 2)

    rate = 1 / sqrt(48)
    return {
        "pretraining_gradients_fall": Claim(
            "From the old random weights, the weight gradients of sigmoid networks fall by a factor of about "
            r"$\sqrt{48} \approx 6.9$ a layer before the training.",
            "@glorot2010 [equations 6 and 15], with a sigmoid's slope of $1/4$ at zero",
            Effect(
                r"relative distance of the factor from $1/\sqrt{48}$, MNIST",
                fall(OLD).map(lambda powers: 10.0**powers / rate - 1),
                "within",
                about,
            ),
        ),
        "pretraining_gradients_less": Claim(
            "Before the training, gradients fall less from layer to layer in pretrained networks than from the old "
            "random weights.",
            original(2),
            Effect("powers of ten a layer, pretrained less random, MNIST",
                   paired_difference(fall(PRETRAINED), fall(OLD)), "above", 0.0),
        ),
    }  # fmt: skip


def on_widths(evidence: Evidence) -> dict[str, Claim]:
    """What pretraining does to networks of few and of many units."""
    if not evidence.of("widths"):
        return {}
    gain = gains(pretraining_width.table(evidence.of("finetuning", "widths")), "width")
    narrow, wide = (gain[end] if len(gain.columns) else pd.Series(dtype=float)
                    for end in (gain.columns.min(), gain.columns.max()))  # fmt: skip
    source, what = "@erhan2010, on the size of layers", "points of test error, pretrained less random"
    against = "against the random weights that end with the lowest training loss"
    return {
        "pretraining_narrow": Claim(
            f"Pretraining hurts networks with narrow layers, {against}.", source, Effect(what, narrow, "above", 0.0)
        ),
        "pretraining_wide": Claim(
            f"Pretraining helps networks with wide layers, {against}.", source, Effect(what, wide, "below", 0.0)
        ),
    }


def on_likelihood(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """What contrastive divergence reaches, with and without persistent chains."""
    runs, near = evidence.of("likelihood"), params["likelihood_nats"]
    if not runs:
        return {}
    every = rbm_likelihood.table(runs)
    last = every[every["epoch"] == every["epoch"].max()]
    reached = {method: by_seed(last, "test_log_likelihood", method=method, k=1) for method in ("PCD", "CD")}
    found = {
        "pcd_better": Claim(
            "Persistent chains reach a higher likelihood than CD-1.",
            "@tieleman2008; @burda2015 [Table 1]",
            Effect("nats, PCD less CD-1", paired_difference(reached["PCD"], reached["CD"]), "above", 0.0),
        )
    }
    like = last[(last["hidden"] == HIDDEN) & (last["dataset"] == MNIST)]
    for (method, k), value in likelihoods(evidence.published).items():
        away = by_seed(like, "test_log_likelihood", method=method, k=k) - value
        name = f"{method}-{k}"
        found[f"{method.lower()}_published"] = Claim(
            f"{name} with {HIDDEN} hidden units comes within {near:g} nats of ${value:g}$ on MNIST.",
            "@burda2015 [Table 1]",
            Effect(f"nats, {name} less the published value", away, "within", near),
        )
    return found


def on_up_down(evidence: Evidence) -> dict[str, Claim]:
    """What the up-down algorithm adds to greedy training."""
    if not evidence.of("up_down"):
        return {}
    errors = up_down.table(evidence.of("up_down", "finetuning", "widths")).query("algorithm == 'up_down'")
    before, after = (by_seed(errors, "test_error", epoch=end) for end in (errors["epoch"].min(), errors["epoch"].max()))
    return {
        "up_down": Claim(
            "The up-down algorithm improves on a deep belief network after greedy training.",
            "@hinton2006fast [section 6]",
            Effect("points of test error", paired_difference(after, before), "below", 0.0),
        )
    }


def on_depth_scales(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """How deep tanh networks can be trained, in units of the depth over which two inputs become alike or unlike."""
    runs, most = evidence.of("trainability"), params["depth_scales"]
    if not runs:
        return {}
    errors = trainability.final_errors(runs)
    variances = errors["weight_variance"]
    scales = variances.map({one: depth_scale(float(one), runs[0]["bias_variance"]) for one in variances.unique()})
    # one that diverged has not been trained, either
    trained = (errors["layers"] / scales).where(errors["train_error"] <= params["untrained_error"], 0.0)
    return {
        "depth_scales": Claim(
            f"No network that is deeper than {most:g} depth scales can be trained.",
            "@schoenholz2017 [Figure 5]",
            Effect("depth scales, the most that was trained", trained.groupby(errors["seed"]).max(), "below", most),
        )
    }


def on_separation(evidence: Evidence, params: dict[str, Any]) -> dict[str, Claim]:
    """Whether deep networks learn what shallow ones of the same size do not."""
    runs, guessed = evidence.of("separation"), params["parity_error"]
    if not runs:
        return {}
    every = separation.table(runs)
    every = every[every["chosen"]]

    def errors(task: str, layers: str, examples: str) -> pd.Series:
        own = every[every["task"] == task]
        return by_seed(own, "test_error", layers=own["layers"].agg(layers), examples=own["examples"].agg(examples))

    def deeper(task: str) -> pd.Series:
        return paired_difference(errors(task, "max", "min"), errors(task, "min", "min"))

    return {
        "triangle_learned": Claim(
            "From few examples, deep networks learn the triangle map better than shallow ones of the same size.",
            f"@telgarsky2016; {original(1)}, after @bengio2009",
            Effect("% of the variance, deepest less shallowest", deeper("triangle"), "below", 0.0),
        ),
        "parity_learned": Claim(
            "From few examples, deep networks learn parity better than shallow ones of the same size.",
            f"{original(1)}, after @bengio2009",
            Effect("points of test error, deepest less shallowest", deeper("parity"), "below", 0.0),
        ),
        "parity_learned_deep_only": Claim(
            "A shallow network cannot learn parity.",
            f"{original(1)}, where circuits stand for networks",
            Effect("test error in %, shallowest, most examples", errors("parity", "min", "max"), "above", guessed),
        ),
    }
