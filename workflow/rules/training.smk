rule train:
    input:
        ancient(PLAN_DATA),
    output:
        [f"{PLAN.results}/runs/{{run}}/{{key}}/{name}" for name in (*RUN_FILES, "run.json")],
    log:
        f"{LOGS}/train/{{run}}.{{key}}.log",
    benchmark:
        f"{LOGS}/train/{{run}}.{{key}}.tsv"
    priority: cost
    conda:
        "../../environment.yml"
    threads: PLAN.study.threads
    resources:
        mem_mb=1500,
        disk_mb=20,
        gpu=1 if PLAN.study.device == "cuda" else 0,
    params:
        command="train {run} --key {key}",
    message:
        "Train {wildcards.run}"
    shell:
        JOB


rule training:
    input:
        PLAN_TRAINING,
    message:
        "All networks are trained"
