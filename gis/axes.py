"""The coordinate systems features are handed out in, each with the order of axes its authority defines.

Published layers are in degrees, longitude first. WGS 84 and JGD2011 degrees are the same for our purpose (``gis/crs.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from gis.metres import to_degrees, to_metres

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_BOX_POINTS = 16
_FARTHEST_M = 4.1e7  # a little more than once around the Earth

Points = NDArray[np.float64]
Move = Callable[[Points], Points]


@dataclass(frozen=True, slots=True)
class Axes:
    """One system: its URI, the way from longitude, latitude to its coordinates in their own order, and back.

    ``decimals`` is how many are written: 0.1 mm of metres, seven of degrees (about 1 cm).
    """

    uri: str
    forward: Move
    backward: Move
    decimals: int
    geographic: bool = True

    def of_point(self, lon: float, lat: float) -> list[float]:
        """One place, given in degrees, in the system's coordinates, rounded to its decimals."""
        return [round(float(number), self.decimals) for number in self.forward(np.array([[lon, lat]]))[0]]


def offered(plane_epsg: int) -> dict[str, Axes]:
    """By URI: CRS84, EPSG:4326 and 6668 (latitude first), 3857 (east first), the plane zone (north first)."""
    systems = (
        Axes(CRS84, _unchanged, _unchanged, 7),
        Axes(f"{_EPSG}4326", _swapped, _swapped, 7),
        Axes(f"{_EPSG}6668", _swapped, _swapped, 7),
        Axes(f"{_EPSG}3857", _by(_mercator()[0]), _by(_mercator()[1]), 4, geographic=False),
        _plane(plane_epsg),
    )
    return {system.uri: system for system in systems}


def _plane(epsg: int) -> Axes:
    there, back = _by(to_metres(epsg)), _by(to_degrees(epsg))
    return Axes(
        f"{_EPSG}{epsg}",
        lambda points: _swapped(there(points)),
        lambda points: back(_swapped(points)),
        4,
        geographic=False,
    )


def moved(shapes: NDArray[np.object_], axes: Axes) -> NDArray[np.object_]:
    """The geometries (degrees, longitude first) in the system's coordinates, rounded to its decimals."""
    found: NDArray[np.object_] = shapely.transform(shapes, lambda points: np.round(axes.forward(points), axes.decimals))
    return found


def box_in_degrees(corners: tuple[float, float, float, float], axes: Axes) -> shapely.Geometry | None:
    """The box (first low, second low, first high, second high, in the system's axes) in degrees, longitude first.

    The sides of a box in metres are curves in degrees, so they are given points in between. None where the box lies
    outside what the system can say.
    """
    if max(abs(number) for number in corners) > _FARTHEST_M:
        return None
    box = shapely.box(*corners)
    if not axes.geographic:
        longest = max(corners[2] - corners[0], corners[3] - corners[1])
        box = shapely.segmentize(box, max(longest / _BOX_POINTS, 1.0))
    found = shapely.transform(box, axes.backward)
    return found if np.isfinite(shapely.get_coordinates(found)).all() else None


def _unchanged(points: Points) -> Points:
    return points


def _swapped(points: Points) -> Points:
    return points[:, ::-1]


@cache
def _mercator() -> tuple[Transformer, Transformer]:
    return (
        Transformer.from_crs(4326, 3857, always_xy=True),
        Transformer.from_crs(3857, 4326, always_xy=True),
    )


def _by(transformer: Transformer) -> Move:
    return lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def touches(lon: float, lat: float, area: shapely.Geometry) -> bool:
    """Whether a place in degrees lies in an area in degrees, or on its edge."""
    return bool(shapely.intersects_xy(area, lon, lat))
