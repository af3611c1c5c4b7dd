"""Polygons and circles of CAP: ``latitude,longitude`` pairs in WGS 84 degrees."""

from __future__ import annotations

import math
import re

from core.model import Bounds, Position

_PAIR = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)", re.ASCII)
_RADIUS = re.compile(r"\d{1,5}(?:\.\d{1,12})?", re.ASCII)
_CORNERS = 16
_KM_PER_DEGREE = 111.32
"""Length of a degree of latitude (mean), and of longitude at the equator."""


def polygon_around(centre: Position, radius_km: float, within: Bounds) -> str | None:
    """A closed polygon of a circle's shape about a place, cut at the edges of a box; None where the place lies outside of it."""
    if not within.contains(centre.lon, centre.lat):
        return None
    lat_deg = radius_km / _KM_PER_DEGREE
    lon_deg = lat_deg / math.cos(math.radians(centre.lat))
    corners = []
    for corner in range(_CORNERS):
        angle = 2 * math.pi * corner / _CORNERS
        lon = min(max(centre.lon + lon_deg * math.sin(angle), within.west), within.east)
        lat = min(max(centre.lat + lat_deg * math.cos(angle), within.south), within.north)
        corners.append(f"{lat:.5f},{lon:.5f}")
    ring = [pair for pair, before in zip(corners, [corners[-1], *corners[:-1]], strict=True) if pair != before]
    return " ".join([*ring, ring[0]])


def points_of(polygon: str) -> list[tuple[float, float]]:
    """The (latitude, longitude) pairs of a polygon as written. Raises ValueError for anything else."""
    found = [_PAIR.fullmatch(pair) for pair in polygon.split()]
    if not found or not all(found):
        raise ValueError("not pairs of latitude,longitude")
    return [(float(pair[1]), float(pair[2])) for pair in found if pair is not None]


def circle_of(circle: str) -> tuple[float, float, float]:
    """Latitude, longitude and radius in kilometres of a circle as written. Raises ValueError for anything else."""
    pair, _, radius = circle.strip().partition(" ")
    found = _PAIR.fullmatch(pair)
    if found is None or not _RADIUS.fullmatch(radius.strip()):
        raise ValueError("not latitude,longitude and a radius")
    return float(found[1]), float(found[2]), float(radius)


def mistakes_of_polygon(polygon: str, service_area: Bounds | None) -> list[str]:
    """What is wrong with a polygon: not closed, too few corners, not on the earth, outside of the service area."""
    try:
        points = points_of(polygon)
    except ValueError as error:
        return [f"polygon {polygon[:60]!r}: {error}"]
    mistakes = []
    if len(points) < 4:
        mistakes.append("polygon: fewer than 4 points")
    if points[0] != points[-1]:
        mistakes.append("polygon: not closed")
    if len(set(points)) < 3:
        mistakes.append("polygon: no area")
    return mistakes + [
        f"polygon: {reason}" for reason in dict.fromkeys(_misplaced(point, service_area) for point in points) if reason
    ]


def mistakes_of_circle(circle: str, service_area: Bounds | None) -> list[str]:
    """What is wrong with a circle: its form, its centre."""
    try:
        lat, lon, _ = circle_of(circle)
    except ValueError as error:
        return [f"circle {circle[:60]!r}: {error}"]
    reason = _misplaced((lat, lon), service_area)
    return [f"circle: {reason}"] if reason else []


def _misplaced(point: tuple[float, float], service_area: Bounds | None) -> str:
    lat, lon = point
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return "not on the earth (the order is latitude,longitude)"
    if service_area is None or service_area.contains(lon, lat):
        return ""
    swapped = service_area.contains(lat, lon)
    return "latitude and longitude are exchanged" if swapped else "outside of the service area"
