"""The notes as one HTML file that loads nothing."""

from pathlib import Path

from resnet_notes.publish.pandoc import convert


def to_html(markdown: str, resources: Path, notes: Path) -> bytes:
    """Return the notes as one self-contained HTML file, mathematics as MathML and pictures within it.

    The same text, pictures and folder of notes give the same bytes.

    Args:
        markdown: the text, as ``render`` returns it.
        resources: the folder that the pictures' paths start from.
        notes: the folder with ``template.html``, ``style.css``, ``references.bib`` and the filters.

    Raises:
        BadInput: a reference, citation or picture that is not there.
    """
    home = notes.resolve()
    arguments = [
        "--standalone", "--embed-resources", "--mathml", "--toc", "--toc-depth=3",
        f"--template={home / 'template.html'}", f"--css={home / 'style.css'}", f"--resource-path={resources.resolve()}",
    ]  # fmt: skip
    return convert(markdown, "html5", notes, arguments).encode()
