"""The appendix that says where everything in the notes comes from."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

import yaml

from resnet_notes.publish.graph import EVERYWHERE, graph_svg

Entry = Mapping[str, Any]

INTRODUCTION = """Every figure leads to its table, to the rules and modules that make both, to the runs, and to params
and data sets. A *key* is a hash of all that a thing is made from; a change below changes every key above it."""
IN_PRINT = """The runs, the values of the params, the hashes of code and data, and the graph of all this are in the HTML
edition."""
GRAPH = """Lines lead from left to right. Point at a name, or reach it with the keyboard, to see what it comes from and
where it goes; each name leads to its entry."""


def origins_markdown(lineage: Entry, shown: Collection[str]) -> str:
    """Return the appendix: all of it for HTML, and a table of the figures for print.

    Args:
        lineage: what ``provenance.lineage.lineage`` returns.
        shown: the figures that the text shows; their entries lead back to them.
    """
    raw = [raw_block("html", "\n".join(parts(lineage, shown))), raw_block("typst", typst_table(lineage))]
    return "\n\n".join(["::: {#origins}", INTRODUCTION, *raw, ":::"])


def raw_block(form: str, text: str) -> str:
    """Return what one form of the documents takes as it is, and others leave out."""
    return f"````{{={form}}}\n{text}\n````"


def parts(lineage: Entry, shown: Collection[str]) -> list[str]:
    """Return the appendix in HTML, part by part."""
    runs, experiments = lineage["runs"], lineage["experiments"]
    left_out = f"The sections {listed(map(code, EVERYWHERE))} and the published values reach nearly everything"
    return [
        f"<p>{GRAPH} {left_out}, and are left out.</p>",
        f'<div class="graph" role="region" aria-label="Graph of origins" tabindex="0">\n{graph_svg(lineage)}\n</div>',
        "<h3>Figures</h3>",
        *(figure_entry(name, entry, lineage, name in shown) for name, entry in lineage["figures"].items()),
        "<h3>Numbers and verdicts</h3>",
        *(summary_entry(name, entry, lineage) for name, entry in lineage["summaries"].items()),
        notes_entry(lineage),
        "<h3>Runs</h3>",
        *(experiment_entry(name, entry, runs) for name, entry in experiments.items()),
        "<h3>Data sets</h3>",
        *(data_entry(name, entry) for name, entry in lineage["data"].items()),
        entry("data:published", "published values", "", {name: code(of) for name, of in lineage["published"].items()}),
        "<h3>Params</h3>",
        *(params_entry(name, values) for name, values in lineage["params"].items()),
        "<h3>Code</h3>",
        code_table(lineage["modules"]),
    ]


def figure_entry(name: str, figure: Entry, lineage: Entry, is_shown: bool) -> str:
    """Return where a figure comes from."""
    table = lineage["tables"][figure["table"]]
    rows = {
        "Figure": (link(f"fig:{name}", "in the text") + " · " if is_shown else "") + made(figure),
        "Table": f'<span id="table:{figure["table"]}">{code(table["file"])}</span> · {made(table)}',
        **depends_on(figure),
    }
    if figure["runs"]:
        rows["Runs"] = fold(f"{len(figure['runs'])} runs", all_or_some(figure["runs"], lineage))
    return entry(f"origin:{name}", name, code(figure["key"]), rows)


def summary_entry(name: str, summary: Entry, lineage: Entry) -> str:
    """Return where the metrics or the claims come from."""
    rows = {"File": f"{code(summary['file'])} · {made(summary)}", **depends_on(summary)}
    if summary["tables"]:
        rows["Tables"] = listed(link(f"table:{one}", f"{one}.csv") for one in summary["tables"])
    rows["Runs"] = fold(f"{len(summary['runs'])} runs", all_or_some(summary["runs"], lineage))
    return entry(f"origin:{name}", name, code(summary["key"]), rows)


def notes_entry(lineage: Entry) -> str:
    """Return what the documents are made from; their own key is in no file of theirs."""
    shown = (*lineage["figures"], *lineage["summaries"])
    return entry("origin:notes", "notes", "", {"Made from": listed(link(f"origin:{name}", name) for name in shown)})


def experiment_entry(name: str, experiment: Entry, runs: Entry) -> str:
    """Return what the runs of an experiment have in common, and a row for each."""
    rows = depends_on(experiment)
    rows["Code"] = listed(map(module_link, experiment["modules"]))
    if experiment["starts_from"]:
        rows["Start from"] = listed(link(f"experiment:{one}", one) for one in experiment["starts_from"])
    body = "\n".join(cell_rows(cell, list(group), runs) for cell, group in by_cell(experiment["runs"], runs))
    table = f"<table><thead><tr><th>Run<th>Key<th>Starts from</thead><tbody>\n{body}\n</tbody></table>"
    count = len(experiment["runs"])
    return entry(f"experiment:{name}", name, f"{count} run{'s' * (count > 1)}", rows, table)


def cell_rows(cell: str, names: list[str], runs: Entry) -> str:
    """Return a row for a cell, whose runs share a rule, and one for each of its runs."""
    rows = [f'<tr><th colspan="3">{escape(cell)} · rule {code(runs[names[0]]["rule"])}']
    for name in names:
        start = run_links(runs[name]["starts_from"], runs)
        rows.append(f'<tr id="run:{escape(name)}"><td>{within(cell, name)}<td>{code(runs[name]["key"])}<td>{start}')
    return "\n".join(rows)


def data_entry(name: str, data: Entry) -> str:
    """Return what a data set must hold."""
    content = {str(file): code(str(value)) for file, value in data["content"].items()}
    return entry(f"data:{name}", name, code(data["key"]), {"Rule": code(data["rule"])} | content)


def params_entry(name: str, values: Any) -> str:
    """Return the values of a section of params.yaml."""
    return entry(f"params:{name}", name, "", {}, f"<pre>{escape(as_yaml(name, values))}</pre>")


def as_yaml(name: str, values: Any) -> str:
    """Return a section as params.yaml would have it."""
    for key in reversed(name.split(".", 1)):
        values = {key: values}
    return yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=80, allow_unicode=True)


def code_table(modules: Entry) -> str:
    """Return the modules with their files and the hashes of all the code that they run."""
    rows = [
        f'<tr id="module:{escape(inner(name))}"><td>{code(module["file"])}<td>{code(module["code"][:12])}'
        for name, module in modules.items()
    ]
    head = "<thead><tr><th>File<th>Hash of its code</thead>"
    table = f"<table>{head}<tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
    said = "<p>The hash is over a module and all that it imports from the package, comments left out.</p>"
    return fold(f"{len(modules)} modules", said + table)


def depends_on(thing: Entry) -> dict[str, str]:
    """Return the rows that figures, summaries and experiments share."""
    sections = [*thing["sections"], *thing.get("shared", ())]
    rows = {"Params": listed(link(f"params:{name}", name) for name in sections)}
    data = [link(f"data:{name}", name) for name in thing["data"]]
    data += [link("data:published", "published values")] if thing.get("published") else []
    if data:
        rows["Data"] = listed(data)
    return rows | {"Libraries": listed(escape(f"{name} {version}") for name, version in thing["libraries"].items())}


def made(thing: Entry) -> str:
    """Return key, rule and module of a thing."""
    return f"key {code(thing['key'])} · rule {code(thing['rule'])} · code {module_link(thing['module'])}"


def inner(module: str) -> str:
    """Return a module's name within the package."""
    return module.partition(".")[2]


def module_link(module: str) -> str:
    """Return a link to a module, called by its name within the package."""
    return link(f"module:{inner(module)}", inner(module))


def all_or_some(names: Collection[str], lineage: Entry) -> str:
    """Return links to runs, by experiment; where all of its runs are meant, to the entry that lists them."""
    lines = []
    for experiment, entry in lineage["experiments"].items():
        every, some = entry["runs"], [name for name in entry["runs"] if name in names]
        if some:
            own = link(f"experiment:{experiment}", experiment)
            which = f"{len(some)} of {len(every)}: {run_links(some, lineage['runs'])}"
            lines.append(f"<li>{own}, {f'all {len(every)}' if some == every else which}")
    return "<ul>\n" + "\n".join(lines) + "\n</ul>"


def run_links(names: Iterable[str], runs: Entry) -> str:
    """Return links to runs; the name of a cell is said once."""
    return "; ".join(
        f"{escape(cell)}: " + " ".join(link(f"run:{name}", within(cell, name)) for name in group)
        for cell, group in by_cell(names, runs)
    )


def by_cell(names: Iterable[str], runs: Entry) -> Iterator[tuple[str, Iterator[str]]]:
    """Return runs that follow one another by their cell."""
    return groupby(names, key=lambda name: runs[name]["cell"])


def within(cell: str, name: str) -> str:
    """Return what tells a run from the others of its cell; its only run has the cell's name."""
    return escape(name.removeprefix(f"{cell}-"))


def entry(anchor: str, name: str, beside: str, rows: Mapping[str, str], more: str = "") -> str:
    """Return something that a link can lead to: a line, and what opens below it."""
    listing = "\n".join(f"<dt>{escape(what)}<dd>{said}" for what, said in rows.items())
    body = f"<dl>\n{listing}\n</dl>" if rows else ""
    return f'<details id="{escape(anchor)}"><summary><b>{escape(name)}</b> {beside}</summary>\n{body}{more}\n</details>'


def fold(summary: str, body: str) -> str:
    """Return something that opens below its name."""
    return f"<details><summary>{summary}</summary>{body}</details>"


def link(anchor: str, words: str) -> str:
    """Return a link within the page."""
    return f'<a href="#{escape(anchor)}">{escape(words)}</a>'


def code(text: str) -> str:
    """Return what a person would type."""
    return f"<code>{escape(text)}</code>"


def listed(items: Iterable[str]) -> str:
    """Return items with commas between them."""
    return ", ".join(items)


def typst_table(lineage: Entry) -> str:
    """Return the figures with the keys of their tables and their own, for print."""
    cells = []
    for figure in lineage["figures"].values():
        table = lineage["tables"][figure["table"]]
        cells += [figure["rule"], table["rule"], table["key"], figure["key"]]
    for summary in lineage["summaries"].values():
        cells += [summary["rule"], "", "", summary["key"]]
    head = "[Figure and its rule], [Rule of its table], [Key of its table], [Key]"
    body = ", ".join(f'raw("{cell}")' for cell in cells)
    return (
        " ".join(IN_PRINT.split())
        + "\n\n#block[#set text(size: 8pt)\n#table(columns: (1.4fr, 1.6fr, 1fr, 1fr), inset: (x: 4pt, y: 2.5pt), "
        + f"table.header({head}), {body})]"
    )
