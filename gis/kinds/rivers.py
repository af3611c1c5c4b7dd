"""Rivers as lines: KSJ W05 streams, or any lines with a name and perhaps a class.

W05 gives the name in ``W05_004`` and the kind of section in ``W05_003``: 1 and 2 are 一級河川 (kept by the state, by the
prefecture), 3 is 二級河川, 4 is outside both; 5 to 8 are the same through a lake.
"""

from __future__ import annotations

from typing import Any

from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.report import Notes

_SECTIONS = {"1": "1", "2": "1", "3": "2", "4": "other", "5": "1", "6": "1", "7": "2", "8": "other"}
_NAMELESS = frozenset({"名称不明", "不明"})
_WORDS = {
    "1": ("一級河川", "Class A river"),
    "2": ("二級河川", "Class B river"),
    "other": ("その他の河川", "Other river"),
    UNKNOWN: ("種別不明の河川", "River of unknown class"),
}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` (``1``, ``2``, ``other``, ``unknown``) and the name; a stream that W05 calls 名称不明 has none."""
    properties = feature.properties
    written = first_of(properties, "W05_003", "class")
    code = _SECTIONS.get(written.removesuffix(".0"), written if written in _WORDS else UNKNOWN)
    if code == UNKNOWN and written not in {"", "0", UNKNOWN}:
        notes.warn(f"class {written!r} is no section kind of W05: shown as unknown", feature.number)
    name = first_of(properties, "W05_004", "name", "name_ja")
    return {
        "code": code,
        "name": "" if name in _NAMELESS else name,
        "name_en": first_of(properties, "name_en"),
        "class_ja": _WORDS[code][0],
        "class_en": _WORDS[code][1],
    }


KIND = Kind(
    name="rivers",
    geometry="line",
    order=55,
    types=frozenset({"LineString", "MultiLineString"}),
    clean=clean,
    legend=(
        LegendEntry(UNKNOWN, "#8FA9BD", *_WORDS[UNKNOWN], dash="dotted"),
        LegendEntry("other", "#8FB3CE", *_WORDS["other"]),
        LegendEntry("2", "#6C9CC0", *_WORDS["2"]),
        LegendEntry("1", "#4A86B5", *_WORDS["1"]),
    ),
    columns=(Column("name", "河川", "River"), Column("class_{language}", "種別", "Class")),
)
