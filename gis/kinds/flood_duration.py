"""How long a flood stays: KSJ A31a (``A31a_305``), A31b (``A31b_301``) and A31 since version 2 (``A31_301``), largest rain.

Where polygons overlap the longest class is kept; no polygon means "not assessed or dry", never "safe".
"""

from __future__ import annotations

from typing import Any

from geopandas import GeoDataFrame

from core.model import Hazard
from gis.flood_classes import DURATION_LEGEND, DURATION_SOURCE_EN, DURATION_SOURCE_JA, DURATIONS, UNKNOWN_DURATION
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of, require_field, whole_code
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.overlaps import gravest_wins
from gis.report import Notes

FIELDS = ("A31a_305", "A31b_301", "A31_301")
_BY_CODE = {str(row.rank): row for row in DURATIONS}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` and ``rank`` (0 unknown), the duration in words, and the river."""
    field = require_field(feature, *FIELDS)
    value = whole_code(feature.properties[field])
    found = _BY_CODE.get(value)
    if found is None:
        notes.warn(f"{field} is {value!r}, which is no class of 1 to 7: shown as unknown", feature.number)
    return {
        "code": UNKNOWN if found is None else value,
        "hazard": Hazard.FLOOD.value,
        "rank": 0 if found is None else found.rank,
        "duration_ja": UNKNOWN_DURATION.label_ja if found is None else found.label_ja,
        "duration_en": UNKNOWN_DURATION.label_en if found is None else found.label_en,
        "river": first_of(feature.properties, "A31a_302"),
    }


def settle(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """Each area cut back by those over it where the water stays longer."""
    return gravest_wins(frame, list(frame["rank"]), "longer", notes)


KIND = Kind(
    name="flood_duration",
    geometry="polygon",
    order=22,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=settle,
    legend=DURATION_LEGEND,
    legend_source_ja=DURATION_SOURCE_JA,
    legend_source_en=DURATION_SOURCE_EN,
    tiled=True,
    columns=(Column("river", "河川", "River"), Column("duration_{language}", "浸水継続時間", "Duration")),
    hazards=(Hazard.FLOOD,),
)
