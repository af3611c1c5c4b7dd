"""What is stored of a night depends on the stored fixes alone: not on order, bunches, repeats, restarts or late arrival."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import psycopg
import pytest

from config.model import Limits, Privacy, Site
from config.plough_plan import Depot, PloughPlan, RoadClass
from core.errors import StoreError
from core.model import Bounds, DeviceId, Position, Quality, QualityReason, Task, Vehicle, VehicleId, VehiclePosition
from core.ploughs import BreakReason, Fixes, Track
from gis.ploughs.ageing import Ageing
from gis.ploughs.coverage_document import coverage_document
from gis.ploughs.drives import WorkDays, continues, drives_in, instant, micros
from gis.ploughs.network import network_of
from gis.ploughs.refusals import INCIDENT
from gis.ploughs.rounds import Matcher
from store import open_store
from store.rows import Batch
from store.tracks import LATE, NETWORK, KnownState, TrackPart

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LON, LAT = 140.4, 38.6
METRE_EAST, METRE_NORTH = 1 / (111_320 * math.cos(math.radians(LAT))), 1 / 111_000
BLOCK_M, STEP_S, METRES_A_STEP = 500.0, 5, 30.0

EVENING = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0) - 2 * DAY
"""23:00 in Japan: a night of ploughing crosses midnight an hour later."""
MORNING = EVENING + 12 * HOUR


def street(number, south_m):
    """A straight street of one block to the east."""
    north = LAT + south_m * METRE_NORTH
    ends = [[LON, north], [LON + BLOCK_M * METRE_EAST, north]]
    properties = {"id": f"r-{number}", "name": f"町道{number}", "class": "1", "class_name": "第1種"}
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": ends}, "properties": properties}


@pytest.fixture(scope="module")
def network():
    return network_of([street(number, 300.0 * number) for number in range(6)], 6678)


@pytest.fixture(scope="module")
def plan():
    classes = {"1": RoadClass(code="1", two_sided=False)}
    depots = (Depot(id="yard", position=Position(LON + 0.05, LAT)),)
    return PloughPlan(roads="roads", classes=classes, depots=depots)


@pytest.fixture(scope="module")
def town(plan):
    def vehicle(number):
        name = f"plough-{number}"
        return Vehicle(id=VehicleId(name), device=DeviceId(name), name_ja="除雪車", name_en=name, kind="plough")

    return Site(
        folder=Path("town"),
        id="town",
        code="000000",
        name_ja="雪町",
        name_en="Snow Town",
        time_zone="Asia/Tokyo",
        bounds=Bounds(140.0, 38.0, 141.0, 39.0),
        plane_epsg=6678,
        zoom=12,
        notice_ja="架空",
        notice_en="fictitious",
        contact_ja="",
        contact_en="",
        sources=(),
        limits=Limits(),
        privacy=Privacy(),
        stations=(),
        datastreams=(),
        vehicles=(vehicle(1), vehicle(2)),
        ploughs=plan,
    )


def driven(vehicle, began, streets, *, seed=0):
    """Fixes of a plough that drives these streets to and fro, one in five seconds, good to some metres."""
    noise = random.Random(seed)
    fixes, at = [], began
    for place, number in enumerate(streets):
        steps = int(BLOCK_M / METRES_A_STEP)
        for step in range(steps + 1):
            along = (step if place % 2 == 0 else steps - step) * METRES_A_STEP
            east, north = along + noise.gauss(0, 3), 300.0 * number + noise.gauss(0, 3)
            fixes.append(fix(vehicle, at, east, north, 90.0 if place % 2 == 0 else 270.0))
            at += STEP_S * SECOND
        at += 40 * SECOND  # the way to the next street
    return fixes


def fix(vehicle, at, east_m, north_m, heading):
    lon, lat = LON + east_m * METRE_EAST, LAT + north_m * METRE_NORTH
    good = Quality.GOOD, QualityReason.NONE
    return VehiclePosition(vehicle, at, lon, lat, 21.6, heading, 4.0, Task.PLOUGH, *good, at + SECOND)


def night(registry):
    """Two ploughs: runs with a silence of 90 s and one of 150 s between them, across midnight in Japan."""
    first, second = sorted(registry.vehicles.values())
    early = driven(first, EVENING + 30 * MINUTE, [0, 1, 2, 0], seed=1)
    later = driven(first, early[-1].at + 90 * SECOND, [1, 2, 3], seed=2)
    last = driven(first, later[-1].at + 150 * SECOND, [3, 4, 0, 1, 2] * 3, seed=3)
    return [*early, *later, *last, *driven(second, EVENING + 50 * MINUTE, [5, 4, 3, 5, 4] * 2, seed=4)]


@pytest.fixture
def store(plain_dsn):
    with open_store(plain_dsn, pool_size=2) as opened:
        yield opened


@pytest.fixture
def registry(store, town):
    return store.register(town)


@pytest.fixture
def matcher(store, registry, town, plan, network):
    """Makes matchers: another process each."""

    def make(of=network, by=plan, **limits):
        limits = {"settle": timedelta(0), **limits}
        return Matcher(replace(town, ploughs=by), by, store, registry, of, **limits)

    return make


def send(store, registry, fixes):
    store.append(registry.site, Batch(positions=list(fixes)))


def settle(matcher, now):
    """Rounds until there is nothing left to do; how many states changed in hindsight, and how many days were done again."""
    changes = days = 0
    for _ in range(500):
        done = matcher.round(now)
        changes, days = changes + done.changes, days + done.days
        if not done.more and not done.waiting and not done.fixes:
            break
    else:
        raise AssertionError("it never comes to an end")
    return changes + matcher.round(now + MINUTE).changes, days  # by now who is silent has been heard to be


def told(store, registry, network, plan, now=MORNING):
    """Everything there is to know of the night, as it would be published."""
    since = now - plan.window
    passages = store.ploughs.passages(registry.site, since, now)
    span = (registry.site, since, now)
    rest = [store.ploughs.stops(*span), store.ploughs.gaps(*span), store.ploughs.runs(*span)]
    states = sorted(store.road_states.latest(registry.site).items())
    return coverage_document(network, plan, passages, since=since, now=now), repr(rest), repr(states)


@pytest.fixture
def straight(plain_dsn, store, registry, matcher, network, plan):
    """The night as it is told where every fix came in order and one process saw them all; the database is empty again."""
    one = matcher()
    one.round(EVENING)
    send(store, registry, night(registry))
    settle(one, MORNING)
    found = told(store, registry, network, plan)
    assert len(found[0]) > 3_000
    with psycopg.connect(plain_dsn, autocommit=True) as connection:
        tables = (
            "position_touched, match_state, plough_matched, plough_rematch, plough_passage, plough_stop, plough_gap"
        )
        connection.execute(f"truncate {tables}, plough_run, road_state, vehicle_position")
    return found


def test_the_night_is_what_was_driven(store, registry, matcher, network, plan, drives):
    one = matcher()
    one.round(EVENING)
    send(store, registry, night(registry))
    assert settle(one, MORNING)[0] == 0, "nothing was late"
    first, second = sorted(registry.vehicles.values())
    span = (registry.site, EVENING, MORNING)
    streets = [passage.road for passage in drives.uncut(store.ploughs.passages(*span, vehicles=[first]))]
    assert streets == [f"r-{number}" for number in [0, 1, 2, 0, 1, 2, 3, *[3, 4, 0, 1, 2] * 3]]
    (gap,) = store.ploughs.gaps(*span)
    assert (gap.vehicle, gap.reason, gap.ended_at - gap.began_at) == (first, BreakReason.SILENCE, 150 * SECOND)
    assert [run.vehicle for run in store.ploughs.runs(*span)] == [first, first, second]
    states = store.road_states.latest(registry.site)
    assert {road for road, state in states.items() if state.clear_since is not None} == set(network.roads)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_twice_and_in_any_bunches_is_the_same_to_the_byte(
    seed, straight, store, registry, matcher, network, plan
):
    chance = random.Random(seed)
    fixes = night(registry) * 2
    chance.shuffle(fixes)
    one = matcher(rows_a_round=7, fixes_a_round=100)
    one.round(EVENING)
    while fixes:
        bunch = chance.randint(1, 150)
        send(store, registry, fixes[:bunch])
        del fixes[:bunch]
        if chance.random() < 0.2:
            one = matcher(rows_a_round=7, fixes_a_round=100)  # the process was killed and started again
        one.round(MORNING)
    settle(one, MORNING)
    assert told(store, registry, network, plan) == straight


def test_live_by_the_clock_with_restarts_is_the_same_to_the_byte(straight, store, registry, matcher, network, plan):
    fixes = sorted(night(registry), key=lambda each: each.at)
    one, now = matcher(), EVENING
    number = 0
    while fixes:
        now += 47 * SECOND
        arrived = [each for each in fixes if each.received_at <= now]
        del fixes[: len(arrived)]
        if arrived:
            send(store, registry, arrived)
        number += 1
        one = matcher() if number % 23 == 0 else one
        assert one.round(now).changes == 0
    settle(one, MORNING)
    assert told(store, registry, network, plan) == straight


def test_a_late_burst_across_midnight_is_told_to_whoever_saw_the_older_figure(
    straight, store, registry, matcher, network, plan, town
):
    fixes = night(registry)
    midnight = EVENING + HOUR
    burst = [each for each in fixes if midnight - 6 * MINUTE <= each.at < midnight + 8 * MINUTE]
    one = matcher()
    one.round(EVENING)
    send(store, registry, [each for each in fixes if each not in burst])
    settle(one, MORNING)
    Ageing(store, registry.site, network, plan).round(MORNING)
    before = store.road_states.latest(registry.site)
    send(store, registry, burst)
    changes, days = settle(one, MORNING + MINUTE)
    assert days >= 2, "two vehicles drove at midnight"
    after = store.road_states.latest(registry.site)
    lines = store.road_states.changes(registry.site, MORNING, MORNING + HOUR)
    assert len(lines) == changes > 0
    assert {line.road for line in lines} == {road for road in before if before[road] != after[road]}
    for line in lines:
        assert (line.cause, line.changed_at) == (LATE, MORNING + MINUTE)
        assert line.earliest is not None
        assert burst[0].at <= line.earliest < midnight + 8 * MINUTE
        assert line.was == KnownState.of(before[line.road]) or any(other.now == line.was for other in lines)
        assert line.now == KnownState.of(after[line.road]) or any(other.was == line.now for other in lines)
    settle(one, MORNING)
    assert told(store, registry, network, plan)[:2] == straight[:2]
    send(store, registry, burst)
    assert settle(one, MORNING + 2 * MINUTE) == (0, 0), "the same payload again changes nothing"


def test_a_clock_nine_hours_ahead_or_behind_spoils_nothing_else(store, registry, matcher, network, plan, drives):
    vehicle = min(registry.vehicles.values())
    right = driven(vehicle, EVENING + 30 * MINUTE, [0, 1, 2, 0, 1, 2], seed=1)
    wrong = driven(vehicle, EVENING + 30 * MINUTE - 9 * HOUR, [3, 4], seed=2)
    one = matcher()
    one.round(EVENING)
    half = len(right) // 2
    send(store, registry, right[:half])
    one.round(EVENING + 40 * MINUTE)
    send(store, registry, wrong)
    one.round(EVENING + 41 * MINUTE)
    send(store, registry, right[half:])
    settle(one, MORNING)
    found = [passage.road for passage in drives.uncut(store.ploughs.passages(registry.site, MORNING - DAY, MORNING))]
    assert found == [f"r-{number}" for number in (3, 4, 0, 1, 2, 0, 1, 2)]


def test_a_drive_that_was_ended_goes_on_where_it_goes_on(straight, store, registry, matcher, network, plan):
    fixes = sorted(night(registry), key=lambda each: each.at)
    half = len(fixes) // 2
    one = matcher()
    one.round(EVENING)
    send(store, registry, fixes[:half])
    settle(one, fixes[half].at + 10 * MINUTE)
    assert all(drive.ended for drive in store.ploughs.drives(registry.site).values())
    send(store, registry, fixes[half:])
    settle(one, MORNING)
    assert told(store, registry, network, plan)[:2] == straight[:2]
    assert not store.road_states.changes(registry.site, EVENING, MORNING + DAY), "what goes on was never wrong"


def test_another_network_is_matched_anew_in_pieces_while_live_work_goes_on(store, registry, matcher, network, plan):
    fixes = night(registry)
    one = matcher()
    one.round(EVENING)
    send(store, registry, fixes)
    settle(one, MORNING)
    Ageing(store, registry.site, network, plan).round(MORNING)
    moved = network_of([street(number, 300.0 * number) for number in range(5)], 6678)
    vehicle = max(registry.vehicles.values())
    other = matcher(moved, fixes_a_round=50)
    Ageing(store, registry.site, moved, plan).round(MORNING)
    live = driven(vehicle, MORNING - 3 * MINUTE, [0], seed=9)
    send(store, registry, live)
    first = other.round(MORNING)
    assert first.fixes > 0, "what comes in is matched at once"
    settle(other, MORNING + 10 * MINUTE)
    roads = {passage.road for passage in store.ploughs.passages(registry.site, EVENING, MORNING + HOUR)}
    assert roads == {"r-0", "r-1", "r-2", "r-3", "r-4"}
    assert "r-5" not in store.road_states.latest(registry.site)
    (gone,) = store.road_states.changes(registry.site, EVENING, MORNING + HOUR, roads=["r-5"])
    assert (gone.cause, gone.now) == (NETWORK, None)
    passages = store.ploughs.passages(registry.site, MORNING - HOUR, MORNING + HOUR, vehicles=[vehicle])
    assert {passage.road for passage in passages} == {"r-0"}


def test_what_was_there_before_matching_began_is_matched_too(straight, store, registry, matcher, network, plan):
    send(store, registry, night(registry))
    settle(matcher(), MORNING)
    assert told(store, registry, network, plan)[:2] == straight[:2]
    assert not store.road_states.changes(registry.site, EVENING, MORNING + DAY)


def test_one_vehicle_that_cannot_be_matched_stops_no_other(
    store, registry, matcher, network, plan, monkeypatch, caplog
):
    first, second = sorted(registry.vehicles.values())
    one = matcher()
    one.round(EVENING)
    whole = one._tracks.feed

    def feed(vehicle, fixes, now):
        if vehicle == first:
            raise ValueError("poison")
        return whole(vehicle, fixes, now)

    monkeypatch.setattr(one._tracks, "feed", feed)
    send(store, registry, night(registry))
    settle(one, MORNING)
    assert {passage.vehicle for passage in store.ploughs.passages(registry.site, EVENING, MORNING)} == {second}
    assert "cannot be matched" in caplog.text


def test_a_row_that_can_never_be_written_stops_no_other(
    straight, store, registry, matcher, network, plan, monkeypatch, caplog
):
    """Of one vehicle a passage ends before it began, and one has a length that is no number: they are left out and told of."""
    first = min(registry.vehicles.values())
    one = matcher()
    one.round(EVENING)
    whole, poison = one._tracks.feed, []

    def feed(vehicle, fixes, now):
        parts = whole(vehicle, fixes, now)
        good = [each for part in parts for each in part.track.passages]
        if vehicle != first or poison or not good:
            return parts
        bad = replace(good[0], ended_at=good[0].began_at - SECOND, from_m=1.0)
        poison.extend([bad, replace(good[0], from_m=math.nan)])
        return [*parts, TrackPart(vehicle, Track(passages=tuple(poison)))]

    monkeypatch.setattr(one._tracks, "feed", feed)
    send(store, registry, night(registry))
    done = one.round(MORNING)
    assert (len(poison), done.fixes > 0) == (2, True)
    (incident,) = store.watching.incidents(registry.site)
    assert (incident.kind, incident.subject, incident.detail["rows"]) == (INCIDENT, "plough-1", 2)
    assert "left out of the track of plough-1" in caplog.text
    settle(one, MORNING)
    assert told(store, registry, network, plan) == straight, "everything else is there"
    later = driven(first, MORNING + HOUR, [0], seed=9)
    send(store, registry, later)
    settle(one, MORNING + 2 * HOUR)
    assert store.watching.incidents(registry.site) == []


def test_a_database_that_cannot_be_written_leaves_nothing_out(store, registry, matcher, monkeypatch):
    one = matcher()
    one.round(EVENING)
    send(store, registry, night(registry))

    def save(*_):
        raise StoreError("permission denied", retryable=False, sqlstate="42501")

    with monkeypatch.context() as patched:
        patched.setattr(store.ploughs, "save", save)
        with pytest.raises(StoreError):
            one.round(MORNING)
    settle(one, MORNING)
    assert store.watching.incidents(registry.site) == []
    assert len(store.ploughs.passages(registry.site, EVENING, MORNING)) > 20


def test_states_age_out_of_the_window(store, registry, matcher, network, plan):
    one = matcher()
    one.round(EVENING)
    send(store, registry, night(registry))
    settle(one, MORNING)
    ageing = Ageing(store, registry.site, network, plan)
    ageing.round(MORNING)
    clear = store.road_states.latest(registry.site)
    assert ageing.round(MORNING + SECOND) == 0
    oldest = min(state.clear_since for state in clear.values())
    assert ageing.round(oldest + plan.window + 15 * MINUTE) > 0
    assert any(state.share < 0.8 for state in store.road_states.latest(registry.site).values())
    ageing.round(MORNING + 2 * plan.window)
    states = store.road_states.latest(registry.site)
    assert {state.share for state in states.values()} == {0}, "nothing was worked over in the window"
    assert [state.clear_since for state in states.values()] == [state.clear_since for state in clear.values()]
    Ageing(store, registry.site, network, plan).round(MORNING + 2 * plan.window)  # another process finds the same
    assert store.road_states.latest(registry.site) == states
    ageing.round(MORNING + plan.remember)
    states = store.road_states.latest(registry.site)
    assert {(state.clear_since, state.last_worked_at) for state in states.values()} == {(None, None)}
    ageing.round(MORNING)  # a clock that was set back
    assert store.road_states.latest(registry.site) == clear


def test_days_of_work_begin_at_noon_of_the_town(plan):
    days = WorkDays(plan, "Asia/Tokyo")
    noon = datetime(2026, 1, 15, 3, tzinfo=UTC)
    assert days.began(noon) == noon
    assert days.began(noon - SECOND) == noon - DAY
    assert days.ends(noon) == noon + DAY
    assert days.of(noon - SECOND, noon) == [(noon - DAY, noon), (noon, noon + DAY)]
    assert not continues(noon - SECOND, noon, days)
    assert continues(noon, noon + 120 * SECOND, days)
    assert not continues(noon, noon + 121 * SECOND, days)
    new_york = WorkDays(replace(plan, day_begins=time(12)), "America/New_York")
    before = new_york.began(datetime(2026, 3, 8, 15, tzinfo=UTC))
    assert new_york.ends(before) - before == 23 * HOUR, "the day the clocks go forward"


def test_drives_are_cut_at_silences_and_at_noon(plan):
    days = WorkDays(plan, "Asia/Tokyo")
    noon = datetime(2026, 1, 15, 3, tzinfo=UTC)
    offsets = [-300, -180, -179, -5, 0, 5, 125, 246]
    at_us = [micros(noon + offset * SECOND) for offset in offsets]
    columns = {name: [0.0] * len(at_us) for name in ("lon", "lat", "speed_kmh", "heading_deg", "accuracy_m")}
    fixes = Fixes(at_us=at_us, task=[None] * len(at_us), **columns)
    cut = [[(instant(at) - noon) // SECOND for at in drive.at_us] for drive in drives_in(fixes, days)]
    assert cut == [[-300, -180, -179], [-5], [0, 5, 125], [246]]
    assert drives_in(Fixes(), days) == []
