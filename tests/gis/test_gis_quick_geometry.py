"""The quick way builds what the strict way builds, and leaves everything odd to it."""

import pytest
import shapely
from shapely.geometry import shape

from gis.geojson import RawFeature
from gis.quick_geometry import build_at_once

SQUARE = [[140.4, 38.6], [140.5, 38.6], [140.5, 38.7], [140.4, 38.6]]
HOLE = [[140.45, 38.62], [140.46, 38.62], [140.46, 38.63], [140.45, 38.62]]
SOUND = [
    {"type": "Point", "coordinates": [140.4, 38]},
    {"type": "MultiPoint", "coordinates": [[140.4, 38.6], [140.5, 38.6]]},
    {"type": "LineString", "coordinates": [[140.4, 38.6], [140.5, 38.6]]},
    {"type": "MultiLineString", "coordinates": [[[140.4, 38.6], [140.5, 38.6]], SQUARE]},
    {"type": "Polygon", "coordinates": [SQUARE, HOLE]},
    {"type": "Polygon", "coordinates": [HOLE]},
    {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [HOLE]]},
    {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
]
TYPES = frozenset(geometry["type"] for geometry in SOUND)
FAR = 10**6


def features(*geometries):
    return [RawFeature(number, None, geometry, {}) for number, geometry in enumerate(geometries, 1)]


def test_every_type_in_its_place_as_the_strict_way_builds_it():
    built = build_at_once(features(*SOUND, *reversed(SOUND)), TYPES, FAR)
    assert built is not None
    expected = [shape(geometry) for geometry in (*SOUND, *reversed(SOUND))]
    assert [made.wkt for made in built] == [made.wkt for made in expected]
    assert shapely.get_type_id(built).tolist() == [shapely.get_type_id(made) for made in expected]


ODD = {
    "NaN": {"type": "Point", "coordinates": [float("nan"), 38.6]},
    "infinity": {"type": "Point", "coordinates": [140.4, float("inf")]},
    "400 digits": {"type": "Point", "coordinates": [10**400, 38.6]},
    "truth value": {"type": "Point", "coordinates": [True, 38.6]},
    "text": {"type": "Point", "coordinates": ["140.4", "38.6"]},
    "height": {"type": "Point", "coordinates": [140.4, 38.6, 70.0]},
    "one number": {"type": "Point", "coordinates": [140.4]},
    "too deep": {"type": "Point", "coordinates": [[140.4, 38.6]]},
    "too flat": {"type": "Polygon", "coordinates": SQUARE},
    "no list": {"type": "Polygon", "coordinates": {"0": SQUARE}},
    "open ring": {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
    "open hole": {"type": "Polygon", "coordinates": [SQUARE, [*HOLE[:-1], [140.451, 38.62]]]},
    "ring of three": {"type": "Polygon", "coordinates": [[SQUARE[0], SQUARE[1], SQUARE[0]]]},
    "line of one": {"type": "LineString", "coordinates": [[140.4, 38.6]]},
    "empty part": {"type": "MultiPolygon", "coordinates": [[SQUARE], []]},
    "empty ring": {"type": "Polygon", "coordinates": [SQUARE, []]},
    "unknown type": {"type": "Circle", "coordinates": [140.4, 38.6]},
    "type is a list": {"type": ["Point"], "coordinates": [140.4, 38.6]},
    "collection": {"type": "GeometryCollection", "geometries": []},
}


@pytest.mark.parametrize("name", ODD)
def test_anything_odd_is_left_to_the_strict_way(name):
    assert build_at_once(features(*SOUND, ODD[name]), TYPES, FAR) is None


def test_a_type_the_kind_does_not_take_and_too_many_vertices_are_left_too():
    assert build_at_once(features(*SOUND), TYPES - {"Point"}, FAR) is None
    assert build_at_once(features(*SOUND), TYPES, 3) is None
