"""The piece of ground a printed sheet shows, and where things lie on the paper.

Paper is measured in tenths of a millimetre from the upper left corner of the map, x to the right, y downwards. The ground is
that of the site's plane rectangular zone, so lengths on paper are lengths on the ground: the zone's own factor (0.9999 at
its middle, 1.0001 some 130 km beside it) is far below what can be measured on a sheet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from core.model import Bounds
from gis.metres import in_degrees, in_metres

UNITS_PER_MM = 10
_STEPS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5)
SCALES = tuple(round(step * 10**power) for power in range(3, 7) for step in _STEPS)
"""The scales a sheet may have, 1 : n; from a few houses to several prefectures."""

_GRATICULE_MINUTES = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
_GRATICULE_APART = 350  # tenths of a millimetre, at the least
_EDGE_POINTS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the map of a sheet shows: 1 : ``scale``, its upper left corner in metres of the zone, its size on paper."""

    plane_epsg: int
    west_m: float
    north_m: float
    scale: int
    width: int
    height: int

    @property
    def metres_per_unit(self) -> float:
        """Metres on the ground of a tenth of a millimetre on paper."""
        return self.scale / 1000 / UNITS_PER_MM

    def on_paper(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Geometries given in degrees, in tenths of a millimetre on paper, y downwards; nothing is cut off."""
        corner, unit = np.array([self.west_m, self.north_m]), self.metres_per_unit
        placed: NDArray[np.object_] = shapely.transform(
            in_metres(shapes, self.plane_epsg), lambda metres: (metres - corner) / unit * (1, -1)
        )
        return placed

    def place(self, lon: float, lat: float) -> tuple[float, float] | None:
        """Where a point given in degrees lies on paper; None where the sheet does not show it."""
        spot = self.on_paper(np.array([shapely.Point(lon, lat)]))[0]
        inside = 0 <= spot.x <= self.width and 0 <= spot.y <= self.height
        return (spot.x, spot.y) if inside else None

    @property
    def bounds(self) -> Bounds:
        """The least box in degrees that holds all the sheet shows."""
        width, height = self.width * self.metres_per_unit, self.height * self.metres_per_unit
        box = shapely.box(self.west_m, self.north_m - height, self.west_m + width, self.north_m)
        return Bounds(*in_degrees(_with_more_points(box), self.plane_epsg).bounds)

    @property
    def north_turned_deg(self) -> float:
        """By how many degrees, clockwise, true north is turned against the upper edge in the middle of the map."""
        box = self.bounds
        lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
        here, there = self.on_paper(np.array([shapely.Point(lon, lat), shapely.Point(lon, lat + 0.01)]))
        return math.degrees(math.atan2(there.x - here.x, here.y - there.y))


@dataclass(frozen=True, slots=True)
class GraticuleLine:
    """A meridian (``upright``) or parallel at ``degrees``, from end to end on paper."""

    upright: bool
    degrees: float
    points: tuple[tuple[float, float], ...]


def frame_of(bounds: Bounds, plane_epsg: int, width_mm: float, height_mm: float) -> Frame:
    """The sheet that shows all of ``bounds`` in its middle, at the largest usual scale that has room for it.

    What is larger than the smallest scale has room for is shown in part. Raises ValueError as ``in_metres``.
    """
    box = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
    west, south, east, north = in_metres(_with_more_points(box), plane_epsg).bounds
    needed = max((east - west) / width_mm, (north - south) / height_mm) * 1000
    scale = next((usual for usual in SCALES if usual >= needed), SCALES[-1])
    return Frame(
        plane_epsg=plane_epsg,
        west_m=round((west + east) / 2 - width_mm / 2000 * scale, 1),
        north_m=round((south + north) / 2 + height_mm / 2000 * scale, 1),
        scale=scale,
        width=round(width_mm * UNITS_PER_MM),
        height=round(height_mm * UNITS_PER_MM),
    )


def graticule(frame: Frame) -> list[GraticuleLine]:
    """Meridians, then parallels, of whole parts of a degree, so far apart that their names have room."""
    box = frame.bounds
    return [
        *_lines(frame, box.west, box.east, box.south, box.north, upright=True),
        *_lines(frame, box.south, box.north, box.west, box.east, upright=False),
    ]


def _lines(frame: Frame, low: float, high: float, start: float, end: float, *, upright: bool) -> list[GraticuleLine]:
    across = frame.width if upright else frame.height
    step = next(
        (m / 60 for m in _GRATICULE_MINUTES if across / max((high - low) * 60 / m, 1e-9) >= _GRATICULE_APART),
        _GRATICULE_MINUTES[-1] / 60,
    )
    along = np.linspace(start, end, _EDGE_POINTS)
    found = []
    for number in range(math.ceil(low / step), math.floor(high / step) + 1):
        degrees = number * step
        fixed = np.full(_EDGE_POINTS, degrees)
        line = shapely.linestrings(np.column_stack([fixed, along] if upright else [along, fixed]))
        drawn = shapely.clip_by_rect(frame.on_paper(np.array([line]))[0], 0, 0, frame.width, frame.height)
        if drawn.geom_type == "LineString" and not drawn.is_empty:
            points = tuple((round(float(x), 1), round(float(y), 1)) for x, y in shapely.get_coordinates(drawn))
            found.append(GraticuleLine(upright, degrees, points))
    return found


def _with_more_points(box: shapely.Polygon) -> shapely.Polygon:
    """The box with points along its edges, which are bent in another system."""
    longest = max(box.bounds[2] - box.bounds[0], box.bounds[3] - box.bounds[1])
    return shapely.segmentize(box, longest / _EDGE_POINTS) if longest > 0 else box
