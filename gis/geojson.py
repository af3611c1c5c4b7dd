"""Strict reading of GeoJSON (RFC 7946, and the ``crs`` member of the 2008 form).

Python's parser takes NaN, doubled keys and infinite numbers; all three are refused here, the numbers
later with the number of the feature that holds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.model import LayerConfig
from gis.faults import refusal
from gis.sniff import HEAD_BYTES, require_geojson

MAX_BYTES = 64_000_000
MAX_FEATURES = 200_000

GEOMETRY_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


@dataclass(frozen=True, slots=True)
class RawFeature:
    """A feature as the file has it; ``number`` counts from 1, ``geometry`` is None where it is null or empty."""

    number: int
    id: str | int | None
    geometry: Mapping[str, Any] | None
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GeoJsonFile:
    """A parsed file. ``crs`` is the member's value; ``has_crs`` tells a null one from an absent one."""

    features: tuple[RawFeature, ...]
    has_crs: bool
    crs: object
    encoding: str


def read_geojson(layer: LayerConfig) -> GeoJsonFile:
    """The features of the layer's file, geometry untouched; raises LayerError for anything but GeoJSON."""
    content = _content(layer)
    require_geojson(layer, content[:HEAD_BYTES])
    encoding = "UTF-8 with BOM" if content.startswith(b"\xef\xbb\xbf") else "UTF-8"
    document = _parse(layer, _decode(layer, content))
    return GeoJsonFile(
        features=_features(layer, document),
        has_crs="crs" in document,
        crs=document.get("crs"),
        encoding=encoding,
    )


def _content(layer: LayerConfig) -> bytes:
    path: Path = layer.file
    if not path.exists():
        raise refusal(layer, "there is no such file", hint="correct `file`; addresses and GDAL prefixes are not read")
    if not path.is_file():
        raise refusal(layer, "is not a regular file", hint="name one GeoJSON file, not a folder")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise refusal(
                layer,
                f"{size:,} bytes are more than the {MAX_BYTES:,} a layer may have",
                hint="cut it to the municipality, or simplify it, before importing",
            )
        content = path.read_bytes()
    except OSError as error:
        raise refusal(layer, f"cannot be read: {error.strerror}", hint="check the file's permissions") from error
    if not content.strip():
        raise refusal(layer, "is empty", hint="fetch the file again")
    return content


def _decode(layer: LayerConfig, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(
            layer, f"is not UTF-8 (byte {error.start})", hint="convert it to UTF-8; Japanese files are often Shift_JIS"
        ) from error


def _parse(layer: LayerConfig, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_no_doubled_key)
    except RecursionError as error:
        raise refusal(layer, "is nested too deep to be GeoJSON", hint="fetch the file again") from error
    except ValueError as error:  # malformed text, doubled keys, integers too long to convert
        raise refusal(layer, f"is not valid JSON: {error}", hint="fetch the file again, it may be cut off") from error
    assert isinstance(document, dict), "a text that begins with a brace"
    return document


def _no_doubled_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {doubled!r} occurs twice in one object")
    return members


def _features(layer: LayerConfig, document: dict[str, Any]) -> tuple[RawFeature, ...]:
    match document.get("type"):
        case "FeatureCollection":
            items = document.get("features")
        case "Feature":
            items = [document]
        case str(name) if name in GEOMETRY_TYPES:
            items = [{"type": "Feature", "properties": {}, "geometry": document}]
        case name:
            raise refusal(
                layer,
                f'is JSON of type {name!r}, not a GeoJSON "FeatureCollection"',
                hint="GDAL pipelines, TopoJSON and Esri JSON are not read; export as GeoJSON",
            )
    if not isinstance(items, list):
        raise refusal(layer, "has no list of features", hint="fetch the file again, or export it anew")
    if not items:
        raise refusal(layer, "holds no feature", hint="an empty layer would look like 'no danger'; check the export")
    if len(items) > MAX_FEATURES:
        raise refusal(
            layer, f"holds {len(items):,} features, more than {MAX_FEATURES:,}", hint="cut it to the municipality"
        )
    return tuple(_feature(layer, number, item) for number, item in enumerate(items, 1))


def _feature(layer: LayerConfig, number: int, item: object) -> RawFeature:
    if not isinstance(item, dict) or item.get("type") != "Feature":
        raise refusal(layer, f"item {number} is not a feature", hint="export the layer anew as GeoJSON")
    properties = item.get("properties") or {}
    geometry = item.get("geometry")
    if not isinstance(properties, dict) or not (geometry is None or isinstance(geometry, dict)):
        raise refusal(
            layer, f"feature {number}: properties or geometry are not objects", hint="export the layer anew as GeoJSON"
        )
    if geometry is not None and not (geometry.get("coordinates") or geometry.get("geometries")):
        geometry = None
    identity = item.get("id")
    return RawFeature(number, identity if isinstance(identity, str | int) else None, geometry, properties)
