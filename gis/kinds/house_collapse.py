"""Where a flood may take houses away: KSJ A31a (``A31a_405``), A31b (``A31b_401``) and A31 since version 2 (``A31_401``).

1 the stream of the flood, 2 erosion of the bank, 3 both. Staying upstairs does not help in any of them.
Areas of 1 and 2 that overlap both stay: a place in both is in danger of both.
"""

from __future__ import annotations

from typing import Any

from geopandas import GeoDataFrame

from core.model import Hazard
from gis.flood_classes import COLLAPSE_LEGEND, COLLAPSE_SOURCE_EN, COLLAPSE_SOURCE_JA, COLLAPSES, UNKNOWN_COLLAPSE
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of, require_field, whole_code
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.report import Notes

FIELDS = ("A31a_405", "A31b_401", "A31_401")
_BY_CODE = {str(row.rank): row for row in COLLAPSES}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` and ``rank`` (0 unknown), what takes the houses in words, and the river."""
    field = require_field(feature, *FIELDS)
    value = whole_code(feature.properties[field])
    found = _BY_CODE.get(value)
    if found is None:
        notes.warn(f"{field} is {value!r}, which is no class of 1 to 3: shown as unknown", feature.number)
    return {
        "code": UNKNOWN if found is None else value,
        "hazard": Hazard.FLOOD.value,
        "rank": 0 if found is None else found.rank,
        "collapse_ja": UNKNOWN_COLLAPSE.label_ja if found is None else found.label_ja,
        "collapse_en": UNKNOWN_COLLAPSE.label_en if found is None else found.label_en,
        "river": first_of(feature.properties, "A31a_402"),
    }


def settle(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """The graver last, so that it is drawn above."""
    return frame.sort_values("rank", kind="stable").reset_index(drop=True)


KIND = Kind(
    name="house_collapse",
    geometry="polygon",
    order=24,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=settle,
    legend=COLLAPSE_LEGEND,
    legend_source_ja=COLLAPSE_SOURCE_JA,
    legend_source_en=COLLAPSE_SOURCE_EN,
    tiled=True,
    columns=(Column("river", "河川", "River"), Column("collapse_{language}", "種類", "Type")),
    hazards=(Hazard.FLOOD,),
)
