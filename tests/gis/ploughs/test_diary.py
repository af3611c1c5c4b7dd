"""The work diary of a plough, reckoned from its track, in literal numbers."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.plough_plan import PloughPlan
from core.diary import Seal, seal_digest
from core.model import DeviceId, Task, Vehicle, VehicleId
from core.ploughs import BreakReason, Direction, Evidence, Gap, Passage, Run, Stop, Track
from gis.ploughs.diary import day_span, diary_day
from gis.ploughs.diary_book import broken
from gis.ploughs.diary_document import canonical, diary_document
from gis.ploughs.network import network_of

BEGIN = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)  # noon in Japan
NIGHT = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = PloughPlan(roads="roads", classes={})
PLOUGH = Vehicle(
    id=VehicleId("plough-01"), device=DeviceId("d1"), name_ja="除雪車 1号", name_en="Plough 1", kind="plough",
    contractor="架空建設",
)  # fmt: skip


def _road(id_, code, lat, **more):
    line = [[140.40, lat], [140.41, lat]]
    properties = {"id": id_, "name": f"市道{id_}線", "code": code, "class": f"第{code}種", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}


@pytest.fixture(scope="module")
def network():
    roads = [_road("a", "1", 38.60, official_length_m=900), _road("b", "1", 38.61), _road("c", "3", 38.62)]
    return network_of(roads, 6678)


def passage(road="a", begin=0, minutes=2, **more):
    fields = {
        "vehicle": 1, "road": road, "direction": Direction.FORWARD, "from_m": 0.0, "to_m": 800.0, "task": Task.PLOUGH,
        "began_at": NIGHT + begin * MINUTE, "ended_at": NIGHT + (begin + minutes) * MINUTE, "evidence": Evidence.SIGNAL,
        "fixes": 20,
    }  # fmt: skip
    return Passage(**(fields | more))


def run(begin=0, minutes=60, task=Task.PLOUGH, evidence=Evidence.SIGNAL, **more):
    fields = {"fixes": 100, "driven_m": 10_000.0, "matched_m": 9_000.0, "flags": {}}
    return Run(
        vehicle=1, began_at=NIGHT + begin * MINUTE, ended_at=NIGHT + (begin + minutes) * MINUTE, task=task,
        evidence=evidence, **(fields | more),
    )  # fmt: skip


def stop(begin, minutes, **more):
    at = NIGHT + begin * MINUTE
    return Stop(vehicle=1, began_at=at, ended_at=at + minutes * MINUTE, lon=140.4, lat=38.6, **more)


@pytest.fixture
def reckon(network):
    def reckon(day=date(2026, 1, 15), **track):
        parts = {name: tuple(ones) for name, ones in track.items()}
        return diary_day(network, PLAN, PLOUGH, Track(**parts), day, site="t", time_zone="Asia/Tokyo")

    return reckon


def test_a_day_of_work_begins_at_noon_so_that_a_night_is_one_day():
    assert day_span(PLAN, "Asia/Tokyo", date(2026, 1, 15)) == (BEGIN, BEGIN + timedelta(days=1))


def test_every_pass_counts_and_each_metre_once(reckon):
    found = reckon(passages=[passage(), passage(begin=5, from_m=400.0, to_m=860.0, evidence=Evidence.INFERRED)])
    (road,) = found.roads
    assert (road.passes, road.worked_m, road.distinct_m) == (2, 1260.0, 860.0)
    assert (road.signal_m, road.inferred_m) == (800.0, 460.0)
    assert (road.first_at, road.last_at) == (NIGHT, NIGHT + 7 * MINUTE)
    assert road.official_length_m == 900


def test_classes_add_up_their_roads(reckon):
    found = reckon(passages=[passage("a"), passage("b", 5), passage("c", 9, to_m=100.0)])
    assert [(one.code, one.roads, one.worked_m) for one in found.classes] == [("1", 2, 1600.0), ("3", 1, 100.0)]
    assert [one.road for one in found.roads] == ["a", "b", "c"]


def test_what_was_driven_without_working_or_on_a_neighbouring_line_is_no_length(reckon):
    found = reckon(passages=[passage(evidence=None), passage("b", 5, derived=True)])
    assert found.roads == ()
    assert found.classes == ()


def test_work_on_a_road_that_left_the_layer_still_counts_under_its_id(reckon):
    found = reckon(passages=[passage("gone"), passage("c", 5)])
    assert [(one.road, one.name, one.worked_m) for one in found.roads] == [("c", "市道c線", 800.0), ("gone", "", 800.0)]
    assert [(one.code, one.class_name, one.worked_m) for one in found.classes] == [
        ("3", "第3種", 800.0),
        ("", "", 800.0),
    ]


def test_hours_by_task_with_what_stood_still_in_them(reckon):
    found = reckon(
        runs=[run(), run(60, 30, Task.TRAVEL, None)],
        stops=[stop(10, 5, road="a"), stop(55, 10, depot="基地")],
    )
    assert [(one.task, one.evidence, one.seconds, one.stopped_s) for one in found.times] == [
        ("plough", "signal", 3600, 600),
        ("travel", "", 1800, 300),
    ]


def test_without_a_signal_the_passages_held_to_be_work_are_the_hours(reckon):
    inferred = {"task": None, "evidence": Evidence.INFERRED}
    found = reckon(
        runs=[run(0, 30, None, Evidence.INFERRED)], passages=[passage(**inferred), passage("b", 5, **inferred)]
    )
    assert [(one.task, one.evidence, one.seconds) for one in found.times] == [
        ("unsaid", "", 26 * 60),
        ("unsaid", "inferred", 4 * 60),
    ]


def test_standing_is_told_beside_the_hours_it_lies_in_and_no_moment_is_work_twice(reckon):
    """Two passages that overlap in time, a stop of ten minutes of which two lie within work; the run begins with the first."""
    inferred = {"task": None, "evidence": Evidence.INFERRED}
    found = reckon(
        runs=[run(0, 30, None, Evidence.INFERRED)],
        passages=[
            passage(minutes=4, **inferred),
            passage("b", 3, 3, **inferred),
            passage("c", 8, derived=True, **inferred),
        ],
        stops=[stop(4, 10)],
    )
    assert [(one.task, one.evidence, one.seconds, one.stopped_s) for one in found.times] == [
        ("unsaid", "", 24 * 60, 8 * 60),
        ("unsaid", "inferred", 6 * 60, 2 * 60),
    ]


def test_a_drive_that_worked_from_end_to_end_has_no_other_hours(reckon):
    found = reckon(runs=[run(0, 2, None, Evidence.INFERRED)], passages=[passage(task=None, evidence=Evidence.INFERRED)])
    assert [(one.evidence, one.seconds, one.stopped_s) for one in found.times] == [("inferred", 120, 0)]


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_is_that_of_a_recount_second_by_second_and_decimetre_by_decimetre(reckon, seed):
    chance = random.Random(seed)
    passages, runs, stops, begin = [], [], [], 0
    while begin < 300:
        minutes, task = chance.randint(5, 30), chance.choice([Task.PLOUGH, Task.TRAVEL, None])
        evidence = {Task.PLOUGH: Evidence.SIGNAL, Task.TRAVEL: None, None: Evidence.INFERRED}[task]
        runs.append(run(begin, minutes, task, evidence))
        for start in range(begin, begin + minutes - 2, 3):
            low, long = chance.randint(0, 4000), chance.randint(1, 4000)
            worked = chance.choice([evidence, evidence, None])
            ends = {"from_m": low / 10, "to_m": (low + long) / 10, "task": task, "evidence": worked}
            passages.append(passage(chance.choice("abc"), start, chance.randint(1, 4), **ends))
        stops.append(stop(begin + 1, 3))
        begin += minutes + chance.randint(0, 5)
    found = reckon(passages=passages, runs=runs, stops=stops)

    standing = {second for one in stops for second in _seconds(one)}
    inferred = {s for one in passages if one.task is None and one.evidence for s in _seconds(one)}
    spent: dict[tuple[str, str], list[int]] = {}
    for one in runs:
        for second in _seconds(one):
            kind = (one.task.value, one.evidence.value if one.evidence else "") if one.task else ("unsaid", "")
            spent.setdefault(("unsaid", "inferred") if one.task is None and second in inferred else kind, []).append(
                second
            )
    told = {(one.task, one.evidence): (one.seconds, one.stopped_s) for one in found.times}
    assert told == {key: (len(all_), sum(second in standing for second in all_)) for key, all_ in spent.items()}

    assert {one.road for one in found.roads} == {one.road for one in passages if one.evidence}
    for road in found.roads:
        own = [
            range(round(one.from_m * 10), round(one.to_m * 10))
            for one in passages
            if one.road == road.road and one.evidence
        ]
        assert round(road.worked_m * 10) == sum(map(len, own))
        assert round(road.distinct_m * 10) == len({metre for one in own for metre in one})
        assert round(10 * (road.signal_m + road.inferred_m)) == round(10 * road.worked_m)
    for kind in found.classes:
        mine = [road for road in found.roads if road.code == kind.code]
        assert (kind.roads, kind.worked_m) == (len(mine), pytest.approx(sum(road.worked_m for road in mine)))


def _seconds(one):
    begin = round((one.began_at - NIGHT).total_seconds())
    return range(begin, begin + round((one.ended_at - one.began_at).total_seconds()))


def test_what_begins_in_a_day_belongs_to_it_whole_and_to_no_other(reckon):
    """A run over noon: added up over the days nothing counts twice."""
    noon = BEGIN + timedelta(days=1)
    over = replace(run(), began_at=noon - MINUTE, ended_at=noon + 9 * MINUTE)
    at_noon = replace(passage(), began_at=noon, ended_at=noon + MINUTE)
    first, second = (reckon(date(2026, 1, day), runs=[over], passages=[at_noon]) for day in (15, 16))
    assert [one.seconds for one in first.times] == [600]
    assert second.times == ()
    assert first.roads == ()
    assert [one.road for one in second.roads] == ["a"]


def test_quality_tells_gaps_flags_and_what_lies_on_roads(reckon):
    gap = Gap(
        vehicle=1, began_at=NIGHT, ended_at=NIGHT + 5 * MINUTE, from_lon=140.4, from_lat=38.6, to_lon=140.41, to_lat=38.6,
        reason=BreakReason.SILENCE,
    )  # fmt: skip
    task = replace(gap, reason=BreakReason.TASK)
    found = reckon(
        runs=[run(flags={"coarse": 3, "jump": 0}), run(60, flags={"coarse": 2, "fast": 1})], gaps=[gap, task]
    )
    quality = found.quality
    assert (quality.fixes, dict(quality.flags)) == (200, {"coarse": 5, "fast": 1})
    assert (quality.gaps, quality.unknown_s) == (1, 300)
    assert (quality.driven_m, quality.matched_m) == (20_000.0, 18_000.0)


def test_a_day_of_which_nothing_is_known_says_so(reckon):
    found = reckon()
    assert found.idle
    assert found.first_at is None


def test_the_document_is_the_same_bytes_in_whatever_order_the_track_was_read(reckon):
    passages = [passage("a"), passage("b", 5), passage("a", 9, direction=Direction.BACKWARD)]
    documents = {canonical(diary_document(reckon(passages=ones, runs=[run()]))) for ones in (passages, passages[::-1])}
    (only,) = documents
    assert json.loads(only)["roads"][0]["worked_m"] == 1600.0


def _chain(*documents):
    seals, previous = [], ""
    for number, document in enumerate(documents):
        digest = seal_digest(previous, document)
        seals.append(
            Seal(
                vehicle="v",
                day=date(2026, 1, number + 1),
                revision=1,
                document=document,
                previous=previous,
                digest=digest,
                made_at=NIGHT,
                made_by="x",
            )
        )
        previous = digest
    return seals


def test_a_chain_as_it_was_sealed_has_no_fault():
    assert broken(_chain(b"one", b"two", b"three")) == []
    assert seal_digest("", b"one") == "22de334899ce484a42aecba50558206434927b6a4a6dac9ff76b170683defd82"


@pytest.mark.parametrize(
    ("change", "days"),
    [
        (lambda seals: seals[:1] + seals[2:], [3]),
        (lambda seals: [seals[0], replace(seals[1], document=b"other"), seals[2]], [2, 3]),
        (lambda seals: [seals[1], seals[0], seals[2]], [2, 1, 3]),
    ],
    ids=["one taken out", "one changed", "two exchanged"],
)
def test_a_changed_chain_shows_where(change, days):
    assert [fault.seal.day.day for fault in broken(change(_chain(b"one", b"two", b"three")))] == days
