"""CITATION.cff, checked, and the same as metadata of a deposit at Zenodo."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resnet_notes.archive.commit import Commit
from resnet_notes.errors import BadInput

FILE = "CITATION.cff"


class Fields(BaseModel):
    """Fields of the Citation File Format, whose names have dashes; those that nothing here reads are let through."""

    model_config = ConfigDict(extra="ignore", alias_generator=lambda name: name.replace("_", "-"))


class Author(Fields):
    """A person (``family-names``, ``given-names``) or an entity (``name``)."""

    name: str | None = Field(None, min_length=1)
    family_names: str | None = Field(None, min_length=1)
    given_names: str | None = Field(None, min_length=1)
    orcid: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether it is a person rather than an entity."""
        return self.name is None

    @property
    def sorted_name(self) -> str:
        """The family name first, as a repository wants it."""
        return self.name or ", ".join(part for part in (self.family_names, self.given_names) if part)


class Reference(Fields):
    """A work that this one builds on."""

    type: str
    title: str
    authors: list[Author] = Field(min_length=1)
    doi: str | None = Field(None, pattern=r"^10\.\d{4,9}(\.\d+)?/\S+$")


class Citation(Fields):
    """What CITATION.cff must say, by version 1.2.0 of its format, and what an archive needs beside it."""

    cff_version: Literal["1.2.0"]
    message: str = Field(min_length=1)
    type: Literal["software", "dataset"] = "software"
    title: str = Field(min_length=1)
    abstract: str = Field(min_length=1)
    authors: list[Author] = Field(min_length=1)
    license: str = Field(pattern=r"^[A-Za-z0-9.+-]+$")
    keywords: list[str] = Field([], min_length=1)
    repository_code: str | None = None
    references: list[Reference] = []


def read_citation(root: Path) -> Citation:
    """Read and check CITATION.cff.

    Raises:
        BadInput: it is not there, or a field that the format or an archive needs is missing or wrong.
    """
    path = root / FILE
    try:
        citation = Citation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"{FILE}: not there; an export says by it whose work it is") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{FILE}: no YAML ({' '.join(str(error).split())})") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise BadInput(f"{FILE}: {place}: {first['msg']}; mend it, an export is described by it") from None
    for number, author in enumerate(citation.authors):
        if not author.sorted_name:
            raise BadInput(f"{FILE}: authors.{number}: no name; give family-names and given-names, or name")
    return citation


def zenodo(citation: Citation, commit: Commit) -> dict[str, Any]:
    """Return the metadata of a deposit, in the form of Zenodo's ``.zenodo.json``.

    Source: https://developers.zenodo.org/#representation.
    """
    related = [
        {"identifier": reference.doi, "relation": "references", "scheme": "doi"}
        for reference in citation.references
        if reference.doi
    ]
    if citation.repository_code:
        related.append({"identifier": citation.repository_code, "relation": "isSupplementTo", "scheme": "url"})
    return {
        "title": citation.title,
        "upload_type": citation.type,
        "description": citation.abstract.strip(),
        "creators": [
            {"name": author.sorted_name}
            | ({"orcid": author.orcid.removeprefix("https://orcid.org/")} if author.orcid else {})
            for author in citation.authors
        ],
        "license": citation.license.lower(),
        "access_right": "open",
        "keywords": citation.keywords,
        "version": commit.id,
        "publication_date": commit.time.date().isoformat(),
        "related_identifiers": related,
    }
