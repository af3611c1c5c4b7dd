"""Invalid geometry made valid, openly: which feature, what was wrong, how large it was before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.abreast import abreast
from gis.metres import metres_per_degree
from gis.report import Notes, Repair

Geometries = NDArray[np.object_]

TOLD_CHANGE = 0.01
"""A repair that changes a feature's area by more than this share is warned of by itself."""
TOLD_SINGLY = 5
"""So many of these with their areas in words; the rest in one line of numbers."""


def repair(geometries: Geometries, numbers: Sequence[int], notes: Notes) -> Geometries:
    """Valid geometries (degrees): crossing rings are made into proper polygons, each repair noted with its areas.

    Only parts of the original dimension stay; a repair that leaves none gives an empty geometry.
    """
    result = geometries.copy()
    for index in np.flatnonzero(~abreast(shapely.is_valid, geometries)).tolist():
        broken = geometries[index]
        reason = _reason(broken)
        result[index] = _of_dimension(shapely.make_valid(broken), shapely.get_dimensions(broken))
        notes.warn(f"invalid geometry repaired: {reason}", numbers[index])
        notes.repaired.add(numbers[index])
        # Crossing loops of a ring count against one another before the repair, as a map would reckon them too.
        square_degree = _square_degree_m2(broken)
        before, after = (float(shapely.area(one)) * square_degree for one in (broken, result[index]))
        notes.repairs.append(Repair(numbers[index], reason, before, after))
    _tell_changed(notes)
    return result


def _tell_changed(notes: Notes) -> None:
    changed = [done for done in notes.repairs if abs(done.after_m2 - done.before_m2) > TOLD_CHANGE * done.before_m2]
    matter = f"repair changed the area by more than {TOLD_CHANGE:.0%}, compare it with the original"
    for done in changed[:TOLD_SINGLY]:
        notes.warn(f"{matter}: {done.before_m2:,.0f} m² became {done.after_m2:,.0f} m²", done.number)
    for done in changed[TOLD_SINGLY:]:
        notes.warn(matter, done.number)


def _square_degree_m2(geometry: shapely.Geometry) -> float:
    """Square metres of a square degree where the geometry lies."""
    east, north = metres_per_degree(float(shapely.bounds(geometry)[[1, 3]].mean()))
    return east * north


def _reason(geometry: shapely.Geometry) -> str:
    return str(shapely.is_valid_reason(geometry)).split("[", maxsplit=1)[0].lower()


def _of_dimension(geometry: shapely.Geometry, dimension: int) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
