"""Coordinate systems: stated, checked, never guessed."""

import pytest

from core.errors import LayerError
from gis import load_layer, to_degrees, to_metres

EAST_NORTH = (-36868.694, -154219.208)
LON_LAT = (140.41, 38.61)


def named(name: str) -> dict:
    return {"type": "name", "properties": {"name": name}}


@pytest.fixture
def plain(write, shapes):
    def make(coordinates, **members):
        lon, lat = coordinates
        road = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.001, lat]]}
        return write(shapes.feature(road, {"id": "1", "class": "1"}), **members)

    return make


def first_point(loaded):
    return loaded.frame.geometry.iloc[0].coords[0]


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:EPSG::6678", "EPSG:6678", "http://www.opengis.net/def/crs/EPSG/0/6678"]
)
def test_a_crs_member_is_honoured_and_recorded(make_layer, town, plain, name):
    loaded = load_layer(make_layer("roads", plain(EAST_NORTH, crs=named(name))), town)
    assert first_point(loaded) == pytest.approx(LON_LAT, abs=1e-6)
    assert (loaded.report.crs, loaded.report.crs_from) == ("EPSG:6678", "crs member of the file")
    assert loaded.frame.crs.to_epsg() == 6668


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "EPSG:6668", "EPSG:6697"])
def test_degrees_stay_as_they_are_longitude_first(make_layer, town, plain, name):
    loaded = load_layer(make_layer("roads", plain(LON_LAT, crs=named(name))), town)
    assert first_point(loaded) == LON_LAT
    assert loaded.report.warnings == ()


def test_the_layer_settings_state_what_the_file_does_not(make_layer, town, plain):
    loaded = load_layer(make_layer("roads", plain(EAST_NORTH), crs="EPSG:6678"), town)
    assert first_point(loaded) == pytest.approx(LON_LAT, abs=1e-6)
    assert (loaded.report.crs, loaded.report.crs_from) == ("EPSG:6678", "layer settings")


def test_a_null_crs_needs_a_statement(make_layer, town, plain):
    path = plain(LON_LAT, crs=None)
    with pytest.raises(LayerError, match="in no known system") as caught:
        load_layer(make_layer("roads", path), town)
    assert "crs = " in (caught.value.hint or "")
    assert load_layer(make_layer("roads", path, crs="EPSG:6668"), town).report.crs == "EPSG:6668"


def test_two_statements_must_agree(make_layer, town, plain):
    with pytest.raises(LayerError, match="crs member says EPSG:6678, the layer's settings say EPSG:6677"):
        load_layer(make_layer("roads", plain(EAST_NORTH, crs=named("EPSG:6678")), crs="EPSG:6677"), town)
    path = plain(LON_LAT, crs=named("urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert load_layer(make_layer("roads", path, crs="EPSG:6668"), town).report.crs_from == "crs member of the file"


def test_the_wrong_zone_is_noticed(make_layer, town, plain):
    with pytest.raises(LayerError, match="lies far outside the site") as caught:
        load_layer(make_layer("roads", plain(EAST_NORTH), crs="EPSG:6676"), town)
    assert "EPSG:6676 (layer settings)" in (caught.value.hint or "")


def test_metres_beyond_any_zone_are_refused(make_layer, town, plain):
    with pytest.raises(LayerError, match="feature 1"):
        load_layer(make_layer("roads", plain((1e30, 1e30)), crs="EPSG:6678"), town)


@pytest.mark.parametrize("code", ["EPSG:4301", "EPSG:30170"])
def test_tokyo_datum_is_refused(make_layer, town, plain, code):
    with pytest.raises(LayerError, match="is not on WGS 84, JGD2011 or JGD2000") as caught:
        load_layer(make_layer("roads", plain(LON_LAT), crs=code), town)
    assert "450 m" in (caught.value.hint or "")


@pytest.mark.parametrize(("code", "coordinates"), [("EPSG:4612", LON_LAT), ("EPSG:2452", EAST_NORTH)])
def test_jgd2000_is_taken_with_a_warning(make_layer, town, plain, code, coordinates):
    loaded = load_layer(make_layer("roads", plain(coordinates), crs=code), town)
    assert first_point(loaded) == pytest.approx(LON_LAT, abs=1e-6)
    assert loaded.report.warnings == ("JGD2000 taken as JGD2011 without a shift: up to some metres off in Tohoku",)


@pytest.mark.parametrize(
    "crs", [{"type": "link", "properties": {"href": "http://127.0.0.1/crs"}}, "EPSG:6668", 6668, {"type": "name"}]
)
def test_a_crs_member_that_names_nothing_is_refused(make_layer, town, plain, crs):
    with pytest.raises(LayerError, match="crs member names no system"):
        load_layer(make_layer("roads", plain(LON_LAT, crs=crs)), town)


@pytest.mark.parametrize("name", ["EPSG:999999", "JGD2011", "", "EPSG:5776"])
def test_an_unknown_or_vertical_system_is_refused(make_layer, town, plain, name):
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("roads", plain(LON_LAT, crs=named(name))), town)
    assert caught.value.hint


def test_metres_are_east_first_and_come_back():
    east, north = to_metres(6678).transform(*LON_LAT)
    assert (east, north) == pytest.approx(EAST_NORTH, abs=0.001)
    assert to_degrees(6678).transform(east, north) == pytest.approx(LON_LAT, abs=1e-9)
    assert to_metres(6678).transform(140.8333333333, 40.0) == pytest.approx((0, 0), abs=0.001)


@pytest.mark.parametrize("code", [4326, 6668, 6688, 30170])
def test_only_plane_zones_give_metres(code):
    with pytest.raises(ValueError, match="is not a JGD2011 plane zone"):
        to_metres(code)
