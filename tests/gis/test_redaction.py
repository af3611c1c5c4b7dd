"""What may be told of ploughs: each rule by itself, on drives made up at random."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from config.plough_plan import Depot, PloughPlan, ProtectedPlace
from core.model import DeviceId, Position, Task, Vehicle, VehicleId
from core.ploughs import Direction, Evidence, Passage, RoadState
from core.public_ploughs import KANA, PublicRoad, TaskGroup, spoken
from gis.metres import to_degrees, to_metres
from gis.ploughs.network import network_of
from gis.ploughs.pseudonyms import companions_of, day_began, draw_aliases, group_of, words_of, work_day
from gis.ploughs.redaction import (
    Ends,
    Rules,
    ends,
    places,
    public_roads,
    share_told,
    step_before,
    visible_runs,
)
from gis.ploughs.zones import (
    DISPLACED_FROM_M,
    DISPLACED_TO_M,
    Zone,
    draw_offset,
    hidden_places,
    withheld_roads,
    zones_of,
)

EPSG = 6678
WEST, NORTH = to_metres(EPSG).transform(140.4, 38.6)
BEGAN = datetime(2026, 1, 12, 18, 0, tzinfo=UTC)
ROAD_M = 500.0
ROADS = 8
NOTHING_DROPPED = Ends(0.0, 0.0)
RULES = Rules(delay=timedelta(minutes=10))
quick = settings(max_examples=60, derandomize=True, database=None, deadline=None)


def road(number, shape):
    lon, lat = to_degrees(EPSG).transform(*zip(*shape, strict=True))
    line = {"type": "LineString", "coordinates": list(zip(lon, lat, strict=True))}
    properties = {"id": str(number), "name": f"市道{number}号", "code": "1"}
    return {"type": "Feature", "geometry": line, "properties": properties}


@pytest.fixture(scope="module")
def street():
    """Eight roads end to end from west to east, each with a bend, about 500 m long."""
    shapes = [
        [(WEST + ROAD_M * n, NORTH), (WEST + ROAD_M * (n + 0.5), NORTH + 5), (WEST + ROAD_M * (n + 1), NORTH)]
        for n in range(ROADS)
    ]
    return network_of([road(n, shape) for n, shape in enumerate(shapes)], EPSG)


def drive(network, roads, *, began=BEGAN, speed=5.0, evidence=Evidence.SIGNAL, backward=False):
    """Passages over whole roads, one after the other."""
    made = []
    for number in roads:
        length = network.roads[str(number)].length_m
        ended = began + timedelta(seconds=length / speed)
        direction = Direction.BACKWARD if backward else Direction.FORWARD
        passage = Passage(
            vehicle=1,
            road=str(number),
            direction=direction,
            from_m=0.0,
            to_m=length,
            began_at=began,
            ended_at=ended,
            task=Task.PLOUGH,
            evidence=evidence,
            fixes=9,
        )
        made.append(passage)
        began = ended
    return made


def arrivals(passages, lag=timedelta(seconds=1)):
    """Every tick from a minute before to a minute after, each arrived ``lag`` later."""
    at = step_before(passages[0].began_at, RULES.tick) - timedelta(minutes=1)
    found = []
    while at <= passages[-1].ended_at + timedelta(minutes=1):
        found.append((at, at + RULES.tick + lag))
        at += RULES.tick
    return found


def told(network, run, now, *, rules=RULES, came=None, zones=(), dropped=NOTHING_DROPPED):
    came = arrivals(run) if came is None else came
    return places(network, run, came, zones, rules, dropped, since=run[0].began_at, now=now)


def east(place):
    return to_metres(EPSG).transform(place.lon, place.lat)[0]


def test_places_lie_on_the_road_at_whole_ticks_and_head_along_it(street):
    for backward in (False, True):
        run = drive(street, [0], backward=backward)
        found = told(street, run, run[-1].ended_at + timedelta(hours=1))
        assert found
        for place in found:
            spot = shapely.Point(*to_metres(EPSG).transform(place.lon, place.lat))
            assert street.roads["0"].line.distance(spot) < 0.2
            assert place.at.second % 10 == 0
            assert place.at.microsecond == 0
            assert abs((place.heading_deg - (270 if backward else 90) + 180) % 360 - 180) < 4
        steps = [east(later) - east(place) for place, later in pairwise(found)]
        assert all(step < 0 if backward else step > 0 for step in steps)


@quick
@given(seconds=st.integers(0, 3000), lag_s=st.integers(0, 1500), behind_s=st.integers(-300, 1500))
def test_nothing_younger_than_the_delay_by_either_clock(street, seconds, lag_s, behind_s):
    """``behind_s``: the device's clock runs so far behind; ``lag_s``: its fixes come so late."""
    truly = drive(street, range(ROADS))
    device = [shifted(passage, -timedelta(seconds=behind_s)) for passage in truly]
    # A fix made at true time t says t - behind, and reaches us at t + lag.
    came = [
        (at, at + RULES.tick + timedelta(seconds=behind_s + lag_s)) for at, _ in arrivals(device, timedelta(seconds=0))
    ]
    now = BEGAN + timedelta(seconds=seconds)
    for place in told(street, device, now, came=came):
        assert now - place.at >= RULES.delay
        assert now - (place.at + timedelta(seconds=behind_s)) >= RULES.delay, "the true time of the place"
    assert told(street, device, now, came=[]) == []


def shifted(passage, by):
    return replace(passage, began_at=passage.began_at + by, ended_at=passage.ended_at + by)


def test_a_burst_is_told_a_delay_after_it_came(street):
    run = drive(street, range(4))
    burst_at = run[-1].ended_at
    came = [(at, burst_at) for at, _ in arrivals(run)]
    assert told(street, run, burst_at + RULES.delay - timedelta(seconds=1), came=came) == []
    assert told(street, run, burst_at + RULES.delay, came=came)
    slow = [shifted(passage, -timedelta(minutes=15)) for passage in run]  # a clock that runs behind
    at_once = [(at, at + timedelta(minutes=15, seconds=11)) for at, _ in arrivals(slow)]
    assert told(street, slow, burst_at, came=at_once) == []
    careless = replace(RULES, by_arrival=False)
    assert told(street, slow, burst_at, came=at_once, rules=careless), "without the rule it shows where it is"


@quick
@given(salt=st.binary(min_size=16, max_size=16), parts=st.integers(1, ROADS))
def test_both_ends_of_a_run_are_dropped(street, salt, parts):
    dropped = ends(RULES, salt)
    assert RULES.trim_m <= dropped.first_m < RULES.trim_m + RULES.trim_more_m
    assert RULES.trim_m <= dropped.last_m < RULES.trim_m + RULES.trim_more_m
    run = drive(street, range(parts))
    total = sum(passage.to_m for passage in run)
    for place in told(street, run, run[-1].ended_at + timedelta(hours=1), dropped=dropped):
        driven = east(place) - WEST
        assert dropped.first_m - 1 <= driven <= total - dropped.last_m + 1


def test_a_plough_that_goes_on_is_told_of_up_to_the_delay_and_one_that_stands_is_not(street):
    run, dropped = drive(street, range(ROADS)), Ends(200.0, 300.0)
    now = run[0].began_at + timedelta(seconds=780)
    known = [passage for passage in run if passage.ended_at <= now]
    going = told(street, known, now, dropped=dropped)
    assert now - RULES.delay - going[-1].at <= timedelta(seconds=20)
    standing = told(street, known[:2], run[-1].ended_at + timedelta(hours=5), dropped=dropped)
    assert max(east(place) for place in standing) - WEST <= sum(each.to_m for each in known[:2]) - 300 + 1


def test_runs_end_at_pauses_withheld_roads_and_where_names_change(street):
    whole = drive(street, range(ROADS))
    assert [len(run) for run in visible_runs(whole, street, frozenset(), RULES)] == [8]
    assert [len(run) for run in visible_runs(whole, street, frozenset({"3"}), RULES)] == [3, 4]
    assert [len(run) for run in visible_runs(whole, street, frozenset(), RULES, [whole[5].began_at])] == [5, 3]
    pause = [*whole[:2], *(shifted(passage, timedelta(minutes=3)) for passage in whole[2:])]
    assert [len(run) for run in visible_runs(pause, street, frozenset(), RULES)] == [2, 6]
    home = drive(street, [1], evidence=None, began=whole[0].ended_at)
    assert [len(run) for run in visible_runs([whole[0], *home], street, frozenset(), RULES)] == [1]
    careless = replace(RULES, working_only=False)
    assert [len(run) for run in visible_runs([whole[0], *home], street, frozenset(), careless)] == [2]
    strange = replace(whole[0], road="of a network before")
    assert visible_runs([strange], street, frozenset(), RULES) == []


@quick
@given(at=st.tuples(st.floats(-500, 4500), st.floats(-900, 900)), radius=st.floats(300, 900))
def test_nothing_is_told_within_a_zone_nor_of_a_road_that_touches_it(street, at, radius):
    zone = Zone(WEST + at[0], NORTH + at[1], radius)
    hidden = withheld_roads(street, [zone])
    whole = drive(street, range(ROADS))
    for run in visible_runs(whole, street, hidden, RULES):
        for place in told(street, run, run[-1].ended_at + timedelta(hours=1), zones=[zone]):
            x, y = to_metres(EPSG).transform(place.lon, place.lat)
            assert not zone.holds(x, y)
            assert place.passage.road not in hidden
    states = {str(n): state(str(n), BEGAN) for n in range(ROADS)}
    plan = PloughPlan(roads="roads", classes={})
    for id_, public in public_roads(street, plan, states, [zone], RULES).items():
        assert public.withheld == (id_ in hidden)
        if public.withheld:
            assert public == PublicRoad(road=id_, withheld=True)


@quick
@given(seed=st.integers(0, 10**9))
def test_a_zone_holds_its_place_and_is_not_around_it(seed):
    plan = PloughPlan(
        roads="roads",
        classes={},
        depots=(Depot(id="a", position=Position(140.4, 38.6), radius_m=150.0),),
        protected=(ProtectedPlace(id="b", position=Position(140.45, 38.62)),),
    )
    offsets = {place.name: draw_offset(Random(seed).randbytes) for place in hidden_places(plan)}
    for place, zone in zip(hidden_places(plan), zones_of(plan, EPSG, offsets), strict=True):
        x, y = to_metres(EPSG).transform(place.position.lon, place.position.lat)
        apart = shapely.Point(x, y).distance(shapely.Point(zone.x, zone.y))
        assert DISPLACED_FROM_M - 1e-3 <= apart <= DISPLACED_TO_M + 1e-3
        assert apart + place.reach_m <= zone.radius_m + 1e-3, "all of its surroundings are inside"
        assert zone.radius_m == place.reach_m + DISPLACED_TO_M, "and the size tells nothing of where"
    assert [place.reach_m for place in hidden_places(plan)] == [450.0, 300.0]


def test_a_depot_everybody_knows_hides_its_radius_and_no_road(street):
    road = street.roads["1"]
    x, y = road.line.coords[0]
    lon, lat = to_degrees(EPSG).transform(x, y)
    depots = (Depot(id="a", position=Position(lon, lat), radius_m=80.0, public=True),)
    plan = PloughPlan(roads="roads", classes={}, depots=depots)
    assert hidden_places(plan) == (), "nothing is drawn for it"
    zones = zones_of(plan, EPSG, {})
    (zone,) = zones
    assert (round(zone.x - x, 3), round(zone.y - y, 3), zone.radius_m) == (0, 0, 80.0)
    assert zone.holds(x, y + 79)
    assert withheld_roads(street, zones) == frozenset()
    secret = replace(plan, depots=(replace(depots[0], public=False),))
    assert "1" in withheld_roads(street, zones_of(secret, EPSG, {"depot:a": (250.0, 0.0)}))


def state(road, at, share=0.99):
    return RoadState(
        road=road,
        share=share,
        clear_since=at,
        cleared_at=at,
        last_worked_at=at,
        forward=at,
        backward=None,
        evidence=Evidence.SIGNAL,
    )


@quick
@given(seconds=st.integers(0, 10**6), share=st.floats(0, 1))
def test_roads_are_told_in_steps(street, seconds, share):
    plan = PloughPlan(roads="roads", classes={}, public_step=timedelta(minutes=10))
    at = BEGAN + timedelta(seconds=seconds)
    public = public_roads(street, plan, {"0": state("0", at, share)}, (), RULES)["0"]
    assert public.clear_since == public.cleared_at
    assert timedelta(0) <= at - public.clear_since < plan.public_step
    assert public.clear_since.minute % 10 == public.clear_since.second == 0
    assert public.share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert public.share <= share or share >= 0.95
    assert public_roads(street, plan, {}, (), RULES)["0"] == PublicRoad(road="0")


def test_shares_are_rounded_down():
    assert [share_told(share) for share in (0, 0.19, 0.2, 0.799, 0.8, 0.949, 0.95, 1)] == [
        0,
        0,
        0.2,
        0.6,
        0.8,
        0.8,
        1,
        1,
    ]


def test_a_night_is_one_day_of_work():
    plan = PloughPlan(roads="roads", classes={}, day_begins=time(12))
    evening, night = datetime(2026, 1, 12, 14, tzinfo=UTC), datetime(2026, 1, 12, 19, tzinfo=UTC)
    assert work_day(plan, "Asia/Tokyo", evening) == work_day(plan, "Asia/Tokyo", night) == date(2026, 1, 12)
    began = day_began(plan, "Asia/Tokyo", date(2026, 1, 12))
    assert began == datetime(2026, 1, 12, 3, tzinfo=UTC)
    assert work_day(plan, "Asia/Tokyo", began) == date(2026, 1, 12)
    assert work_day(plan, "Asia/Tokyo", began - timedelta(seconds=1)) == date(2026, 1, 11)


@quick
@given(seed=st.integers(0, 10**9), vehicles=st.integers(0, 300), before=st.integers(0, 30))
def test_pseudonyms_of_a_day_are_all_different(seed, vehicles, before):
    random = Random(seed)
    taken = {alias.name for alias in draw_aliases(range(before), (), random.randbytes).values()}
    drawn = draw_aliases(range(vehicles), taken, random.randbytes)
    names = [alias.name for alias in drawn.values()]
    assert list(drawn) == list(range(vehicles))
    assert len(set(names) | taken) == vehicles + before
    assert all(name[0] in KANA and name[1:].isdecimal() and name[1] != "0" for name in names)


def test_any_vehicle_may_get_any_pseudonym():
    """Neither the number of a vehicle nor its place in the list says anything of its name."""
    random, first = Random(1), []
    for _ in range(2000):
        drawn = draw_aliases(range(6), (), random.randbytes)
        first.append(sorted(alias.name for alias in drawn.values()).index(drawn[0].name))
    assert all(270 < first.count(rank) < 400 for rank in range(6)), "each rank about 333 times"


def test_pseudonyms_are_spoken_in_both_languages():
    assert spoken("K3") == ("除雪車 か3", "Plough K3")


def fleet(*kinds):
    return [
        Vehicle(id=VehicleId(str(n)), device=DeviceId(str(n)), name_ja="", name_en="", kind=kind)
        for n, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "kept"),
    [
        (("plough", "dozer", "spreader", "spreader"), {TaskGroup.PLOUGH, TaskGroup.DEICE}),
        (("plough", "dozer", "spreader", "sidewalk"), {TaskGroup.PLOUGH}),  # two that are told as "at work"
        (("plough", "dozer", "spreader"), set()),  # the one "at work" would be the spreader, always
        (("plough", "rotary"), {TaskGroup.PLOUGH}),
        (("plough",), set()),
        ((), set()),
        (("plough",) * 4 + ("spreader",), {TaskGroup.PLOUGH}),  # two of the four go with it
        (("plough",) * 3 + ("spreader",), set()),  # one would be left for the word
        (("rotary",) * 4 + ("plough", "spreader"), {TaskGroup.PLOUGH, TaskGroup.HAUL}),
    ],
)
def test_no_word_fits_one_vehicle_only(kinds, kept):
    groups = words_of(fleet(*kinds)).told
    assert {group for group, said in groups.items() if said is not TaskGroup.WORK} == kept
    assert set(groups) == set(TaskGroup)


def test_the_odd_one_is_never_alone_at_work():
    vehicles = dict(enumerate(fleet(*("plough",) * 5, "grader", "rotary", "dozer", "spreader")))
    words = words_of(vehicles.values())
    assert words.told[TaskGroup.PLOUGH] is TaskGroup.PLOUGH, "the others keep their word"
    random, with_it = Random(6), []
    for _ in range(400):
        aliases = draw_aliases(vehicles, (), random.randbytes)
        told = companions_of(words, vehicles, aliases)
        assert told == companions_of(words, dict(reversed(vehicles.items())), aliases), "all day the same"
        assert (len(told), 8 in told) == (2, False)
        with_it += told
    assert all(70 < with_it.count(number) < 130 for number in range(8)), "each of them as often"
    assert companions_of(words_of(fleet("plough", "dozer")), {}, {}) == frozenset()


def test_who_names_no_task_does_what_its_kind_is_for():
    assert group_of(Task.GRADE, "grader") is TaskGroup.PLOUGH
    assert group_of(Task.DEICE, "plough") is TaskGroup.DEICE
    assert group_of(None, "rotary") is TaskGroup.PLOUGH
    assert group_of(None, "spreader") is TaskGroup.DEICE
    assert group_of(None, "of another town") is TaskGroup.WORK
