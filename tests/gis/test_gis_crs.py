"""Coordinate systems: stated, checked, never guessed."""

import numpy as np
import pytest
from pyproj import CRS, Transformer

from core.errors import LayerError
from core.model import Bounds
from gis import load_layer, to_degrees, to_metres
from gis.datum import jgd_to_tokyo, tokyo_to_jgd
from gis.metres import metres_per_degree

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


@pytest.mark.parametrize(("code", "coordinates"), [("EPSG:4301", LON_LAT), ("EPSG:30170", EAST_NORTH)])
def test_tokyo_datum_is_shifted_and_the_warning_says_how_well(make_layer, town, plain, code, coordinates):
    loaded = load_layer(make_layer("roads", plain(coordinates), crs=code), town)
    own = Transformer.from_crs(code, "EPSG:4301", always_xy=True).transform(*coordinates)
    lat, lon = Transformer.from_pipeline("EPSG:15483").transform(own[1], own[0])  # the register's way, latitude first
    assert first_point(loaded) == pytest.approx((lon, lat), abs=1e-6)
    assert (loaded.report.crs, loaded.report.crs_from) == (code, "layer settings")
    (warning,) = loaded.report.warnings
    assert warning.startswith("Tokyo Datum shifted to JGD2011 by three parameters for all Japan (EPSG:15483): good to")
    assert f"{Transformer.from_pipeline('EPSG:15483').accuracy:.0f} m" in warning


def test_tokyo_datum_and_back():
    there = tokyo_to_jgd(np.array([LON_LAT]))
    east, north = ((there - LON_LAT) * metres_per_degree(38.61))[0]
    assert (east, north) == pytest.approx((-298, 325), abs=2)
    assert jgd_to_tokyo(there)[0] == pytest.approx(LON_LAT, abs=1e-6)


@pytest.mark.parametrize(("first", "datum"), [(6669, "JGD2011"), (2443, "JGD2000"), (30161, "Tokyo")])
@pytest.mark.parametrize("zone", range(19))
def test_every_plane_zone_is_taken_east_first(make_layer, plain, first, datum, zone):
    """One kilometre east and two north of the zone's origin, wherever that is."""
    code = first + zone
    lon, lat = Transformer.from_crs(code, CRS(code).geodetic_crs, always_xy=True).transform(1000, 2000)
    around = Bounds(lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1)
    origin = Transformer.from_crs(code, CRS(code).geodetic_crs, always_xy=True).transform(0, 0)
    road = load_layer(make_layer("roads", plain((1000, 2000), crs=named(f"EPSG:{code}"))), around)
    shift = (0.004, 0.005) if datum == "Tokyo" else (0, 0)
    assert first_point(road) == pytest.approx((lon, lat), abs=max(*shift, 1e-6))
    east, north = (np.array((lon, lat)) - origin) * metres_per_degree(lat)
    assert (east, north) == pytest.approx((1000, 2000), rel=0.01)
    assert (road.report.warnings == ()) == (datum == "JGD2011")


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
