# What is built: data, restricted Boltzmann machines, networks at many depths, what they look like inside, tables of
# what needs no training, figures, metrics, verdicts, and the notes.
#
#   snakemake                          the study in params.yaml
#   snakemake -n                       what would run
#   snakemake --config preset=smoke    an overlay from presets/, into results/presets/smoke/

from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


rule all:
    default_target: True
    input:
        PLAN_DATA + PLAN_PRETRAINING + PLAN_TRAINING + PLAN_INSIDE + PLAN_THEORY + PLAN_FIGURES + PLAN_NOTES,
    message:
        "Everything is made"


include: "workflow/rules/data.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/notes.smk"
