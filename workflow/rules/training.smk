# A job trains the networks of a cell one after the other, since loading torch and data takes seconds. It leaves those
# alone that are there already, so none of its outputs may be removed before it begins: they are marked as updated.
for cell, runs in PLAN.cells().items():
    products = [PLAN["run", run.name] for run in runs]
    verb = "examine" if products[0].phase == "inside" else "train"

    rule:
        name:
            PLAN.rule_of(products[0])
        input:
            given_to(runs),
        output:
            update([path for product in products for path in product.paths]),
        log:
            f"{LOGS}/train/{cell}.log",
        benchmark:
            f"{LOGS}/train/{cell}.tsv"
        priority: cost(runs)
        conda:
            "../../environment.yml"
        threads: PLAN.study.threads
        resources:
            mem_mb=1500,
            disk_mb=20 * len(runs),
            gpu=1 if PLAN.study.device == "cuda" else 0,
        params:
            command=f"{verb} "
            + " ".join(run.name for run in runs)
            + "".join(f" --key {product.key}" for product in products),
        message:
            f"{verb.capitalize()} {cell}, {networks_of(runs)} network{'s' * (networks_of(runs) > 1)}"
        shell:
            JOB


rule pretraining:
    input:
        PLAN_PRETRAINING,
    message:
        "All restricted Boltzmann machines are trained"


rule training:
    input:
        PLAN_TRAINING,
    message:
        "All networks are trained"


rule inside:
    input:
        PLAN_INSIDE,
    message:
        "Trained networks are examined"
