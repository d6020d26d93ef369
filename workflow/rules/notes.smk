# The documents: the text of the notes with its numbers, figures and verdicts.
for product in PLAN.of_kind("notes"):
    pictures = [figure.paths[0] for figure in PLAN.of_kind("figure")]

    rule:
        name:
            "documents"
        input:
            ancient([path for kind in ("metrics", "claims") for path in PLAN[kind, kind].paths]),
            ancient(pictures),
        output:
            report(
                product.paths[0],
                caption="../report/notes.rst",
                category="Notes",
            ),
            product.paths[1:],
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
