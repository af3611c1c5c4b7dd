"""``exposure.json``: the whole assessment, as other programs read it and the page is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gis.exposure.model import Assessment, ClassRow, Figure, Form, HazardTable, Part, Source, Target

DOCUMENT_NAME = "exposure.json"
CSV_NAME, GEOPACKAGE_NAME = "exposure.csv", "exposure.gpkg"
FILES = (CSV_NAME, GEOPACKAGE_NAME, DOCUMENT_NAME)
"""The document last: it says that the others are there."""

NOTES = {
    "ja": "公開された層を単純に重ねた結果です。どの区域にもかからない所は「評価されていない」だけで、安全という意味ではありません。"
    "人口はメッシュの中に一様に住むとした推計です。",
    "en": "A straight overlay of the published layers. What no area covers is not assessed, which does not mean safe. "
    "Persons are an estimate that spreads each square's evenly over it.",
}


def document_text(assessment: Assessment) -> str:
    """The text of ``exposure.json``; lengths in m, areas in ha."""
    content = {**asdict(assessment), "notes": NOTES, "units": {"length": "m", "area": "ha"}}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_assessment(folder: Path) -> Assessment | None:
    """The assessment in ``folder``; None where there is none yet or it cannot be read."""
    try:
        return _assessment(json.loads((folder / DOCUMENT_NAME).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _assessment(item: Mapping[str, Any]) -> Assessment:
    told = {name: value for name, value in item.items() if name not in ("notes", "units")}
    return Assessment(
        **{
            **told,
            "targets": tuple(_target(target) for target in item["targets"]),
            "hazards": tuple(_table(table) for table in item["hazards"]),
        }
    )


def _target(item: Mapping[str, Any]) -> Target:
    return Target(
        **{
            **item,
            "source": Source(**item["source"]),
            "form": Form(item["form"]),
            "parts": tuple(Part(**part) for part in item["parts"]),
        }
    )


def _table(item: Mapping[str, Any]) -> HazardTable:
    return HazardTable(**{**item, "source": Source(**item["source"]), "rows": tuple(_row(row) for row in item["rows"])})


def _row(item: Mapping[str, Any]) -> ClassRow:
    figures = tuple(Figure(**{**figure, "names": tuple(figure["names"])}) for figure in item["figures"])
    return ClassRow(**{**item, "figures": figures})
