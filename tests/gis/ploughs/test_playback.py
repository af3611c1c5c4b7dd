"""A night played again: thinned ways stay near the truth, ages of roads follow the one rule, what came late is told."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import numpy as np
import pytest

from config.plough_plan import PloughPlan, RoadClass
from core.ploughs import BreakReason, Direction, Evidence, Fixes, Gap, Passage
from gis.ploughs.coverage import coverage
from gis.ploughs.network import network_of
from gis.ploughs.playback_late import known_passages
from gis.ploughs.playback_roads import KnownPassage, reaching_back, road_changes
from gis.ploughs.playback_tracks import DEGREE_PARTS, Drive, late_spans, thinned, track_columns, way_of

START = datetime(2026, 1, 15, 15, tzinfo=UTC)
PLAN = PloughPlan(
    roads="roads",
    classes={"1": RoadClass(code="1", two_sided=True), "2": RoadClass(code="2")},
    window=timedelta(hours=6),
    remember=timedelta(hours=10),
)


def line(number: int, code: str) -> dict:
    lat = 38.6 + number / 500
    return {
        "type": "Feature",
        "properties": {"id": f"R{number}", "name": f"道{number}", "code": code},
        "geometry": {"type": "LineString", "coordinates": [[140.40, lat], [140.41, lat]]},
    }


NETWORK = network_of([line(1, "1"), line(2, "2"), line(3, "2")], 6678)


def passage(road: str, minutes: float, direction: Direction = Direction.FORWARD, **more: object) -> Passage:
    began = START + timedelta(minutes=minutes)
    usual: dict = {
        "vehicle": 1,
        "road": road,
        "direction": direction,
        "from_m": 0.0,
        "to_m": round(NETWORK.roads[road].length_m, 1),
        "began_at": began,
        "ended_at": began + timedelta(minutes=4),
        "task": None,
        "evidence": Evidence.SIGNAL,
        "fixes": 10,
    }
    return Passage(**usual | more)


def state_at(changes: list, moment: datetime) -> datetime | None:
    """What the page looks up: the last change that is not after the moment."""
    index = bisect_right([change.at for change in changes], moment) - 1
    return changes[index].clear_since if index >= 0 else None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("then", [False, True])
def test_changes_are_what_coverage_says_at_every_moment(seed, then):
    chance = random.Random(seed)
    known = []
    for _ in range(60):
        road = chance.choice(list(NETWORK.roads))
        whole = NETWORK.roads[road].length_m
        from_m = chance.choice([0.0, 0.0, whole * 0.3])
        one = passage(
            road,
            chance.uniform(-600, 700),
            chance.choice(list(Direction)),
            from_m=round(from_m, 1),
            to_m=round(chance.choice([whole, whole * 0.6]), 1),
            evidence=chance.choice([Evidence.SIGNAL, Evidence.INFERRED, None]),
        )
        late = timedelta(minutes=chance.choice([0, 0, 0, 90]))
        known.append(KnownPassage(one, one.ended_at + late))
    until = START + timedelta(hours=12)
    changes = road_changes(NETWORK, PLAN, known, since=START, until=until, as_known_then=then)
    for minutes in range(0, 721, 7):
        moment = START + timedelta(minutes=minutes)
        told = [one.passage for one in known if not then or one.known_at <= moment]
        states = coverage(NETWORK, PLAN, told, since=moment - PLAN.remember, now=moment)
        for road, state in states.items():
            assert state_at(changes.get(road, []), moment) == state.clear_since, (road, minutes)


def test_a_road_without_record_is_not_sent():
    only = [KnownPassage(passage("R2", 10), START + timedelta(minutes=14))]
    found = road_changes(NETWORK, PLAN, only, since=START, until=START + timedelta(hours=12), as_known_then=False)
    assert list(found) == ["R2"]
    # Nothing at first, then clear, for as long as it is remembered.
    assert [change.clear_since is None for change in found["R2"]] == [True, False, True]
    assert found["R2"][-1].at == START + timedelta(minutes=14, hours=10)


def test_as_much_is_read_of_before_as_it_takes():
    passages = [passage("R2", -500), passage("R3", -200), passage("R3", -550), passage("R2", 30)]
    asked = []

    def older(after, until, roads):
        asked.append(sorted(roads))
        return [one for one in passages if one.road in roads and after < one.ended_at <= until]

    recent = [one for one in passages if one.ended_at > START - PLAN.window]
    assert reaching_back(NETWORK, PLAN, recent, older, since=START) == [passages[0]]
    assert asked == [["R1", "R2"]], "what covers R3 lies in the window"


def micro(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def test_a_passage_is_known_when_its_last_fix_arrived():
    one = passage("R2", 10)
    times = [one.began_at + timedelta(minutes=minute) for minute in range(5)]
    at = [micro(time) for time in times]
    late = [*at[:4], at[4] + 1_800_000_000]
    assert known_passages([one], {1: (at, at)})[0].known_at == one.ended_at
    assert known_passages([one], {1: (at, late)})[0].known_at == times[4] + timedelta(minutes=30)
    # Of what lies before the fixes read nothing is known: it is held to have come in time.
    assert known_passages([one], {})[0].known_at == one.ended_at
    assert known_passages([passage("R2", -100)], {1: (at, late)})[0].known_at == START - timedelta(minutes=96)


def test_thinned_ways_are_nowhere_farther_off_than_the_tolerance():
    chance = random.Random(5)
    count = 3_000
    turns = list(accumulate(chance.gauss(0, 0.05) for _ in range(count)))
    speeds = [0.0 if 500 < index < 700 else 5.0 for index in range(count)]
    lon = 140.4 + np.array(list(accumulate(v * math.sin(a) for v, a in zip(speeds, turns, strict=True)))) / 87_000
    lat = 38.6 + np.array(list(accumulate(v * math.cos(a) for v, a in zip(speeds, turns, strict=True)))) / 111_000
    seconds = np.arange(count, dtype=float)
    kept = thinned(seconds, lon, lat, [1_000], 5.0)
    assert {0, 1_000, count - 1} <= set(kept.tolist())
    assert len(kept) < count / 5
    east = (np.interp(seconds, seconds[kept], lon[kept]) - lon) * 111_320 * math.cos(math.radians(lat[0]))
    north = (np.interp(seconds, seconds[kept], lat[kept]) - lat) * 111_320
    assert np.hypot(east, north).max() <= 5.0


def test_columns_come_back_as_what_was_sent():
    at = [START + timedelta(seconds=second) for second in (0, 10, 20, 1_220, 1_230)]
    fixes = Fixes(
        at_us=[micro(one) for one in at],
        lon=[140.40, 140.401, 140.402, 140.41, 140.411],
        lat=[38.60] * 5,
        speed_kmh=[20.0] * 5,
        heading_deg=[90.0] * 5,
        accuracy_m=[5.0] * 5,
        task=["plough", "plough", "plough", "travel", "travel"],
    )
    gap = Gap(
        vehicle=1,
        began_at=at[2],
        ended_at=at[3],
        from_lon=0,
        from_lat=0,
        to_lon=0,
        to_lat=0,
        reason=BreakReason.SILENCE,
    )
    received = [*fixes.at_us[:3], *(one + 600_000_000 for one in fixes.at_us[3:])]
    found = track_columns(Drive(vehicle="p1", fixes=fixes, received_us=received, gaps=[gap]), since=START)
    assert list(accumulate(found["t"])) == [0, 20, 1_220, 1_230]
    assert [x / DEGREE_PARTS for x in accumulate(found["x"])] == [140.40, 140.402, 140.41, 140.411]
    assert found["gaps"] == [[20, 1_220, "silence"]]
    assert found["tasks"] == [[0, "plough"], [2, "travel"]]
    assert found["late"] == [[1_220, 1_230, 1_830]]


def test_nothing_is_thinned_to_nothing():
    empty = track_columns(Drive(vehicle="p1", fixes=Fixes(), received_us=[]), since=START)
    assert empty["t"] == empty["x"] == empty["tasks"] == empty["late"] == []
    assert late_spans([0, 60_000_000], [0, 60_000_000], 0) == []


def test_a_way_weighed_once_is_thinned_as_by_each_tolerance_alone():
    chance = random.Random(7)
    count = 600
    fixes = Fixes(
        at_us=[int((START + timedelta(seconds=8 * index)).timestamp()) * 1_000_000 for index in range(count)],
        lon=[140.4 + 0.004 * math.sin(index / 20) + chance.gauss(0, 5e-5) for index in range(count)],
        lat=[38.6 + 0.00002 * index + chance.gauss(0, 5e-5) for index in range(count)],
        task=["plough" if index // 100 % 2 else "travel" for index in range(count)],
    )
    drive = Drive(vehicle="p1", fixes=fixes, received_us=fixes.at_us)
    way = way_of(drive, since=START, least_m=5.0)
    left = []
    for tolerance in (5.0, 8.0, 12.0, 20.0, 30.0):
        alone = track_columns(drive, since=START, tolerance_m=tolerance)
        assert way.columns(tolerance) == alone
        assert way.count(tolerance) == len(alone["t"])
        left.append(len(alone["t"]))
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1] > 2
