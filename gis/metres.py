"""Degrees to metres and back, in the plane rectangular zone a site names."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from gis.crs import LON_LAT

Points = NDArray[np.float64]
Shapes = TypeVar("Shapes", bound=shapely.Geometry | NDArray[np.object_])

# JGD2011 / Japan Plane Rectangular CS I to XIX.
PLANE_ZONES = range(6669, 6688)

_GRS80 = Geod(ellps="GRS80")


@cache
def to_metres(plane_epsg: int) -> Transformer:
    """The way from longitude, latitude to (east, north) metres of the zone, axes in that order.

    EPSG lists the zones north first; ``always_xy`` is set so that x is always east. Raises ValueError for
    a code that is no JGD2011 plane zone.
    """
    _require_zone(plane_epsg)
    return Transformer.from_crs(LON_LAT, plane_epsg, always_xy=True)


@cache
def to_degrees(plane_epsg: int) -> Transformer:
    """The way from (east, north) metres of the zone to longitude, latitude; raises as ``to_metres``."""
    _require_zone(plane_epsg)
    return Transformer.from_crs(plane_epsg, LON_LAT, always_xy=True)


def in_metres(shapes: Shapes, plane_epsg: int) -> Shapes:
    """Geometries given in degrees, one or an array, in metres of the zone; raises as ``to_metres``."""
    return shapely.transform(shapes, _mover(to_metres(plane_epsg)))  # type: ignore[type-var]


def in_degrees(shapes: Shapes, plane_epsg: int) -> Shapes:
    """Geometries given in metres of the zone, one or an array, in degrees; raises as ``to_metres``."""
    return shapely.transform(shapes, _mover(to_degrees(plane_epsg)))  # type: ignore[type-var]


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Metres east of one degree of longitude and metres north of one of latitude there, on the ellipsoid GRS 80.

    Good to some 0.1 % over a municipality: for sizes in reports, where the plane zone is not known.
    """
    sine = math.sin(math.radians(latitude))
    flattened = 1 - _GRS80.es * sine * sine
    across = _GRS80.a / math.sqrt(flattened) * math.cos(math.radians(latitude))
    along = _GRS80.a * (1 - _GRS80.es) / flattened**1.5
    return math.radians(across), math.radians(along)


def _mover(transformer: Transformer) -> Callable[[Points], Points]:
    return lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _require_zone(plane_epsg: int) -> None:
    if plane_epsg not in PLANE_ZONES:
        raise ValueError(f"EPSG:{plane_epsg} is not a JGD2011 plane zone ({PLANE_ZONES[0]} to {PLANE_ZONES[-1]})")
