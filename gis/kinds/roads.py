"""Roads the ploughs clear: lines with an id, a name and the town's class of clearing."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import LegendEntry
from gis.report import Notes

_CLASSES = {"1": "第1種", "2": "第2種", "3": "第3種", "emergency": "緊急確保"}
_WRITTEN = re.compile(r"第?([123])(?:種|次)?", re.ASCII)


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``id``, ``name``, ``code`` (clearing class) with its word as written, and who owns the road."""
    properties = feature.properties
    identity = first_of(properties, "id", "OBJECTID") or ("" if feature.id is None else str(feature.id))
    if not identity:
        raise FeatureError("a road without id", hint="give every road a property `id` that never changes")
    written = unicodedata.normalize("NFKC", first_of(properties, "class", "区分"))
    code = _code(written)
    if code == UNKNOWN:
        notes.warn(f"class {written!r} is not 第1種 to 第3種 or 緊急確保: shown as other", feature.number)
    return {
        "id": identity,
        "name": first_of(properties, "name", "路線名"),
        "code": code,
        "class": written,
        "owner": first_of(properties, "owner", "路線種別"),
    }


def _code(written: str) -> str:
    match = _WRITTEN.fullmatch(written)
    if match:
        return match[1]
    return "emergency" if written in {"emergency", "緊急確保"} else UNKNOWN


KIND = Kind(
    name="roads",
    geometry="line",
    order=60,
    types=frozenset({"LineString", "MultiLineString"}),
    clean=clean,
    legend=(
        LegendEntry(UNKNOWN, "#767676", "区分なし", "Other"),
        LegendEntry("3", "#7FA6C9", "除雪路線 第3種", "Cleared road, class 3"),
        LegendEntry("2", "#3F78AE", "除雪路線 第2種", "Cleared road, class 2"),
        LegendEntry("1", "#0B3C6F", "除雪路線 第1種", "Cleared road, class 1"),
        LegendEntry("emergency", "#5B2A86", "緊急確保路線", "Emergency road"),
    ),
)
