"""Inundation depth of KSJ A31a (2023 on): ``A31a_205`` for the largest rain assumed, ``A31a_105`` as planned.

No polygon means "not assessed or dry", never "safe". Where polygons overlap the deepest class is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from core.model import Hazard
from gis.geojson import RawFeature
from gis.hazards import (
    FLOOD_DEPTH_LEGEND,
    FLOOD_DEPTH_SOURCE_EN,
    FLOOD_DEPTH_SOURCE_JA,
    FLOOD_DEPTHS,
    UNKNOWN,
    UNKNOWN_DEPTH,
)
from gis.kinds.fields import first_of, require_field, text
from gis.kinds.kind import Kind
from gis.legends import Column
from gis.report import Notes

SCENARIOS = {
    "A31a_205": ("想定最大規模", "largest assumed rain"),
    "A31a_105": ("計画規模", "rain of the river plan"),
}
_BY_CODE = {str(row.rank): row for row in FLOOD_DEPTHS}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` and ``rank`` (0 unknown), the depth in words, the river and the scenario."""
    field = require_field(feature, *SCENARIOS)
    value = text(feature.properties[field]).removesuffix(".0")
    depth = _BY_CODE.get(value)
    if depth is None:
        notes.warn(f"{field} is {value!r}, which is no rank of 1 to 6: shown as unknown", feature.number)
    scenario_ja, scenario_en = SCENARIOS[field]
    return {
        "code": UNKNOWN if depth is None else value,
        "hazard": Hazard.FLOOD.value,
        "rank": 0 if depth is None else depth.rank,
        "depth_ja": UNKNOWN_DEPTH.label_ja if depth is None else depth.label_ja,
        "depth_en": UNKNOWN_DEPTH.label_en if depth is None else depth.label_en,
        "river": first_of(feature.properties, f"{field[:-1]}2"),
        "scenario_ja": scenario_ja,
        "scenario_en": scenario_en,
    }


def deepest_wins(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """The frame with each area cut back by the deeper ones over it, shallow first; unknown lies lowest."""
    frame = frame.sort_values("rank", kind="stable").reset_index(drop=True)
    areas = frame.geometry.to_numpy().copy()
    lower, upper = _overlapping(areas, frame["rank"].to_numpy())
    if not lower.size:
        return frame
    cut, starts = np.unique(lower, return_index=True)
    for index, above in zip(cut, np.split(upper, starts[1:]), strict=True):
        areas[index] = _areas_only(shapely.difference(areas[index], shapely.union_all(areas[above])))
    notes.warn(f"{cut.size} areas lay under deeper ones and were cut back")
    return frame.set_geometry(areas, crs=frame.crs)


def _overlapping(areas: NDArray[np.object_], ranks: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (shallower, deeper) whose insides meet, sorted by the shallower one."""
    lower, upper = shapely.STRtree(areas).query(areas, predicate="intersects")
    deeper = ranks[upper] > ranks[lower]
    lower, upper = lower[deeper], upper[deeper]
    inside = shapely.relate_pattern(areas[lower], areas[upper], "T********")
    lower, upper = lower[inside], upper[inside]
    order = np.lexsort((upper, lower))
    return lower[order], upper[order]


def _areas_only(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


KIND = Kind(
    name="flood_depth",
    geometry="polygon",
    order=20,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=deepest_wins,
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
