"""The ploughs of the simulated night: from the depot over their roads and back, believable and the same each time."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest

from config.load import load_site
from config.model import Site
from core.model import Task
from core.times import parse_rfc3339
from ingest.codecs import CODECS
from ingest.decoding import decode_with_devices
from ingest.messages import Message
from ingest.playing import Planned
from ingest.simulate import chance, ordered_before_start
from ingest.simulate.fleet import fleet_plan
from ingest.simulate.links import links_between
from ingest.simulate.shifts import CLEARED_BY_START, Crew, Shift, crew_of
from ingest.simulate.sorties import SHED_M, Leg, Yard, sortie
from ingest.simulate.streets import DrawnRoad, Streets, read_streets
from ingest.sources import SourceTable

CONFIG = Path(__file__).parents[2] / "config"
START = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
PAST = timedelta(hours=12)
SEED = 7
HIGHEST_KMH = 80.0
"""What matching takes for impossible."""


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(CONFIG / "example")


@pytest.fixture(scope="module")
def streets(site: Site) -> Streets:
    return read_streets(site.folder / "layers/data/roads.geojson")


@pytest.fixture(scope="module")
def nishiyama() -> Streets:
    return read_streets(CONFIG / "nishiyama/layers/data/kashiwazaki-nishiyama-routes.geojson")


@pytest.fixture(scope="module")
def crew(site: Site, streets: Streets) -> Crew:
    return crew_of(site, streets, SEED)


@pytest.fixture(scope="module")
def sent(site: Site, streets: Streets) -> list[Planned]:
    """All positions sent until ten minutes into the live part."""
    end = START + timedelta(minutes=10)
    plan = fleet_plan(site, streets, SEED, START, PAST)
    return list(takewhile(lambda message: due(message) <= end, plan))


@pytest.fixture(scope="module")
def tracks(site: Site, sent: list[Planned]) -> dict[str, list[dict[str, Any]]]:
    """The fixes of each device as the codecs read them, in the order they came, each with ``due``."""
    models = {str(one.device): one.model for one in site.vehicles if one.model}
    sources = SourceTable(site.sources, site.limits, CODECS)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in sent:
        codec, options = sources.find(message.topic)
        arrived = Message(message.topic.encode(), message.payload, due(message))
        for one in decode_with_devices(arrived, codec.name, options, models):
            if one["kind"] == "fix":  # a tracker tells of its battery too
                found[one["device"]].append({**one, "at": parse_rfc3339(one["at"]), "due": message.due})
    return found


def due(message: Planned) -> datetime:
    assert message.due is not None
    return message.due


def metres(one: dict[str, Any], other: dict[str, Any]) -> float:
    east = math.radians(one["lon"] - other["lon"]) * math.cos(math.radians(one["lat"]))
    return 6_371_000 * math.hypot(east, math.radians(one["lat"] - other["lat"]))


def in_order(track: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [fixes[0] for _, fixes in sorted(_by_time(track).items())]


def _by_time(track: list[dict[str, Any]]) -> dict[datetime, list[dict[str, Any]]]:
    found: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for fix in track:
        found[fix["at"]].append(fix)
    return found


def test_the_same_seed_gives_the_same_night(site: Site, streets: Streets, sent: list[Planned]) -> None:
    again = fleet_plan(site, streets, SEED, START, PAST)
    assert list(islice(again, 3_000)) == sent[:3_000]
    other = fleet_plan(site, streets, SEED + 1, START, PAST)
    assert list(islice(other, 3_000)) != sent[:3_000]


def test_messages_go_out_in_order_and_never_before_their_time(
    sent: list[Planned], tracks: dict[str, list[dict[str, Any]]]
) -> None:
    dues = [due(message) for message in sent]
    assert dues == sorted(dues)
    assert all(fix["at"] <= fix["due"] for track in tracks.values() for fix in track)


def test_a_night_is_behind_us_and_soon_here(sent: list[Planned]) -> None:
    past = [message for message in sent if due(message) <= START]
    assert START - due(past[0]) >= timedelta(hours=8)
    assert 5_000 < len(past) < 20_000


def test_nobody_is_faster_than_a_plough_can_be(tracks: dict[str, list[dict[str, Any]]]) -> None:
    assert len(tracks) == 9
    for track in tracks.values():
        for one, other in pairwise(in_order(track)):
            seconds = (other["at"] - one["at"]).total_seconds()
            assert metres(one, other) / seconds * 3.6 < HIGHEST_KMH
            assert one.get("speed_kmh", 0.0) < HIGHEST_KMH


def test_what_is_reported_is_how_fast_it_goes(tracks: dict[str, list[dict[str, Any]]]) -> None:
    """Straight ahead for five fixes with one speed: the way between them fits, before the start and after it."""
    track = in_order(tracks["plough-01"])
    checked = 0
    for run in zip(*(track[shift:] for shift in range(5)), strict=False):
        passed = (run[-1]["at"] - run[0]["at"]).total_seconds()
        headings = {fix["heading_deg"] for fix in run}
        if len({fix["speed_kmh"] for fix in run}) == 1 and len(headings) == 1 and run[0]["speed_kmh"] and passed <= 45:
            checked += 1
            assert metres(run[0], run[-1]) == pytest.approx(run[0]["speed_kmh"] / 3.6 * passed, abs=10)
    assert checked > 100


def test_everyone_leaves_the_depot_and_comes_back(site: Site, streets: Streets, crew: Crew) -> None:
    assert site.ploughs is not None
    depot = site.ploughs.depots[0]
    yard = streets.metres(depot.position.lon, depot.position.lat)
    assert len(crew.shifts) == 9
    for shift in crew.shifts:
        assert shift.ordered is not None
        for round_ in filter(None, (shift.evening, shift.ordered)):
            for seconds in (0.0, round_.seconds):
                assert math.dist(round_.place(seconds).at, yard) < depot.radius_m
            farthest = max(math.dist(point, yard) for leg in round_.legs for point in leg.points)
            assert farthest > 500


def test_the_depot_is_not_in_the_middle_of_the_town(site: Site, streets: Streets) -> None:
    assert site.ploughs is not None
    depot = site.ploughs.depots[0]
    ends = [streets.places[end] for road in streets.roads for end in road.ends]
    place = streets.metres(depot.position.lon, depot.position.lat)
    near = [end for end in ends if math.dist(end, place) < 1000]
    assert sum(end[0] < place[0] for end in near) <= len(near) / 10


def test_rounds_follow_one_another_with_a_rest(crew: Crew) -> None:
    for shift in crew.shifts:
        assert (shift.evening is None) == (main_roads(shift) == 0)
        rounds = list(islice(shift.rounds(START, START - crew.ordered_before), 5))
        for (left, round_), (next_left, _) in pairwise(rounds):
            assert next_left - left - timedelta(seconds=round_.seconds) >= timedelta(minutes=20)


def main_roads(shift: Shift) -> int:
    return 0 if shift.ordered is None else sum(road.drawn.rank == 1 for _, road in shift.ordered.cleared())


def test_legs_join(crew: Crew) -> None:
    for shift in crew.shifts:
        assert shift.ordered is not None
        for one, other in pairwise(shift.ordered.legs):
            assert math.dist(one.points[-1], other.points[0]) < 1.5


def test_main_roads_come_first(crew: Crew) -> None:
    for shift in crew.shifts:
        assert shift.ordered is not None
        ranks = [road.drawn.rank for _, road in shift.ordered.cleared()]
        assert ranks == sorted(ranks)


def test_coverage_rises_class_by_class_and_much_is_clear_at_the_start(site: Site, streets: Streets, crew: Crew) -> None:
    done: dict[int, timedelta] = {}
    for shift in crew.shifts:
        assert shift.ordered is not None
        for end, road in shift.ordered.cleared():
            at = shift.number * timedelta(minutes=2) + timedelta(seconds=end)
            done[road.number] = min(at, done.get(road.number, at))
    assert set(done) == {road.number for road in streets.roads}

    def share(rank: int | None, after: timedelta) -> float:
        roads = [road for road in streets.roads if rank in (None, road.drawn.rank)]
        clear = sum(road.length_m for road in roads if done[road.number] <= after)
        return clear / sum(road.length_m for road in roads)

    moments = [timedelta(minutes=minutes) for minutes in range(0, 90, 10)]
    for rank in (1, 2, 3, None):
        shares = [share(rank, moment) for moment in moments]
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert share(1, timedelta(minutes=30)) > share(2, timedelta(minutes=30)) > share(3, timedelta(minutes=30))
    assert CLEARED_BY_START <= share(None, crew.ordered_before) < CLEARED_BY_START + 0.05
    assert share(None, crew.ordered_before + timedelta(minutes=5)) > share(None, crew.ordered_before) + 0.04
    assert ordered_before_start(site, SEED) == crew.ordered_before


def test_devices_with_a_signal_tell_what_they_do_and_others_do_not(tracks: dict[str, list[dict[str, Any]]]) -> None:
    tasks = {device: {fix.get("task") for fix in track} for device, track in tracks.items()}
    assert tasks["plough-01"] == {"plough", "travel", "idle"}
    assert tasks["grader-03"] == {"grade", "travel", "idle"}
    assert tasks["rotary-04"] == {"widen", "travel", "idle"}
    assert tasks["josetsu/dozer-05"] == tasks["02000000000000b6"] == {None}


def test_a_phone_sends_what_it_kept_late_and_not_in_order(tracks: dict[str, list[dict[str, Any]]]) -> None:
    late = {
        device: [fix for fix in track if fix["due"] - fix["at"] > timedelta(seconds=2)]
        for device, track in tracks.items()
    }
    assert [device for device, fixes in late.items() if fixes] == ["josetsu/dozer-05"]
    burst = late["josetsu/dozer-05"]
    assert max(fix["due"] - fix["at"] for fix in burst) > timedelta(minutes=9)
    assert [fix["at"] for fix in burst] != sorted(fix["at"] for fix in burst)


def test_some_come_twice_and_some_not_at_all(tracks: dict[str, list[dict[str, Any]]]) -> None:
    twice = sum(len(fixes) - 1 for track in tracks.values() for fixes in _by_time(track).values())
    assert 10 < twice < 100
    gaps = [other["at"] - one["at"] for one, other in pairwise(in_order(tracks["plough-01"]))]
    assert timedelta(seconds=40) <= max(gaps) <= timedelta(minutes=4)


def test_a_snow_shed_hides_a_plough(streets: Streets) -> None:
    leg = Leg(((0.0, 0.0), (1000.0, 0.0)), Task.PLOUGH, 18.0, 200.0, streets.roads[0], shed=True)
    hidden = [leg.place(second).at[0] for second in range(201) if not leg.place(second).heard]
    assert (min(hidden), max(hidden)) == pytest.approx((500 - SHED_M / 2, 500 + SHED_M / 2), abs=10)


def test_sheds_and_rests_are_there(crew: Crew) -> None:
    legs = [leg for shift in crew.shifts if shift.evening is not None for leg in shift.evening.legs]
    assert any(leg.shed for leg in legs)
    assert max(leg.seconds for leg in legs if len(leg.points) == 1) >= 20 * 60


def test_roads_that_name_nobody_are_shared_out_in_equal_parts(nishiyama: Streets) -> None:
    site = load_site(CONFIG / "nishiyama")
    crew = crew_of(site, nishiyama, SEED)
    lengths = [
        sum(road.length_m for _, road in shift.ordered.cleared()) for shift in crew.shifts if shift.ordered is not None
    ]
    assert len(lengths) == 8
    assert sum(lengths) == pytest.approx(107_039, rel=0.005)  # each road once, the whole of the drawn length
    assert max(lengths) < 1.2 * min(lengths)


def test_roads_drawn_without_regard_to_each_other_hang_together(nishiyama: Streets) -> None:
    reached, waiting = {0}, [0]
    while waiting:
        for street in nishiyama.meeting[waiting.pop()]:
            more = {*street.ends} - reached
            reached |= more
            waiting.extend(more)
    assert reached == set(range(len(nishiyama.places)))
    links = [street for street in nishiyama.streets if street.road is None]
    assert sum(street.length_m for street in links) < 20_000


def test_streets_join_where_their_ends_meet(streets: Streets) -> None:
    assert len(streets.roads) == len(streets.streets) == 158
    assert all(street.road is not None for street in streets.streets)


def test_a_line_that_ends_beside_another_one_leads_into_it() -> None:
    across = [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)]
    links = links_between([across, [(100.0, 20.0), (100.0, 300.0)], [(500.0, 900.0), (500.0, 990.0)]])
    assert ((100.0, 20.0), (100.0, 0.0)) in links
    assert len(links) == 2


def test_lines_of_no_length_are_no_roads() -> None:
    line, point = ((140.40, 38.60), (140.41, 38.60)), ((140.40, 38.60), (140.40, 38.60))
    assert len(Streets([DrawnRoad("a", line), DrawnRoad("b", point)]).roads) == 1
    with pytest.raises(ValueError, match="no line"):
        Streets([])


def test_a_plough_on_a_dead_end_comes_back(tmp_path: Path) -> None:
    line = [[140.400, 38.600], [140.404, 38.600]]
    feature = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": [line]}}
    (tmp_path / "roads.geojson").write_text(json.dumps({"features": [feature]}))
    streets = read_streets(tmp_path / "roads.geojson")
    yard = Yard(streets.places[0], 0)
    there = sortie(streets, streets.roads, yard, "plough", partial(chance.unit, SEED))
    assert [leg.task for leg in there.legs if leg.length_m > 1] == [Task.PLOUGH, Task.TRAVEL]
    assert there.place(there.seconds).at == yard.place


def test_without_a_plan_ploughs_come_from_the_busiest_junction(site: Site, streets: Streets) -> None:
    crew = crew_of(replace(site, ploughs=None), streets, SEED)
    assert {shift.yard.place for shift in crew.shifts} == {streets.places[streets.busiest()]}


def test_classes_are_read_as_towns_write_them(tmp_path: Path) -> None:
    def ranks() -> Iterator[int]:
        return (road.drawn.rank for road in read_streets(tmp_path / "roads.geojson").roads)

    features = [
        {
            "properties": {"区分": written},
            "geometry": {"type": "LineString", "coordinates": [[140.4, 38.6 + number / 1000], [140.41, 38.6]]},
        }
        for number, written in enumerate(["第１種", "2", "第3種", "緊急確保", "その他", None])
    ]
    (tmp_path / "roads.geojson").write_text(json.dumps({"features": features}))
    assert list(ranks()) == [1, 2, 3, 1, 3, 3]
