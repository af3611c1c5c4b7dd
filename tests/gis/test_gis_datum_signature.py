"""A layer that lies off the municipal boundary as a forgotten datum shift puts it is told; no real layer is suspected."""

import json

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping, shape

from core.model import Bounds
from gis import check_layers, load_layer, publish_layers
from gis.datum import jgd_to_tokyo, tokyo_to_jgd
from gis.datum_signature import datum_warning

BOX = Bounds(139.9, 37.0, 140.9, 39.0)
TOWNS = {"06212": "062120", "06321": "063215", "06367": "063673", "06381": "063819", "07522": "075221"}


@pytest.fixture
def boundary_of(data):
    def read(code):
        document = json.loads((data / f"boundary-{code}.json").read_text(encoding="utf-8"))
        return shapely.union_all([shape(feature["geometry"]) for feature in document["features"]])

    return read


def as_array(*shapes):
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize("code", TOWNS)
def test_real_boundaries_and_shelters_are_not_suspected(data, make_layer, boundary_of, code):
    boundary = boundary_of(code)
    assert datum_warning(as_array(boundary), boundary) is None
    for name in ("emergency", "evacuation"):
        path = data / f"{name}-{TOWNS[code]}.json"
        warnings = load_layer(make_layer("shelters", path), BOX, boundary).report.warnings
        assert not [line for line in warnings if "municipal boundary" in line]


@pytest.mark.parametrize("code", TOWNS)
def test_a_boundary_read_in_the_wrong_datum_is_told(boundary_of, code):
    boundary = boundary_of(code)
    warning = datum_warning(as_array(shapely.transform(boundary, jgd_to_tokyo)), boundary)
    assert warning is not None
    assert "m east and 3" in warning
    assert "as Tokyo Datum read as JGD2011 does; check the system of both, nothing was moved" in warning


def test_a_shift_made_twice_is_told_the_other_way_round(boundary_of):
    boundary = boundary_of("06212")
    warning = datum_warning(as_array(shapely.transform(boundary, tokyo_to_jgd)), boundary)
    assert warning is not None
    assert warning.startswith(
        "lies 298 m west and 325 m north of where it would fit the municipal boundary, as JGD2011"
    )


def test_places_all_over_the_town_are_told_by_those_that_fall_out_of_it(boundary_of):
    boundary = boundary_of("06321")
    grid = shapely.points([(140.25 + n % 40 * 0.0025, 38.37 + n // 40 * 0.0025) for n in range(1600)])
    inside = grid[shapely.covers(boundary, grid)]
    assert datum_warning(inside, boundary) is None
    assert datum_warning(shapely.transform(inside, jgd_to_tokyo), boundary) is not None


def test_a_few_places_in_the_middle_tell_nothing(boundary_of):
    boundary = boundary_of("06212")
    middle = as_array(shapely.Point(140.41, 38.61), shapely.Point(140.42, 38.60))
    assert datum_warning(shapely.transform(middle, jgd_to_tokyo), boundary) is None
    assert datum_warning(middle, shapely.Polygon()) is None


def test_publishing_compares_with_the_site_s_own_boundary_and_moves_nothing(
    data, make_site, make_layer, write, shapes, boundary_of, tmp_path
):
    moved = shapely.transform(boundary_of("06212"), jgd_to_tokyo)
    flood = write(shapes.feature(mapping(moved), {"A31a_202": "川", "A31a_205": 1}), name="flood.geojson")
    site = make_site(tmp_path, make_layer("flood_depth", flood), make_layer("boundary", data / "boundary-06212.json"))
    boundary, layer = publish_layers(site, tmp_path / "layers")
    assert boundary.report.warnings == ()
    assert any(line.startswith("lies 298 m east and 325 m south") for line in layer.report.warnings)
    assert layer.bounds.west == pytest.approx(moved.bounds[0], abs=1e-5)


def test_checking_a_site_tells_what_publishing_it_would_tell(
    data, make_site, make_layer, write, shapes, boundary_of, tmp_path
):
    moved = shapely.transform(boundary_of("06212"), jgd_to_tokyo)
    flood = write(shapes.feature(mapping(moved), {"A31a_202": "川", "A31a_205": 1}), name="flood.geojson")
    site = make_site(tmp_path, make_layer("flood_depth", flood), make_layer("boundary", data / "boundary-06212.json"))
    layer, boundary = check_layers(site)
    assert boundary.report.warnings == ()
    assert any(line.startswith("lies 298 m east and 325 m south") for line in layer.report.warnings)
