"""The documents: the notes as one HTML file and as a PDF, from the same text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_notes.publish.html import to_html
from resnet_notes.publish.pdf import to_pdf
from resnet_notes.publish.template import Context, render


def write(folder: Path, text: Path, results: Path, params: Mapping[str, Any], lineage: Mapping[str, Any]) -> None:
    """Put numbers and verdicts into a text; leave ``notes.html`` and ``notes.pdf``.

    Args:
        folder: where the documents are put.
        text: Markdown with places for numbers; templates, style, filters and bibliography lie beside it.
        results: the folder with ``metrics.json``, ``claims.json``, ``figures/`` and ``tables/``.
        params: params.yaml with the preset laid over it.
        lineage: what everything is made from, as ``provenance.lineage.lineage`` returns it.

    Raises:
        BadInput: the text names what is not there.
    """
    metrics, claims = (
        json.loads((results / f"{name}.json").read_text(encoding="utf-8")) for name in ("metrics", "claims")
    )
    markdown = render(text, Context(metrics, claims, params, lineage, results / "tables"))
    (folder / "notes.html").write_bytes(to_html(markdown, results, text.parent))
    (folder / "notes.pdf").write_bytes(to_pdf(markdown, results, text.parent))
