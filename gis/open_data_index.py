"""What the folder of open data holds: its index, and the same as a catalogue for other programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.model import Site
from gis.licences import licence_address

INDEX_NAME = "index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDataFile:
    """One file: its name in the folder, its form (``GeoJSON``, ``GeoPackage``, ``CSV``, ``CSV_STANDARD``), its bytes."""

    name: str
    form: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set: what it is, whose, under which terms, in which files; ``updated`` is when they were written (UTC).

    ``edition`` changes with what went in.
    """

    id: str
    title_ja: str
    title_en: str
    note_ja: str
    note_en: str
    licence: str
    credit: str
    source_url: str
    date: str
    fictitious: bool
    features: int
    updated: str
    edition: str
    files: tuple[OpenDataFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDataIndex:
    """Everything in the folder, in the order of the catalogue of layers, the stations first."""

    sets: tuple[DataSet, ...] = ()


def read_index(folder: Path) -> OpenDataIndex:
    """What the folder holds by its index; nothing where there is none yet or it cannot be read."""
    try:
        sets = json.loads((folder / INDEX_NAME).read_bytes())["sets"]
        return OpenDataIndex(
            sets=tuple(
                DataSet(**{**found, "files": tuple(OpenDataFile(**file) for file in found["files"])}) for found in sets
            )
        )
    except (OSError, ValueError, KeyError, TypeError):
        return OpenDataIndex()


def catalog(site: Site, index: OpenDataIndex) -> dict[str, Any]:
    """The folder as a small DCAT catalogue in JSON-LD; addresses are relative to the catalogue itself."""
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@type": "dcat:Catalog",
        "dct:title": f"{site.name_ja} オープンデータ",
        "dct:publisher": site.name_ja,
        "dct:language": "ja",
        "dcat:dataset": [_dataset(found) for found in index.sets],
    }


def _dataset(found: DataSet) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "dct:identifier": found.id,
        "dct:title": [{"@value": found.title_ja, "@language": "ja"}, {"@value": found.title_en, "@language": "en"}],
        "dct:description": f"{'架空のデータ。' if found.fictitious else ''}{found.note_ja}",
        "dct:issued": found.date,
        "dct:modified": found.updated,
        "dct:license": licence_address(found.licence) or found.licence,
        "dct:rights": found.licence,
        "dct:source": found.source_url,
        "dct:provenance": found.credit,
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:downloadURL": file.name,
                "dct:format": file.form.partition("_")[0],
                "dcat:byteSize": file.size,
                "dct:license": licence_address(found.licence) or found.licence,
            }
            for file in found.files
        ],
    }
