# Files of fixed names have one rule each, since the key stands in the name of their seal alone.
for product in PLAN.of_kind("table", "metrics", "claims"):
    named = product.name if product.kind == "table" else ""

    rule:
        name:
            PLAN.rule_of(product)
        input:
            runs_of(product),
            ancient(PLAN_THEORY if product.kind != "table" else []),
            ancient(str(PUBLISHED) if product.kind == "claims" else []),
        output:
            product.paths if named else in_report(product, "Numbers and verdicts"),
        log:
            f"{LOGS}/{product.kind}/{product.name}.log",
        benchmark:
            f"{LOGS}/{product.kind}/{product.name}.tsv"
        conda:
            "../../environment.yml"
        resources:
            mem_mb=1000,
            disk_mb=20,
            gpu=0,
        params:
            command=f"{product.kind} {named} --key {product.key}",
        message:
            f"Read {(product.kind + ' ' + named).strip()} off the runs"
        shell:
            JOB


shown_in = places_in_notes()
for product in PLAN.of_kind("figure"):

    rule:
        name:
            PLAN.rule_of(product)
        input:
            ancient(PLAN.table_of(product.name).paths),
            ancient(str(PUBLISHED)),
        output:
            in_report(product, "Figures", *shown_in.get(product.name, ())),
        log:
            f"{LOGS}/figure/{product.name}.log",
        benchmark:
            f"{LOGS}/figure/{product.name}.tsv"
        conda:
            "../../environment.yml"
        resources:
            mem_mb=1000,
            disk_mb=20,
            gpu=0,
        params:
            command=f"figure {product.name} --key {product.key}",
        message:
            f"Draw the figure {product.name}"
        shell:
            JOB


rule figures:
    input:
        PLAN_FIGURES,
    message:
        "Tables, figures, metrics and verdicts are made"
