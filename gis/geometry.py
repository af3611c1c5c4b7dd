"""From GeoJSON geometry to shapely: built strictly, tidied for publishing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from config.model import LayerConfig
from core.errors import LayerError
from gis.abreast import abreast
from gis.faults import feature_refusal
from gis.geojson import RawFeature
from gis.quick_geometry import build_at_once
from gis.report import Notes

DECIMALS = 6
"""Of a degree when published: about 0.1 m."""
MAX_VERTICES = 2_000_000

Geometries = NDArray[np.object_]

_EXPORT = "correct the feature in a GIS desktop and export the layer anew"


def build(layer: LayerConfig, features: Sequence[RawFeature], types: frozenset[str], notes: Notes) -> Geometries:
    """Two-dimensional shapely geometries of ``features``, still in the source's system.

    Raises LayerError with the feature's number for a type not in ``types``, a coordinate that is no
    finite number, a ring or line with too few points, or more than MAX_VERTICES vertices in all.
    """
    at_once = build_at_once(features, types, MAX_VERTICES)
    if at_once is not None:
        return at_once
    built: list[shapely.Geometry] = []
    vertices = 0
    for feature in features:
        built.append(_one(layer, feature, types, notes))
        vertices += int(shapely.get_num_coordinates(built[-1]))
        if vertices > MAX_VERTICES:
            raise feature_refusal(
                layer,
                feature.number,
                f"more than {MAX_VERTICES:,} vertices up to here",
                hint="simplify the layer, or cut it to the municipality, before importing",
            )
    return np.array(built, dtype=object)


def _one(layer: LayerConfig, feature: RawFeature, types: frozenset[str], notes: Notes) -> shapely.Geometry:
    geometry = feature.geometry
    assert geometry is not None, "features without geometry are set aside before"
    name = str(geometry.get("type"))
    if name not in types:
        raise feature_refusal(
            layer,
            feature.number,
            f"is a {name}; a layer of kind {layer.kind} takes {', '.join(sorted(types))}",
            hint="take the other features out, or correct `kind`",
        )
    for position in _positions(layer, feature.number, geometry.get("coordinates")):
        _require_numbers(layer, feature.number, position)
        if len(position) > 2:
            notes.matters.setdefault("heights are left out, the map is flat", [])
    try:
        built = shapely.force_2d(shape(dict(geometry)))
    except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError) as error:
        raise feature_refusal(layer, feature.number, f"its geometry cannot be built: {error}", hint=_EXPORT) from error
    _note_open_rings(feature.number, geometry, notes)
    return built


def _positions(layer: LayerConfig, number: int, coordinates: object, depth: int = 1) -> Iterator[list[object]]:
    """Each innermost list; a MultiPolygon has four levels of lists, nothing has more."""
    if not isinstance(coordinates, list) or not coordinates or depth > 4:
        raise _no_list(layer, number)
    if isinstance(coordinates[0], list):
        for part in coordinates:
            yield from _positions(layer, number, part, depth + 1)
    else:
        yield coordinates


def _no_list(layer: LayerConfig, number: int) -> LayerError:
    return feature_refusal(layer, number, "its coordinates are not lists of numbers", hint=_EXPORT)


def _require_numbers(layer: LayerConfig, number: int, position: list[object]) -> None:
    plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in position)
    if not plain or len(position) < 2:
        raise _no_list(layer, number)
    try:
        finite = all(math.isfinite(value) for value in position)  # type: ignore[arg-type]
    except OverflowError:  # an integer of hundreds of digits
        finite = False
    if not finite:
        raise feature_refusal(layer, number, "a coordinate is not a finite number (NaN or infinity)", hint=_EXPORT)


def _note_open_rings(number: int, geometry: Mapping[str, Any], notes: Notes) -> None:
    if geometry["type"] not in {"Polygon", "MultiPolygon"}:
        return
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    if any(isinstance(ring[0], list) and ring[0] != ring[-1] for polygon in polygons for ring in polygon):
        notes.warn("a ring was not closed, closed", number)
        notes.repaired.add(number)


def tidy(geometries: Geometries) -> Geometries:
    """Rounded to DECIMALS of a degree, still valid, outer rings counter-clockwise (RFC 7946)."""
    polygonal = shapely.get_dimensions(geometries) == 2
    rounded = shapely.transform(geometries, lambda coordinates: np.round(coordinates, DECIMALS))
    # Rounding point by point keeps borders that neighbours share; only what it breaks is snapped as a whole.
    broken = polygonal & ~abreast(shapely.is_valid, rounded)
    rounded[broken] = shapely.set_precision(geometries[broken], 10**-DECIMALS)
    doubled = _with_repeated_points(rounded)
    rounded[doubled] = shapely.remove_repeated_points(rounded[doubled])
    return shapely.orient_polygons(rounded, exterior_cw=False)


def _with_repeated_points(geometries: Geometries) -> NDArray[np.int64]:
    """Which of them have a vertex that equals the one before it."""
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    same = (coordinates[1:] == coordinates[:-1]).all(axis=1) & (owner[1:] == owner[:-1])
    return np.unique(owner[1:][same])
