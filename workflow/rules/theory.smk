# Tables of what needs no training: they are computed from their section of the params alone.
for product in PLAN.of_kind("theory"):

    rule:
        name:
            PLAN.rule_of(product)
        output:
            product.paths,
        log:
            f"{LOGS}/theory/{product.name}.log",
        benchmark:
            f"{LOGS}/theory/{product.name}.tsv"
        conda:
            "../../environment.yml"
        threads: PLAN.study.threads
        resources:
            mem_mb=2000,
            disk_mb=20,
            gpu=0,
        params:
            command=f"theory {product.name} --key {product.key}",
        message:
            f"Compute the table {product.name}"
        shell:
            JOB


rule theory:
    input:
        PLAN_THEORY,
    message:
        "The tables that need no training are computed"
