"""``layers.json``: what is published, in which form, from whom, how it is drawn, how it was imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import YukimoriError
from core.model import Bounds
from gis.legends import Column, LegendEntry
from gis.report import ImportReport, Repair, Simplification

CATALOGUE_NAME = "layers.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLayer:
    """One published layer.

    The map draws ``format`` (``geojson`` or ``pmtiles``) from ``url``; ``geojson_url`` always holds all
    features. Both are relative to the root of the pages. ``geometry`` is ``point``, ``line``, ``polygon``, or
    ``mixed`` where the features are of several sorts.
    In PMTiles the features are in the tile layer ``tile_layer`` at zooms ``min_zoom`` to ``max_zoom``. Each
    feature's property ``code`` names its ``legend`` entry. ``etag`` changes with the drawn content; ``files``
    maps the published file names to the SHA-256 of their content, ``built_from`` is the fingerprint of all
    that went in. ``columns`` are the properties people read; a layer that tells of danger names its ``hazards``, and its
    features carry ``hazard`` and ``rank`` (0 unknown, larger for graver). Where the layer could not be renewed,
    ``failed_since`` is the time of the first failure (RFC 3339, as clocks of the town show it): what is published is older than its source.
    """

    id: str
    kind: str
    title_ja: str
    title_en: str
    licence: str
    credit: str
    source_url: str
    date: str
    fictitious: bool
    shown: bool
    format: str
    url: str
    geojson_url: str
    geometry: str
    tile_layer: str | None
    min_zoom: int | None
    max_zoom: int | None
    legend: tuple[LegendEntry, ...]
    legend_source_ja: str
    legend_source_en: str
    bounds: Bounds
    features: int
    report: ImportReport
    etag: str
    files: Mapping[str, str]
    built_from: str
    access: str = "public"
    department: str = ""
    note_ja: str = ""
    note_en: str = ""
    columns: tuple[Column, ...] = ()
    hazards: tuple[str, ...] = ()
    failed_since: str = ""


def catalogue_text(layers: list[PublishedLayer]) -> str:
    """The text of ``layers.json``; the same layers always give the same text."""
    return json.dumps({"layers": [asdict(layer) for layer in layers]}, ensure_ascii=False, indent=1) + "\n"


def read_catalogue(folder: Path) -> list[PublishedLayer]:
    """The layers published in ``folder``, in drawing order; none where nothing was published yet.

    Raises YukimoriError where the file is there but cannot be understood.
    """
    path = folder / CATALOGUE_NAME
    try:
        document = json.loads(path.read_bytes())
        return [_layer(item) for item in document["layers"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise YukimoriError(
            f"reading the layer catalogue {path}: {error}", hint="remove the file; the layers are then published anew"
        ) from error


def _layer(item: Mapping[str, Any]) -> PublishedLayer:
    return PublishedLayer(
        **{
            **item,
            "legend": tuple(LegendEntry(**entry) for entry in item["legend"]),
            "columns": tuple(Column(**column) for column in item["columns"]),
            "hazards": tuple(item["hazards"]),
            "bounds": Bounds(**item["bounds"]),
            "report": _report(item["report"]),
        }
    )


def _report(item: Mapping[str, Any]) -> ImportReport:
    simplified = item["simplified"]
    return ImportReport(
        **{
            **item,
            "bounds": Bounds(**item["bounds"]),
            "warnings": tuple(item["warnings"]),
            "repairs": tuple(Repair(**repair) for repair in item["repairs"]),
            "simplified": None if simplified is None else Simplification(**simplified),
        }
    )
