"""Inundation depth of KSJ A31a and A31b (2023 on, by river or by mesh), A31 since version 2, and A31 of 2012, told apart by
their fields.

No polygon means "not assessed or dry", never "safe". Where polygons overlap the deepest class is kept.
"""

from __future__ import annotations

from typing import Any

from geopandas import GeoDataFrame

from core.model import Hazard
from gis.geojson import RawFeature
from gis.hazards import (
    FLOOD_DEPTH_LEGEND,
    FLOOD_DEPTH_SOURCE_EN,
    FLOOD_DEPTH_SOURCE_JA,
    FLOOD_DEPTHS,
    FLOOD_DEPTHS_2012,
    UNKNOWN,
    UNKNOWN_DEPTH,
    FloodDepth,
)
from gis.kinds.fields import filled_field, first_of, require_field, whole_code
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.overlaps import gravest_wins
from gis.report import Notes

LARGEST = ("largest", "想定最大規模", "largest assumed rain")
PLANNED = ("planned", "計画規模", "rain of the river plan")
FIELDS = {
    "A31a_205": LARGEST,
    "A31b_201": LARGEST,
    "A31_201": LARGEST,
    "A31a_105": PLANNED,
    "A31b_101": PLANNED,
    "A31_101": PLANNED,
    "A31_001": PLANNED,
}
"""The field that holds the rank in each family, and the rain it is for (2012 knew only that of the plan)."""

_TODAY = {row.code: row for row in FLOOD_DEPTHS}
_OF_2012 = {row.code: row for row in FLOOD_DEPTHS_2012}
_LOW_M = {row.code: row.low_m for row in (*FLOOD_DEPTHS, *FLOOD_DEPTHS_2012)} | {UNKNOWN: -1.0}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` and ``rank`` (0 unknown), the depth in words, the river and the scenario."""
    require_field(feature, *FIELDS)
    field = filled_field(feature, *FIELDS)
    value = whole_code(feature.properties[field])
    depth = _depth(field, value)
    if depth is None:
        codes = "11 to 15 or 21 to 27" if field == "A31_001" else "1 to 6"
        notes.warn(f"{field} is {value!r}, which is no rank of {codes}: shown as unknown", feature.number)
    scenario, scenario_ja, scenario_en = FIELDS[field]
    return {
        "code": UNKNOWN if depth is None else depth.code,
        "hazard": Hazard.FLOOD.value,
        "rank": 0 if depth is None else depth.rank,
        "depth_ja": UNKNOWN_DEPTH.label_ja if depth is None else depth.label_ja,
        "depth_en": UNKNOWN_DEPTH.label_en if depth is None else depth.label_en,
        "river": first_of(feature.properties, f"{field[:-1]}2") if field.startswith("A31a") else "",
        "scenario": scenario,
        "scenario_ja": scenario_ja,
        "scenario_en": scenario_en,
    }


def _depth(field: str, value: str) -> FloodDepth | None:
    return (_OF_2012 if field == "A31_001" else _TODAY).get(value)


def settle(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """Each area cut back by the deeper ones over it, shallow first; unknown lies lowest. Mixed scenarios are noted."""
    scenarios = sorted(set(frame["scenario_ja"]))
    if len(scenarios) > 1:
        notes.warn(f"areas for different rains ({'・'.join(scenarios)}) stand in one layer: make one layer of each")
    return gravest_wins(frame, [_LOW_M[code] for code in frame["code"]], "deeper", notes)


KIND = Kind(
    name="flood_depth",
    geometry="polygon",
    order=20,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=settle,
    legend=FLOOD_DEPTH_LEGEND,
    legend_source_ja=FLOOD_DEPTH_SOURCE_JA,
    legend_source_en=FLOOD_DEPTH_SOURCE_EN,
    tiled=True,
    columns=(
        Column("river", "河川", "River"),
        Column("depth_{language}", "浸水深", "Depth"),
        Column("scenario_{language}", "想定", "Scenario"),
    ),
    hazards=(Hazard.FLOOD,),
)
