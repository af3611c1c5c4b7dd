"""The signature a layer shows where the shift between Tokyo Datum and JGD was forgotten, or made twice.

A file in Tokyo Datum read as JGD2011 lies some 300 m east and 325 m south of the truth in Tohoku, and nothing in the
file tells. But a layer made for a municipality runs along its boundary, or ends there, and does so better once it is
moved back. That is told, never corrected: which of the two is in the wrong system a person has to find out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.datum import Coordinates, jgd_to_tokyo, tokyo_to_jgd
from gis.metres import metres_per_degree

Geometries = NDArray[np.object_]
Move = Callable[[Coordinates], Coordinates]

ON_BOUNDARY_M = 25.0
"""So near a vertex lies on the boundary: the 9 m of the shift, and boundaries drawn on maps of 1 : 25 000."""
ALONG_BOUNDARY_M = 1000.0
"""Only vertices so near can tell whether a layer follows the boundary; twice the shift."""
MIN_ON_BOUNDARY = 15
MIN_SHARE_ON_BOUNDARY = 0.2
MIN_OUTSIDE = 8
CLEARLY = 5
"""How many times better the layer must fit once moved."""
MAX_SAMPLED = 5000

_MISTAKES: tuple[tuple[Move, str], ...] = (
    (tokyo_to_jgd, "as Tokyo Datum read as JGD2011 does"),
    (jgd_to_tokyo, "as JGD2011 shifted as if it were Tokyo Datum does"),
)


def datum_warning(geometries: Geometries, boundary: shapely.Geometry) -> str | None:
    """What to warn of where ``geometries`` fit ``boundary`` clearly better after a datum shift, else None.

    Both are in degrees, longitude first. Two signs count: vertices that come to lie on the boundary line, and features
    that come to lie inside it. A layer that shows neither (a few places in the middle of the town) tells nothing.
    """
    if shapely.is_empty(boundary):
        return None
    town = _Town(boundary)
    sampled = geometries[:: max(1, -(-len(geometries) // MAX_SAMPLED))]
    here = _Fit(town, sampled)
    for undo, mistake in _MISTAKES:
        if here.is_clearly_worse_than(_Fit(town, shapely.transform(sampled, undo))):
            return (
                f"lies {town.offset(undo)} of where it would fit the municipal boundary, {mistake}; "
                "check the system of both, nothing was moved"
            )
    return None


class _Town:
    """A boundary in metres of its own place."""

    def __init__(self, boundary: shapely.Geometry) -> None:
        self._middle = shapely.get_coordinates(shapely.centroid(boundary))
        self._scale = np.array(metres_per_degree(float(self._middle[0, 1])))
        area = shapely.transform(boundary, self.in_metres)
        self._line = shapely.STRtree(_segments(shapely.boundary(area)))
        self.ground = shapely.buffer(area, ON_BOUNDARY_M)
        shapely.prepare(self.ground)

    def in_metres(self, degrees: Coordinates) -> Coordinates:
        metres: Coordinates = (degrees - self._middle) * self._scale
        return metres

    def near_line(self, points: Geometries, metres: float) -> int:
        """How many of the points lie within so many metres of the boundary line."""
        return len(np.unique(self._line.query(points, predicate="dwithin", distance=metres)[0]))

    def offset(self, undo: Move) -> str:
        """How far off lies what ``undo`` corrects, in words."""
        east, north = (self.in_metres(self._middle) - self.in_metres(undo(self._middle)))[0]
        return f"{abs(east):.0f} m {'east' if east > 0 else 'west'} and {abs(north):.0f} m {'north' if north > 0 else 'south'}"


class _Fit:
    """How a layer lies to the boundary: vertices near the line and on it, features that reach outside."""

    def __init__(self, town: _Town, geometries: Geometries) -> None:
        in_metres = shapely.transform(geometries, town.in_metres)
        coordinates = shapely.get_coordinates(in_metres)
        vertices: Geometries = np.asarray(shapely.points(coordinates[:: max(1, -(-len(coordinates) // MAX_SAMPLED))]))
        self.on_line = town.near_line(vertices, ON_BOUNDARY_M)
        self.along = town.near_line(vertices, ALONG_BOUNDARY_M)
        self.outside = int(np.count_nonzero(~shapely.covers(town.ground, in_metres)))

    def is_clearly_worse_than(self, moved: _Fit) -> bool:
        """Whether the moved layer follows the line, or stays inside, clearly better."""
        follows = moved.on_line >= max(MIN_ON_BOUNDARY, CLEARLY * self.on_line, MIN_SHARE_ON_BOUNDARY * moved.along)
        inside = self.outside >= max(MIN_OUTSIDE, CLEARLY * moved.outside)
        return follows or inside


def _segments(line: shapely.Geometry) -> Geometries:
    """The straight pieces of all rings."""
    coordinates, ring = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    same = ring[1:] == ring[:-1]
    return np.asarray(shapely.linestrings(np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1)))
