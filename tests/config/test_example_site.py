from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from config import check_site
from config.model import Site
from config.quality_limits import default_limits
from core.model import StationKind
from gis.demo_roads import road_text

FOLDER = Path(__file__).parents[2] / "config" / "example"
DATA = FOLDER / "layers" / "data"


@pytest.fixture(scope="module")
def site() -> Site:
    checked = check_site(FOLDER)
    assert checked.mistakes == []
    assert checked.warnings == []
    assert checked.site is not None
    return checked.site


@pytest.fixture(scope="module")
def town() -> shapely.Geometry:
    document = json.loads((DATA / "06212.json").read_text(encoding="utf-8"))
    return shapely.union_all([shape(feature["geometry"]) for feature in document["features"]])


def test_what_there_is(site: Site) -> None:
    kinds = Counter(station.kind for station in site.stations)
    assert kinds[StationKind.SNOW] >= 6
    assert kinds[StationKind.RIVER] == 3
    assert kinds[StationKind.CHANNEL] == 4
    assert kinds[StationKind.WEATHER] == 1
    assert len(site.vehicles) == 9
    assert {layer.kind for layer in site.layers} == {
        *("boundary", "rivers", "place_names", "roads", "closures", "shelters", "areas", "lines", "points"),
        *("flood_depth", "flood_duration", "house_collapse", "sediment", "hazard_sites", "population_mesh"),
    }
    assert len(site.shelter_facts) == 29
    assert {source.codec for source in site.sources} == {"yukimori", "chirpstack", "ttn", "owntracks"}
    assert {stream.model for stream in site.datastreams} == {None, "em500-udl", "em410-rdl"}
    assert {vehicle.model for vehicle in site.vehicles} == {None, "at101"}
    weather = {stream.quantity for stream in site.datastreams if stream.station == "weather-shiyakusho"}
    assert weather == {"air_temperature", "snowfall_1h"}


def test_two_channel_stations_share_a_line(site: Site) -> None:
    lines = Counter(station.river for station in site.stations if station.kind is StationKind.CHANNEL)
    assert max(lines.values()) == 2


def test_everything_made_up_says_so(site: Site) -> None:
    for thing in (*site.stations, *site.vehicles):
        assert thing.fictitious
        assert thing.name_ja.endswith("（架空）")
        assert thing.name_en.endswith("(fictitious)")
    real = {layer.id for layer in site.layers if not layer.fictitious}
    assert real == {"boundary", "place_names", "shelters_emergency", "shelters_evacuation"}
    for layer in site.layers:
        assert layer.title_ja.endswith("（架空）") == layer.fictitious
    assert all("架空" in fact.note_ja for fact in site.shelter_facts)
    assert "架空" in site.notice_ja


def test_distance_becomes_depth_by_mount_height(site: Site) -> None:
    measured = [
        stream for stream in site.datastreams if stream.model and stream.quantity in ("snow_depth", "channel_level")
    ]
    assert measured
    assert all(stream.mount_height_cm for stream in measured)


def test_limits_of_the_quality_tests_stand_in_a_file_of_their_own(site: Site) -> None:
    limits = {stream.key: stream.limits for stream in site.datastreams}
    assert limits["snow-ginzan/snow_depth"].suspect_max == 330
    steep, gentle = limits["river-oboroge/water_level"], limits["river-nyu-upper/water_level"]
    assert (steep.rise_per_h, steep.gap_after) == (5, timedelta(hours=1))
    assert gentle == default_limits("water_level", timedelta(minutes=10))


def test_stations_lie_in_the_town(site: Site, town: shapely.Geometry) -> None:
    outside = [s.id for s in site.stations if not town.contains(shapely.Point(s.position.lon, s.position.lat))]
    assert outside == []


def test_bounds_hold_the_town(site: Site, town: shapely.Geometry) -> None:
    assert shapely.box(site.bounds.west, site.bounds.south, site.bounds.east, site.bounds.north).contains(town)


def test_roads_are_what_the_generator_gives() -> None:
    assert (DATA / "roads.geojson").read_text(encoding="utf-8") == road_text()


def test_another_seed_gives_other_roads() -> None:
    assert road_text(1) != road_text(2)


def test_roads_lie_in_the_town_and_hang_together(town: shapely.Geometry) -> None:
    features = json.loads((DATA / "roads.geojson").read_text(encoding="utf-8"))["features"]
    ids = [feature["properties"]["id"] for feature in features]
    assert len(set(ids)) == len(ids)
    assert {feature["properties"]["class"] for feature in features} == {"1", "2", "3"}
    assert all("架空" in feature["properties"]["name"] for feature in features)
    lines = [shape(feature["geometry"]) for feature in features]
    assert all(town.contains(line) for line in lines)
    assert len(reachable(lines)) == len({end for line in lines for end in ends(line)})


def ends(line: shapely.LineString) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return line.coords[0], line.coords[-1]


def reachable(lines: list[shapely.LineString]) -> set[tuple[float, ...]]:
    """Every road end that can be driven to from the first, turning only where ends are exactly equal."""
    found = {lines[0].coords[0]}
    grown = True
    while grown:
        more = {end for line in lines if found & set(ends(line)) for end in ends(line)}
        grown = not more <= found
        found |= more
    return found


def test_ploughs_have_a_plan(site: Site) -> None:
    plan = site.ploughs
    assert plan is not None
    assert [code for code, promise in plan.classes.items() if promise.deadline] == ["1", "2", "3"]
    assert len(plan.protected) == 2
    assert all(place.id.startswith("fictitious") for place in plan.protected)
    assert all(vehicle.contractor.endswith("（架空）") for vehicle in site.vehicles)


def test_roads_say_who_clears_them_and_how_long_they_are(site: Site) -> None:
    features = json.loads((DATA / "roads.geojson").read_text(encoding="utf-8"))["features"]
    contractors = {str(vehicle.id): vehicle.contractor for vehicle in site.vehicles}
    for properties in (feature["properties"] for feature in features):
        first, *others = properties["vehicles"].split()
        assert contractors[first] == properties["contractor"]
        assert set(others) <= {"spreader-06"}
        assert properties["district"].endswith("（架空）")
        assert properties["official_length_m"] > 50
    assert {feature["properties"].get("deadline") for feature in features} == {None, "06:30"}


def test_the_network_of_nishiyama_is_a_site() -> None:
    checked = check_site(FOLDER.parent / "nishiyama")
    assert (checked.mistakes, checked.warnings) == ([], [])
    assert checked.site is not None
    assert all(thing.fictitious for thing in (*checked.site.stations, *checked.site.vehicles))
    (roads,) = checked.site.layers
    assert (roads.licence, roads.fictitious) == ("CC BY 4.0", False)
    assert roads.credit in checked.site.credits


def test_shelters_carry_licence_credit_and_date(site: Site) -> None:
    shelters = [layer for layer in site.layers if layer.kind == "shelters"]
    assert len(shelters) == 2
    for layer in site.layers:
        assert layer.licence
        assert layer.credit
        assert layer.date
    assert (DATA / "LICENSE-06212.txt").exists()
