"""The network of cleared roads: lengths, versions, stretches in common, junctions."""

from datetime import UTC, datetime, time

import pytest

from core.errors import LayerError
from core.ploughs import Direction, Evidence, Passage
from gis.ploughs.lines import candidates
from gis.ploughs.network import length_report, network_of, read_network
from gis.ploughs.sharing import shared_passages

AT = datetime(2026, 1, 15, 18, tzinfo=UTC)


def passage(road, from_m, to_m, direction=Direction.FORWARD):
    return Passage(
        vehicle=1,
        road=road,
        direction=direction,
        from_m=from_m,
        to_m=to_m,
        began_at=AT,
        ended_at=AT,
        task=None,
        evidence=Evidence.INFERRED,
        fixes=9,
    )


def test_the_real_network(nishiyama):
    assert len(nishiyama.roads) == 288
    assert sum(road.length_m for road in nishiyama.roads.values()) == pytest.approx(107_039, abs=10)
    assert nishiyama.epsg == 6676
    assert sum(road.official_length_m for road in nishiyama.roads.values()) == 104_912


def test_72_lines_are_not_as_long_as_the_register_says(nishiyama):
    differing = length_report(nishiyama)
    assert len(differing) == 72
    worst = max(differing, key=lambda each: each.ratio)
    assert (worst.road, worst.official_m, round(worst.ratio, 2)) == ("828", 90, 2.67)


def test_lines_of_the_real_network_lie_on_each_other_for_a_kilometre(nishiyama):
    pairs = {frozenset((stretch.road, stretch.other)) for stretch in nishiyama.shared}
    assert len(pairs) >= 18
    assert 1000 < sum(stretch.to_m - stretch.from_m for stretch in nishiyama.shared) / 2 < 1200


def test_a_site_without_a_plan_has_no_network(make_site, tmp_path):
    with pytest.raises(LayerError, match="names no layer of cleared roads"):
        read_network(make_site(tmp_path))


def test_a_plan_that_names_no_layer(make_site, tmp_path, plan):
    with pytest.raises(LayerError, match="no such layer") as found:
        read_network(make_site(tmp_path, ploughs=plan))
    assert found.value.layer == "roads"


def test_properties_of_the_layer_reach_the_road(data, make_site, make_layer, write, shapes, plan):
    line = {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.60]]}
    said = {
        "id": "A1",
        "name": "本町線",
        "class": "第２種",
        "owner": "市道",
        "contractor": "北建設",
        "district": "本町",
        "official_length_m": 870,
        "deadline": "7:00",
        "vehicles": "p1 p2",
        "elevation_m": 95,
    }
    file = write(shapes.feature(line, said), shapes.feature(line, {"id": "A2"}))
    network = read_network(make_site(file.parent, make_layer("roads", file), ploughs=plan))
    full, bare = network.roads.values()
    assert (full.code, full.class_name, full.owner, full.contractor, full.district) == (
        "2",
        "第2種",
        "市道",
        "北建設",
        "本町",
    )
    assert (full.vehicles, full.official_length_m, full.deadline, full.elevation_m) == (
        ("p1", "p2"),
        870.0,
        time(7),
        95.0,
    )
    assert (bare.vehicles, bare.official_length_m, bare.deadline, bare.elevation_m) == ((), None, None, None)


def test_two_roads_with_one_id_are_refused(drives):
    line = {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.60]]}
    twice = [{"properties": {"id": "a"}, "geometry": line}] * 2
    with pytest.raises(LayerError, match="two roads have the id 'a'"):
        network_of(twice, 6678)


def test_the_version_tells_what_matching_depends_on(drives):
    base = drives.roads(a=[(0, 0), (500, 0)])
    assert drives.roads(a=[(0, 0), (500, 0)]).version == base.version
    assert drives.roads(a=[(0, 0), (501, 0)]).version != base.version
    assert drives.roads(b=[(0, 0), (500, 0)]).version != base.version


def test_parts_of_a_line_follow_each_other_without_length_between(drives):
    parts = [[drives.degrees(place) for place in part] for part in ([(0, 0), (100, 0)], [(300, 0), (400, 0)])]
    feature = {"properties": {"id": "a"}, "geometry": {"type": "MultiLineString", "coordinates": parts}}
    network = network_of([feature], 6678)
    assert network.roads["a"].length_m == pytest.approx(200, abs=0.1)
    line = network.lines[0]
    assert line.ends == pytest.approx((0, 100, 100, 200), abs=0.1)
    x, y = line.at(150)
    assert candidates(network.edges, x, y, 5)[0].along == pytest.approx(150, abs=0.1)


def test_a_hairpin_gives_a_place_for_each_of_its_legs(drives):
    network = drives.roads(a=[(0, 0), (200, 0), (200, 12), (0, 12)])
    x, y = network.lines[0].at(100)
    found = candidates(network.edges, x, y + 5, 5)
    assert [round(each.along) for each in found] == [100, 312]


def test_nothing_is_near_far_from_all_roads(drives):
    network = drives.roads(a=[(0, 0), (200, 0)])
    x, y = network.lines[0].at(100)
    assert candidates(network.edges, x, y + 41, 5) == ()


def test_a_drive_over_a_stretch_in_common_serves_both(drives):
    network = drives.roads(a=[(0, 0), (300, 0)], b=[(300, 0), (200, 0), (200, 200)])
    assert [(each.road, round(each.from_m), round(each.to_m), each.opposed) for each in network.shared] == [
        ("a", 200, 300, True),
        ("b", 0, 100, True),
    ]
    own, derived = shared_passages(network, [passage("a", 250, 300)])
    assert own == passage("a", 250, 300)
    assert (derived.road, derived.direction, derived.from_m) == ("b", Direction.BACKWARD, 0.0)
    assert derived.to_m == pytest.approx(50, abs=0.5)
    assert (derived.derived, derived.fixes) == (True, 0)


def test_deriving_twice_adds_nothing(drives):
    network = drives.roads(a=[(0, 0), (300, 0)], b=[(100, 0), (400, 0)])
    once = shared_passages(network, [passage("a", 0, 300), passage("b", 150, 300)])
    assert [(each.road, each.derived) for each in once] == [("a", False), ("b", True), ("b", False), ("a", True)]
    assert shared_passages(network, once) == once


def test_beside_the_stretch_in_common_nothing_is_derived(drives):
    network = drives.roads(a=[(0, 0), (300, 0)], b=[(200, 0), (400, 0)])
    assert len(shared_passages(network, [passage("a", 0, 199)])) == 1


def test_crossing_roads_have_no_stretch_in_common(drives):
    network = drives.roads(a=[(0, 0), (300, 0)], b=[(150, -100), (150, 100)])
    assert network.shared == ()
    assert network.junctions[0, 1] == ((pytest.approx(150), pytest.approx(100), 0.0),)
