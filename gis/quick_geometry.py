"""Building a whole layer at once where nothing about it is odd; anything odd is left to the strict way, which names it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from gis.geojson import RawFeature

Geometries = NDArray[np.object_]
Offsets = NDArray[np.int64]

_TYPES = {
    "Point": (GeometryType.POINT, 0),
    "LineString": (GeometryType.LINESTRING, 1),
    "MultiPoint": (GeometryType.MULTIPOINT, 1),
    "Polygon": (GeometryType.POLYGON, 2),
    "MultiLineString": (GeometryType.MULTILINESTRING, 2),
    "MultiPolygon": (GeometryType.MULTIPOLYGON, 3),
}
"""Type and levels of lists around a position, by GeoJSON name."""

_SHORTEST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
_RINGED = frozenset({"Polygon", "MultiPolygon"})


def build_at_once(features: Sequence[RawFeature], types: frozenset[str], max_vertices: int) -> Geometries | None:
    """The geometries of ``features`` in two dimensions, or None where any of them is not plainly right.

    Plainly right is: a type among ``types``, lists of the right depth with pairs of finite numbers, closed rings of
    four positions or more, lines of two or more, and no more than ``max_vertices`` in all.
    """
    coordinates: dict[str, list[Any]] = {}
    places: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        name = feature.geometry.get("type") if feature.geometry else None
        if not isinstance(name, str) or name not in types or name not in _TYPES:
            return None
        coordinates.setdefault(name, []).append(feature.geometry and feature.geometry.get("coordinates"))
        places.setdefault(name, []).append(place)
    built = np.empty(len(features), dtype=object)
    for name, lists in coordinates.items():
        made = _of_one_type(name, lists, max_vertices)
        if made is None:
            return None
        built[places[name]] = made
    return built


def _of_one_type(name: str, lists: list[Any], max_vertices: int) -> Geometries | None:
    kind, depth = _TYPES[name]
    offsets: list[Offsets] = []
    for _ in range(depth):
        if set(map(type, lists)) != {list}:
            return None
        lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
        if not lengths.all():
            return None
        offsets.insert(0, np.concatenate([[0], np.cumsum(lengths)]))
        lists = list(chain.from_iterable(lists))
    positions = _positions(lists, max_vertices)
    if positions is None or not _sound(name, positions, offsets):
        return None
    if not offsets:
        return np.asarray(shapely.points(positions))
    return np.asarray(shapely.from_ragged_array(kind, positions, tuple(offsets)))


def _positions(pairs: list[Any], max_vertices: int) -> NDArray[np.float64] | None:
    """Rows of two finite numbers."""
    if len(pairs) > max_vertices or set(map(type, pairs)) != {list} or set(map(len, pairs)) != {2}:
        return None
    numbers = list(chain.from_iterable(pairs))
    if not set(map(type, numbers)) <= {int, float}:  # a truth value is neither
        return None
    try:
        positions = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return positions if np.isfinite(positions).all() else None


def _sound(name: str, positions: NDArray[np.float64], offsets: list[Offsets]) -> bool:
    """Whether lines and rings are long enough and rings closed; the innermost offsets are theirs."""
    if name not in _SHORTEST:
        return True
    starts, ends = offsets[0][:-1], offsets[0][1:]
    if (ends - starts).min() < _SHORTEST[name]:
        return False
    return name not in _RINGED or bool((positions[starts] == positions[ends - 1]).all())
