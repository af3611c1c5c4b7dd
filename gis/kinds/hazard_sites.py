"""Danger spots of KSJ A26 (2010): torrents, slopes, landslides and avalanches, as areas, lines or points in one layer.

The class stands in ``A26_001``, ``A26_003`` or ``A26_005`` with a note in the field after it, one pair for each
geometry type. The survey is old: it tells where danger was found, not what is designated today. A spot with an
unlisted class is told as one of landslide, which ten of the eleven are about, with rank 0.
"""

from __future__ import annotations

from typing import Any

from core.model import Hazard
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import filled_field, first_of, require_field, whole_code
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.report import Notes
from gis.sediment_classes import (
    DANGER_SPOT_LEGEND,
    DANGER_SPOT_SOURCE_EN,
    DANGER_SPOT_SOURCE_JA,
    DANGER_SPOTS,
    UNKNOWN_SPOT,
)

FIELDS = {"A26_001": "A26_002", "A26_003": "A26_004", "A26_005": "A26_006"}
_BY_CODE = {row.code: row for row in DANGER_SPOTS}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` (1 to 11) and ``rank`` (1, or 0 where unknown), the type in words, the hazard and the survey's note."""
    require_field(feature, *FIELDS)
    field = filled_field(feature, *FIELDS)
    value = whole_code(feature.properties[field])
    spot = _BY_CODE.get(value)
    if spot is None:
        notes.warn(f"{field} is {value!r}, which is no type of 1 to 11: shown as unknown", feature.number)
    return {
        "code": UNKNOWN if spot is None else spot.code,
        "hazard": Hazard.LANDSLIDE.value if spot is None else spot.hazard.value,
        "rank": 0 if spot is None else 1,
        "type_ja": UNKNOWN_SPOT.label_ja if spot is None else spot.label_ja,
        "type_en": UNKNOWN_SPOT.label_en if spot is None else spot.label_en,
        "remark": first_of(feature.properties, FIELDS[field]),
    }


KIND = Kind(
    name="hazard_sites",
    geometry="mixed",
    order=35,
    types=frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString", "Point", "MultiPoint"}),
    clean=clean,
    legend=DANGER_SPOT_LEGEND,
    legend_source_ja=DANGER_SPOT_SOURCE_JA,
    legend_source_en=DANGER_SPOT_SOURCE_EN,
    columns=(Column("type_{language}", "種類", "Type"), Column("remark", "備考", "Remark")),
    hazards=(Hazard.LANDSLIDE, Hazard.AVALANCHE),
)
