"""The notes as one HTML file that loads nothing."""

import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import quote

from resnet_notes.publish.explorer import MARK
from resnet_notes.publish.pandoc import convert


def to_html(markdown: str, resources: Path, notes: Path) -> bytes:
    """Return the notes as one self-contained HTML file, mathematics as MathML and pictures within it.

    The same text, pictures and folder of notes give the same bytes.

    Args:
        markdown: the text, as ``render`` returns it.
        resources: the folder that the pictures' paths start from.
        notes: the folder with ``template.html``, ``style.css``, ``references.bib``, the filters, and ``scripts/``.

    Raises:
        BadInput: a reference, citation or picture that is not there.
    """
    home = notes.resolve()
    arguments = [
        "--standalone", "--embed-resources", "--mathml", "--toc", "--toc-depth=3",
        f"--template={home / 'template.html'}", f"--css={home / 'style.css'}", f"--resource-path={resources.resolve()}",
    ]  # fmt: skip
    page = with_plain_pictures(convert(markdown, "html5", notes, arguments))
    return (with_scripts(page, home / "scripts") if MARK in page else page).encode()


def with_plain_pictures(page: str) -> str:
    """Return a page with its SVG pictures as text in their addresses, a sixth shorter than in base64."""
    return re.sub(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", lambda found: plain_address(found[1]), page)


def plain_address(encoded: str) -> str:
    """Return the address of an SVG picture that is given in base64; it can stand between double quotes of HTML."""
    # What an address or an attribute would change is escaped, line ends above all.
    return "data:image/svg+xml," + quote(b64decode(encoded), safe=" !$'()*+,-./:;=?@_~")


def with_scripts(page: str, scripts: Path) -> str:
    """Return a page with what draws its charts: the library as text, which becomes code when a reader opens one."""
    library, own = ((scripts / name).read_text(encoding="utf-8") for name in ("plotly-gl3d.min.js", "explore.js"))
    end = f'<script type="text/plain" id="plotly">{library}</script>\n<script>\n{own}</script>\n</body>'
    return end.join(page.rsplit("</body>", 1))
