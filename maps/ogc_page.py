"""The pages of the geodata interface: plain documents of links and tables, in our own shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.model import Site
from maps.shell import render
from maps.words import Language
from maps.words_open_data import open_words


@dataclass(frozen=True, slots=True)
class Reference:
    """A text that leads somewhere; ``address`` is one of ours from the root, or another's page in full."""

    text: str
    address: str


Cell = str | Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page: where it stands, its heading, sentences, links, tables. ``path`` is without language."""

    path: str
    title: str
    above: Sequence[Reference] = ()
    sentences: Sequence[str] = ()
    links: Sequence[Reference] = ()
    tables: Sequence[Table] = ()
    fictitious: bool = False
    empty: str = ""


def ogc_page(site: Site, language: Language, document: Document, *, asset_version: str) -> str:
    """The page of a document."""
    return render(
        "ogc.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=document.path,
        data={"language": language},
        document=document,
        o=open_words(language),
    )
