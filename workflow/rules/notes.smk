# The documents: the text of the notes with its numbers, figures and verdicts.
for product in PLAN.of_kind("notes"):
    pictures = [figure.paths[0] for figure in PLAN.of_kind("figure")]
    read = [path for kind in ("metrics", "claims", "table") for part in PLAN.of_kind(kind) for path in part.paths]

    rule:
        name:
            PLAN.rule_of(product)
        input:
            ancient(read),
            ancient(pictures),
        output:
            in_report(product, "Notes"),
        log:
            f"{LOGS}/notes/notes.log",
        benchmark:
            f"{LOGS}/notes/notes.tsv"
        conda:
            "../../environment.yml"
        resources:
            mem_mb=1500,
            disk_mb=50,
            gpu=0,
        params:
            command=f"notes --key {product.key}",
        message:
            "Set the notes as HTML and PDF"
        shell:
            JOB


rule notes:
    input:
        PLAN_NOTES,
    message:
        "The notes are set"
