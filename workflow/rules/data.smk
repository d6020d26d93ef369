for product in PLAN.of_kind("data"):

    rule:
        name:
            PLAN.rule_of(product)
        output:
            update(product.paths),
        log:
            f"{LOGS}/fetch/{product.name}.log",
        benchmark:
            f"{LOGS}/fetch/{product.name}.tsv"
        conda:
            "../../environment.yml"
        resources:
            mem_mb=1500,
            disk_mb=400,
            gpu=0,
        params:
            command=f"fetch {product.name} --key {product.key}",
        message:
            f"Fetch and check the data set {product.name}"
        shell:
            JOB


rule data:
    input:
        PLAN_DATA,
    message:
        "The data sets are there"
