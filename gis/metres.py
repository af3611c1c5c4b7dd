"""Degrees to metres and back, in the plane rectangular zone a site names."""

from __future__ import annotations

from functools import cache

from pyproj import Transformer

from gis.crs import LON_LAT

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


def _require_zone(plane_epsg: int) -> None:
    if plane_epsg not in PLANE_ZONES:
        raise ValueError(f"EPSG:{plane_epsg} is not a JGD2011 plane zone ({PLANE_ZONES[0]} to {PLANE_ZONES[-1]})")
