"""The notes as a book's pages."""

from pathlib import Path

import typst

from resnet_notes.errors import BadInput
from resnet_notes.publish.pandoc import convert


def to_pdf(markdown: str, resources: Path, notes: Path) -> bytes:
    """Return the notes as a PDF with the fonts that come with typst.

    The same text, pictures and folder of notes give the same bytes; there is no date in them.

    Args:
        markdown: the text, as ``render`` returns it.
        resources: the folder that the pictures' paths start from.
        notes: the folder with ``template.typ``, ``references.bib`` and the filters.

    Raises:
        BadInput: a reference, citation or picture that is not there, or what typst cannot set.
    """
    arguments = ["--standalone", f"--template={notes.resolve() / 'template.typ'}"]
    source = convert(markdown, "typst", notes, arguments)
    try:
        return bytes(typst.compile(source.encode(), root=str(resources), ignore_system_fonts=True, timestamp=0))  # type: ignore[arg-type]
    except typst.TypstError as error:
        raise BadInput(f"the notes cannot be set as PDF: {error.message}") from error
