"""GeoJSON as it comes: coordinates and ``crs`` untouched, only names of properties made safe.

What is wrong with features or numbers is left to the strict reader, which names the feature.
"""

from __future__ import annotations

import json
from typing import Any

from gis.intake.cut import UNSOUND, Box, box_of_geometry, cut_of
from gis.intake.encodings import Encoding, require_sound, stated_codec
from gis.intake.names import safe_names
from gis.intake.refused import Refused
from gis.intake.source import Source, Task, compact

_ANEW = "fetch the file again, it may be cut off"


def read_geojson_source(content: bytes, task: Task) -> Source:
    """The features of a GeoJSON text; raises Refused where it is no JSON object or not in its encoding."""
    codec = "utf-8" if task.encoding is None else stated_codec(task.encoding)
    document = _parsed(_decoded(content, codec))
    source = Source(
        format="GeoJSON",
        driver="own reader",
        lines=(),
        crs=document.get("crs"),
        crs_from="crs member of the file" if "crs" in document else "",
        encoding=codec,
        encoding_from="GeoJSON is UTF-8" if task.encoding is None else "stated by --encoding",
    )
    features = _near(_features(document), document, task, source)
    tables = [feature["properties"] for feature in features if _has_table(feature)]
    names = list(dict.fromkeys(name for table in tables for name in table))
    values = (value for table in tables for value in table.values())
    require_sound(names, values, Encoding(codec, source.encoding_from))
    source.names = safe_names(names, source.warnings)
    safe = dict(zip(names, source.names, strict=True))
    for feature in features:
        if _has_table(feature):
            feature["properties"] = {safe[name]: value for name, value in feature["properties"].items()}
    source.lines = map(compact, features)
    return source


def _near(features: list[Any], document: dict[str, Any], task: Task, source: Source) -> list[Any]:
    """The features to be kept; without a ``crs`` member GeoJSON is WGS 84 (RFC 7946), with a null one of no known system."""
    cut = cut_of(task, document.get("crs"), standard=None if "crs" in document else "EPSG:4326")
    if cut is None:
        return features
    kept = [feature for feature in features if cut.keeps(_box_of(feature))]
    cut.require_any()
    source.left_out = cut.left_out
    return kept


def _box_of(feature: object) -> Box | None:
    """The box of what ought to be a feature."""
    if not isinstance(feature, dict):
        return UNSOUND
    return box_of_geometry(feature.get("geometry"))


def _has_table(feature: object) -> bool:
    return isinstance(feature, dict) and isinstance(feature.get("properties"), dict)


def _features(document: dict[str, Any]) -> list[Any]:
    features = document.get("features")
    if document.get("type") == "FeatureCollection" and isinstance(features, list):
        return features
    if document.get("type") == "Feature":
        return [document]
    if "coordinates" in document or "geometries" in document:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise Refused(
        f'is JSON of type {document.get("type")!r:.40}, not a GeoJSON "FeatureCollection"',
        hint="GDAL pipelines, TopoJSON and Esri JSON are not read; export as GeoJSON",
    )


def _decoded(content: bytes, codec: str) -> str:
    try:
        return content.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeDecodeError as error:
        raise Refused(
            f"is not {codec.upper()} (byte {error.start})",
            hint="convert it to UTF-8, or state --encoding cp932 where it is Shift_JIS",
        ) from error


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_no_doubled_key)
    except RecursionError as error:
        raise Refused("is nested too deep to be GeoJSON", hint=_ANEW) from error
    except ValueError as error:
        raise Refused(f"is not valid JSON: {str(error)[:200]}", hint=_ANEW) from error
    if not isinstance(document, dict):
        raise Refused("is no JSON object", hint=_ANEW)
    return document


def _no_doubled_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return members
