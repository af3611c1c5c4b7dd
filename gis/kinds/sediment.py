"""Sediment disaster zones of KSJ A33: 土砂災害警戒区域 (yellow) and 特別警戒区域 (red), by phenomenon.

Red lies inside yellow and is drawn above it; both stay whole. No polygon means "not designated", never "safe".
"""

from __future__ import annotations

from typing import Any

from geopandas import GeoDataFrame

from core.model import Hazard
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of, require_field, whole_code
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.report import Notes
from gis.sediment_classes import (
    PHENOMENA,
    SEDIMENT_LEGEND,
    SEDIMENT_SOURCE_EN,
    SEDIMENT_SOURCE_JA,
    ZONES,
    zone_code,
)

_PHENOMENA = {row.code: row for row in PHENOMENA}
_ZONES = {row.code: row for row in ZONES}
_WITHIN = {
    "0": ("特別警戒区域は指定済み", "special warning zone designated"),
    "1": ("特別警戒区域は未指定", "special warning zone not yet designated"),
}
"""``A33_008`` of a warning zone: whether the special zone within it is designated; it is not itself a red zone."""


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` (``debris_special`` …) and ``rank`` (0 unknown), phenomenon and zone in words, name and place."""
    properties = feature.properties
    codes = {field: whole_code(properties[require_field(feature, field)]) for field in ("A33_001", "A33_002")}
    phenomenon, zone = _PHENOMENA.get(codes["A33_001"]), _ZONES.get(codes["A33_002"])
    if phenomenon is None:
        notes.warn(f"A33_001 is {codes['A33_001']!r}, no phenomenon of 1 to 3: shown as unknown", feature.number)
    if zone is None:
        notes.warn(f"A33_002 is {codes['A33_002']!r}, no zone of 1 to 4: shown as unknown", feature.number)
    within_ja, within_en = _WITHIN.get(whole_code(properties.get("A33_008")), ("", ""))
    return {
        "code": zone_code(phenomenon, zone) if phenomenon and zone else UNKNOWN,
        "hazard": Hazard.LANDSLIDE.value,
        "rank": zone.rank if phenomenon and zone else 0,
        "phenomenon_ja": phenomenon.label_ja if phenomenon else "現象不明（コードが未知）",
        "phenomenon_en": phenomenon.label_en if phenomenon else "phenomenon unknown (unlisted code)",
        "zone_ja": zone.label_ja if zone else "区域不明（コードが未知）",
        "zone_en": zone.label_en if zone else "zone unknown (unlisted code)",
        "number": first_of(properties, "A33_004"),
        "name": first_of(properties, "A33_005"),
        "address": first_of(properties, "A33_006"),
        "date": first_of(properties, "A33_007"),
        "special_ja": within_ja,
        "special_en": within_en,
    }


def red_above(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """The graver last, so that red is drawn above yellow."""
    return frame.sort_values("rank", kind="stable").reset_index(drop=True)


KIND = Kind(
    name="sediment",
    geometry="polygon",
    order=30,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=red_above,
    legend=SEDIMENT_LEGEND,
    legend_source_ja=SEDIMENT_SOURCE_JA,
    legend_source_en=SEDIMENT_SOURCE_EN,
    tiled=True,
    columns=(
        Column("zone_{language}", "区域", "Zone"),
        Column("phenomenon_{language}", "現象", "Phenomenon"),
        Column("name", "区域名", "Name"),
        Column("address", "所在地", "Place"),
        Column("date", "告示日", "Designated on"),
        Column("special_{language}", "特別警戒区域の指定", "Special zone within"),
    ),
    hazards=(Hazard.LANDSLIDE,),
)
