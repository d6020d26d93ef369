"""The documents: the notes as one HTML file and as a PDF, from the same text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_notes.publish.html import to_html
from resnet_notes.publish.pdf import to_pdf
from resnet_notes.publish.template import Context, Origin, render


def write(
    folder: Path, text: Path, results: Path, params: Mapping[str, Any], figures: Mapping[str, tuple[str, list[str]]]
) -> None:
    """Put numbers and verdicts into a text; leave ``notes.html`` and ``notes.pdf``.

    Args:
        folder: where the documents are put.
        text: Markdown with places for numbers; templates, style, filters and bibliography lie beside it.
        results: the folder with ``metrics.json``, ``claims.json`` and ``figures/``.
        params: params.yaml with the preset laid over it.
        figures: of each figure the file name of its table, and the sections of params.yaml that it depends on.

    Raises:
        BadInput: the text names what is not there.
    """
    metrics, claims = (
        json.loads((results / f"{name}.json").read_text(encoding="utf-8")) for name in ("metrics", "claims")
    )
    origins = {name: Origin(table, tuple(sections)) for name, (table, sections) in figures.items()}
    markdown = render(text, Context(metrics, claims, params, origins))
    (folder / "notes.html").write_bytes(to_html(markdown, results, text.parent))
    (folder / "notes.pdf").write_bytes(to_pdf(markdown, results, text.parent))
