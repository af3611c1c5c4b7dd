"""A published layer in numbers: how much of each class there is, and where and how large each feature is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.feature_source import FeatureSource
from gis.metres import in_metres

_M2_IN_KM2 = 1_000_000.0
_M_IN_KM = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTotal:
    """How much of one class a layer has; areas and lengths are added up feature by feature, overlaps and all.

    ``area_km2`` is of its areas, ``length_km`` of its lines; None where it has none of these.
    """

    code: str
    features: int
    area_km2: float | None
    length_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSize:
    """Where a feature is, and how large: ``lon`` and ``lat`` (degrees, JGD2011) are a point on it, the point itself for
    points (``is_point``).
    """

    lon: float
    lat: float
    is_point: bool
    area_km2: float | None
    length_km: float | None


def class_totals(source: FeatureSource, plane_epsg: int) -> tuple[ClassTotal, ...]:
    """The classes a layer's features have, in the order they first come; measured in the plane zone, on the ground to
    1 part in 5 000 within it.

    Raises ValueError for a code that is no plane zone.
    """
    codes = np.array([str(value) for value in source.values("code")], dtype=object)
    areas, lengths = _measured(source.shapes, plane_epsg)
    found = []
    for code in dict.fromkeys(codes):
        own = codes == code
        found.append(
            ClassTotal(
                code=code,
                features=int(own.sum()),
                area_km2=_sum(areas[own]),
                length_km=_sum(lengths[own]),
            )
        )
    return tuple(found)


def feature_sizes(source: FeatureSource, positions: Sequence[int], plane_epsg: int) -> list[FeatureSize]:
    """Place and size of the features at these positions of the published order; raises as ``class_totals``."""
    shapes = source.shapes[np.asarray(positions, dtype=np.int64)]
    if not len(shapes):
        return []
    areas, lengths = _measured(shapes, plane_epsg)
    spots = shapely.get_coordinates(_spots(shapes))
    points = shapely.get_dimensions(shapes) == 0
    return [
        FeatureSize(
            lon=float(lon), lat=float(lat), is_point=bool(point), area_km2=_or_none(area), length_km=_or_none(length)
        )
        for (lon, lat), point, area, length in zip(spots, points, areas, lengths, strict=True)
    ]


def _measured(shapes: NDArray[np.object_], plane_epsg: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas in km² and lengths in km; not a number where a shape has none."""
    metres = in_metres(shapes, plane_epsg)
    dimensions = shapely.get_dimensions(metres)
    areas = np.where(dimensions == 2, shapely.area(metres) / _M2_IN_KM2, np.nan)
    return areas, np.where(dimensions == 1, shapely.length(metres) / _M_IN_KM, np.nan)


def _spots(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point of each shape: inside an area, on a line, the first of several points."""
    found: NDArray[np.object_] = shapely.point_on_surface(shapes)
    return found


def _sum(numbers: NDArray[np.float64]) -> float | None:
    known = numbers[~np.isnan(numbers)]
    return float(known.sum()) if known.size else None


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
