"""Thinning out the outlines of large hazard layers as one coverage: neighbours keep their common border.

Simplified area by area, borders part: gaps show between the classes, slivers overlap. The coverage is simplified as a
whole instead, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.metres import metres_per_degree
from gis.report import Notes, Simplification

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

BIG = 1_000_000
"""Layers of more vertices are thinned out; all others are published as they came."""
TOLERANCE_M = 1.0
"""About two pixels of a map at street zoom (18): the corner of a triangle up to 1 m² may go."""


def simplified(frame: GeoDataFrame, notes: Notes, *, big: int = BIG) -> GeoDataFrame:
    """The frame (degrees, areas that do not overlap) with thinner outlines, where it has more than ``big`` vertices.

    A layer whose areas overlap or do not share the corners of their borders is no coverage: it is left as it is, and
    that is noted. What was done, and how much area each ``code`` lost or gained, goes into ``notes.simplified``.
    """
    areas = frame.geometry.to_numpy()
    before = int(shapely.get_num_coordinates(areas).sum())
    if before <= big:
        return frame
    east_north = np.array(metres_per_degree(float(frame.total_bounds[[1, 3]].mean())))
    in_metres = shapely.transform(areas, lambda degrees: degrees * east_north)
    if not shapely.coverage_is_valid(in_metres):
        notes.warn(f"{before:,} vertices and no clean coverage: outlines are published in full")
        return frame
    thinner = shapely.coverage_simplify(in_metres, TOLERANCE_M)
    after = int(shapely.get_num_coordinates(thinner).sum())
    notes.simplified = Simplification(
        TOLERANCE_M, before, after, _changes(frame["code"].to_numpy(), in_metres, thinner)
    )
    largest = max(map(abs, notes.simplified.area_changes.values()))
    notes.warn(
        f"outlines simplified to {TOLERANCE_M:g} m as one coverage: {before:,} vertices became {after:,}, "
        f"no class changed its area by more than {largest:.2%}"
    )
    return frame.set_geometry(shapely.transform(thinner, lambda metres: metres / east_north), crs=frame.crs)


def _changes(codes: NDArray[np.object_], before: NDArray[np.object_], after: NDArray[np.object_]) -> dict[str, float]:
    """By code, the share of its area a class gained (or lost, negative)."""
    was, is_now = shapely.area(before), shapely.area(after)
    return {
        str(code): float(is_now[codes == code].sum() / was[codes == code].sum() - 1) for code in dict.fromkeys(codes)
    }
