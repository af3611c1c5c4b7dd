"""Who is asked about a gauge: thermometers and neighbours by distance and elevation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from config import load_site
from core.model import Position, Station, StationId, StationKind
from ingest.quality import Needed, air_temperature_source, at_elevation, needed_by, neighbours_of
from ingest.quality.places import distance_km

EXAMPLE = Path(__file__).parents[3] / "config" / "example"
NORTH_10_KM = 10 / 111.195


@pytest.fixture(scope="module")
def site():
    return load_site(EXAMPLE)


def place(name, north_km=0.0, elevation=100.0):
    position = Position(140.4, 38.6 + north_km / 10 * NORTH_10_KM)
    return Station(
        id=StationId(name), kind=StationKind.SNOW, name_ja=name, name_en=name, position=position, elevation_m=elevation
    )


@pytest.fixture
def town(site, stream):
    def make(quantity, *stations, **limits):
        streams = tuple(replace(stream(quantity, **limits), station=station.id) for station in stations)
        return replace(site, stations=stations, datastreams=streams)

    return make


def test_distances():
    assert distance_km(Position(140.4, 38.6), Position(140.4, 38.6)) == 0
    assert distance_km(Position(140.4, 38.6), Position(140.4, 39.6)) == pytest.approx(111.195, abs=0.01)
    tokyo, yamagata = Position(139.7671, 35.6812), Position(140.3277, 38.2485)
    assert distance_km(tokyo, yamagata) == pytest.approx(289.7, rel=0.005)


def test_neighbours_are_near_and_as_high(town):
    stations = [
        place("own"), place("near", 3), place("far", 11), place("high", 2, 251.0), place("unknown", 1, None),
        place("at-the-limit", 9.9, 250.0),
    ]  # fmt: skip
    found = neighbours_of(made := town("snow_depth", *stations, neighbour_km=10), made.datastreams[0])
    assert [source.stream.station for source in found] == ["near", "at-the-limit"]
    assert [source.elevation_difference_m for source in found] == [0.0, 150.0]
    assert found[0].distance_km == pytest.approx(3, abs=0.01)


def test_no_neighbours_where_the_test_is_left_out(town):
    made = town("snow_depth", place("own"), place("near", 3))
    assert needed_by(made, made.datastreams[0]) == Needed()
    assert neighbours_of(made, made.datastreams[0]) == ()


def test_the_nearest_thermometer(town, stream):
    made = town("air_temperature", place("valley", 5, 80.0), place("hill", 4, None), place("abroad", 40))
    gauge = replace(stream("water_level", winter_jump=0.2), station=StationId("river"))
    here = replace(made, stations=(*made.stations, place("river", 0, 130.0)), datastreams=(*made.datastreams, gauge))
    source = air_temperature_source(here, gauge)
    assert (source.stream.station, source.elevation_difference_m) == ("hill", None)
    without = replace(here, datastreams=(made.datastreams[0], made.datastreams[2], gauge))
    source = air_temperature_source(without, gauge)
    assert (source.stream.station, source.elevation_difference_m) == ("valley", 50.0)
    assert air_temperature_source(replace(here, datastreams=(made.datastreams[2], gauge)), gauge) is None
    assert needed_by(here, gauge).air == air_temperature_source(here, gauge)
    assert needed_by(here, replace(gauge, limits=replace(gauge.limits, winter_jump=None))) == Needed()


def test_air_at_another_elevation(series):
    air = series([1.0, None, -2.0])
    np.testing.assert_allclose(at_elevation(air, 200.0).values, [-0.2, np.nan, -3.2])
    np.testing.assert_allclose(at_elevation(air, -100.0).values, [1.6, np.nan, -1.4])
    assert at_elevation(air, None) is air
    assert at_elevation(air, 0.0) is air


def test_what_the_example_town_asks(site):
    asked = {stream.key: needed_by(site, stream) for stream in site.datastreams}
    levels = {"water_level", "channel_level"}
    assert all((needed.air is not None) == (key.split("/")[1] in levels) for key, needed in asked.items())
    assert all(not needed.neighbours or key.endswith("snow_depth") for key, needed in asked.items())
    assert sum(len(needed.neighbours) >= 2 for needed in asked.values()) >= 3
