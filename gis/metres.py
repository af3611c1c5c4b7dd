"""Degrees to metres and back, in the plane rectangular zone a site names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar, overload

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from gis.crs import LON_LAT

Points = NDArray[np.float64]
Shape = TypeVar("Shape", bound=shapely.Geometry)
Shapes = NDArray[np.object_]

# JGD2011 / Japan Plane Rectangular CS I to XIX.
PLANE_ZONES = range(6669, 6688)


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


@overload
def in_metres(shapes: Shape, plane_epsg: int) -> Shape: ...
@overload
def in_metres(shapes: Shapes, plane_epsg: int) -> Shapes: ...
def in_metres(shapes: shapely.Geometry | Shapes, plane_epsg: int) -> shapely.Geometry | Shapes:
    """Geometries given in degrees, in metres of the zone; raises as ``to_metres``."""
    return shapely.transform(shapes, _mover(to_metres(plane_epsg)))


@overload
def in_degrees(shapes: Shape, plane_epsg: int) -> Shape: ...
@overload
def in_degrees(shapes: Shapes, plane_epsg: int) -> Shapes: ...
def in_degrees(shapes: shapely.Geometry | Shapes, plane_epsg: int) -> shapely.Geometry | Shapes:
    """Geometries given in metres of the zone, in degrees; raises as ``to_metres``."""
    return shapely.transform(shapes, _mover(to_degrees(plane_epsg)))


def _mover(transformer: Transformer) -> Callable[[Points], Points]:
    return lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _require_zone(plane_epsg: int) -> None:
    if plane_epsg not in PLANE_ZONES:
        raise ValueError(f"EPSG:{plane_epsg} is not a JGD2011 plane zone ({PLANE_ZONES[0]} to {PLANE_ZONES[-1]})")
