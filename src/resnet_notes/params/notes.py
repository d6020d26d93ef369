"""The notes: which text is put together with the numbers."""

from typing import Annotated

from pydantic import AfterValidator, Field

from resnet_notes.params.base import Section


def _is_a_markdown_file(name: str) -> str:
    if "/" in name or not name.endswith(".md"):
        raise ValueError("the name of a Markdown file in notes/, such as notes.md")
    return name


class Notes(Section):
    """The text of the notes."""

    text: Annotated[str, AfterValidator(_is_a_markdown_file)] | None = Field(
        None, description="a file in notes/; null leaves the documents out"
    )
