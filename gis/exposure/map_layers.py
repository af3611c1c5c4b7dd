"""Two layers of the map made from the assessment: sites and road sections in hazard areas, coloured by hazard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from config.model import LayerConfig
from core.model import Access, Bounds, Hazard
from gis.catalogue import PublishedLayer
from gis.crs import LON_LAT
from gis.entry import entry_of
from gis.exposure.derived import ROADS, SITES
from gis.exposure.document import NOTES
from gis.exposure.ground import NOWHERE
from gis.exposure.model import Assessment, Form
from gis.exposure.overlay import Counted, Danger, Overlay
from gis.exposure.terms import credit_of, dates_of, licence_of, made_up
from gis.feature_collection import geojson_text
from gis.fingerprint import sha256
from gis.geojson import RawFeature
from gis.geometry import tidy
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.publish import DRAWN_AS_GEOJSON_BYTES
from gis.report import ImportReport, Notes
from gis.tiles import write_pmtiles

OTHER, SEVERAL = "other", "several"

LEGEND = (
    LegendEntry(OTHER, "#5F6368", "そのほかの災害の想定区域", "In an area of another hazard", 1, "dotted"),
    LegendEntry(Hazard.AVALANCHE.value, "#7B3FA0", "雪崩の区域", "In an avalanche area", 2, "dotted"),
    LegendEntry(Hazard.LANDSLIDE.value, "#8A4B08", "土砂災害の区域", "In a sediment disaster area", 3, "dashed"),
    LegendEntry(Hazard.FLOOD.value, "#005FCC", "洪水の想定区域", "In a flood area", 4, "solid"),
    LegendEntry(SEVERAL, "#B00020", "二つ以上の災害の区域", "In areas of two or more hazards", 5, "dashed"),
)
"""The gravest last. Colours are our own; points differ by their marks, lines by dash too, and each says its words."""

_ORDER = {entry.code: number for number, entry in enumerate(LEGEND)}
_COLUMNS = (
    Column("name", "名称", "Name"),
    Column("type_{language}", "種類", "Type"),
    Column("where_{language}", "かかる区域", "Lies in"),
)
_TITLES = {
    ROADS: ("想定区域にかかる道路", "Roads in hazard areas"),
    SITES: ("想定区域にかかる施設・避難所", "Sites and shelters in hazard areas"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A layer for the map: what the catalogue says of it, and its files in the workshop."""

    entry: PublishedLayer
    files: tuple[Path, ...]


Feature = tuple[dict[str, Any], shapely.Geometry]


def make_layers(assessment: Assessment, overlay: Overlay, work: Path, built_from: str) -> list[Made]:
    """The layers that have any feature, roads first; their files are written into ``work``."""
    frames = {ROADS: _in_danger(_roads(overlay)), SITES: _in_danger(_sites(overlay))}
    return [
        _made(_settings(assessment, id_), frame, work, built_from) for id_, frame in frames.items() if frame is not None
    ]


def _sites(overlay: Overlay) -> Iterator[Feature]:
    for one in overlay.counted:
        if one.target.form is Form.SITES:
            for row, shape in enumerate(one.shapes):
                yield _facts(overlay.dangers, one, row, [int(places[row]) for places in one.places]), shape


def _roads(overlay: Overlay) -> Iterator[Feature]:
    for one in overlay.counted:
        if one.target.source.kind == "roads":
            for section in one.sections:
                length = {"length_m": round(section.length_m, 1)}
                yield _facts(overlay.dangers, one, section.line, section.gravity) | length, section.shape


def _facts(dangers: Sequence[Danger], one: Counted, row: int, gravity: Sequence[int]) -> dict[str, Any]:
    """The properties of a feature; ``code`` is empty where nothing covers it."""
    here = [(danger, danger.classes[level]) for danger, level in zip(dangers, gravity, strict=True) if level != NOWHERE]
    return {
        "code": _code(list(dict.fromkeys(danger.hazard for danger, _ in here))),
        "name": str(one.rows[row].get("name") or ""),
        "type_ja": one.target.source.title_ja,
        "type_en": one.target.source.title_en,
        "where_ja": "／".join(f"{danger.layer.title_ja}：{entry.label_ja}" for danger, entry in here),
        "where_en": "; ".join(
            f"{danger.layer.title_en or danger.layer.title_ja}: {entry.label_en}" for danger, entry in here
        ),
    }


def _code(hazards: Sequence[str]) -> str:
    if len(hazards) > 1:
        return SEVERAL
    return next((hazard if hazard in _ORDER else OTHER for hazard in hazards), "")


def _in_danger(features: Iterable[Feature]) -> GeoDataFrame | None:
    """Those that lie in anything, the gravest last, without sections too short for six decimals; None where none is left."""
    kept = sorted((one for one in features if one[0]["code"]), key=lambda one: _ORDER[one[0]["code"]])
    shapes = tidy(np.array([shape for _, shape in kept], dtype=object))
    drawn = ~shapely.is_empty(shapes)
    if not drawn.any():
        return None
    facts = pd.DataFrame([facts for facts, _ in kept])[drawn].reset_index(drop=True)
    return GeoDataFrame(facts, geometry=shapes[drawn], crs=LON_LAT)


def _settings(assessment: Assessment, id_: str) -> LayerConfig:
    """The layer as if a file of settings had it."""
    sources = [
        *(table.source for table in assessment.hazards),
        *(target.source for target in assessment.targets if (target.form is Form.SITES) == (id_ == SITES)),
    ]
    title_ja, title_en = _TITLES[id_]
    return LayerConfig(
        id=id_,
        kind=id_,
        title_ja=title_ja,
        title_en=title_en,
        file=Path(f"{id_}.geojson"),
        crs=None,
        licence=licence_of(sources),
        credit=credit_of(sources),
        source_url="",
        date=dates_of(sources),
        access=Access.PUBLIC,
        shown=False,
        fictitious=made_up(sources),
        note_ja=NOTES["ja"],
        note_en=NOTES["en"],
    )


def _made(layer: LayerConfig, frame: GeoDataFrame, work: Path, built_from: str) -> Made:
    content = geojson_text(layer, frame).encode()
    files = [work / f"{layer.id}.geojson"]
    files[0].write_bytes(content)
    tiled = len(content) > DRAWN_AS_GEOJSON_BYTES
    if tiled:
        files.append(files[0].with_suffix(".pmtiles"))
        write_pmtiles(layer, *files)
    digests = {file.name: sha256(file.read_bytes()) for file in files}
    return Made(_entry(layer, frame, digests, built_from, tiled=tiled), tuple(files))


def _entry(
    layer: LayerConfig, frame: GeoDataFrame, files: dict[str, str], built_from: str, *, tiled: bool
) -> PublishedLayer:
    roads = layer.id == ROADS
    kind = Kind(
        name=layer.kind,
        geometry="line" if roads else "point",
        order=0,
        types=frozenset(),
        clean=_never,
        legend=LEGEND,
        columns=(*_COLUMNS, Column("length_m", "長さ", "Length", "m")) if roads else _COLUMNS,
    )
    return entry_of(layer, _report(frame), files, built_from, tiled=tiled, kind=kind)


def _report(frame: GeoDataFrame) -> ImportReport:
    found = frame["code"].value_counts()
    return ImportReport(
        read=len(frame),
        features=len(frame),
        counts={entry.code: int(found[entry.code]) for entry in LEGEND if entry.code in found},
        bounds=Bounds(*(float(value) for value in np.round(frame.total_bounds, 6))),
        crs=LON_LAT,
        crs_from="reckoned from published layers",
        encoding="UTF-8",
        dropped=0,
        repaired=0,
        warnings=(),
    )


def _never(_feature: RawFeature, _notes: Notes) -> dict[str, Any]:
    raise AssertionError("made from published layers, never from a file")
