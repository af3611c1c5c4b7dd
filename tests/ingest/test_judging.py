"""Judging what is stored: what a round reaches, what it writes and what not; history by new limits and mount heights."""

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest

from config.model import Limits, Privacy, Site
from core.errors import YukimoriError
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityLimits,
    QualityReason,
    Station,
    StationId,
    StationKind,
)
from core.quality import QualityTest, unpack
from ingest import judging
from ingest.calibration import calibrated
from ingest.judge_rounds import Judge
from ingest.judging import Part, derived, merged, portions, subjects_of
from ingest.requality import Requality, plan
from store.rows import Batch, Registry
from store.verdicts import Span

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEN = 10 * MINUTE
NOON = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=2)
SPIKES = QualityLimits(spike_suspect=20.0, spike_fail=60.0)


def stream(station, quantity, limits=SPIKES, **fields):
    made = Datastream(
        station=StationId(station),
        quantity=quantity,
        device=DeviceId(f"dev-{station}"),
        expected_interval=TEN,
        stale_after=3 * TEN,
        range_min=-50.0,
        range_max=400.0 if quantity == "snow_depth" else 50.0,
        limits=limits,
    )
    return replace(made, **fields)


def site_of(*streams):
    places = {each.station: place for place, each in enumerate(streams)}
    stations = tuple(
        Station(
            id=name,
            kind=StationKind.SNOW,
            name_ja=name,
            name_en=name,
            position=Position(140.4 + place / 100, 38.6),
            elevation_m=100.0,
        )
        for name, place in places.items()
    )
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
        notice_ja="",
        notice_en="",
        contact_ja="",
        contact_en="",
        sources=(),
        limits=Limits(),
        privacy=Privacy(),
        stations=stations,
        datastreams=streams,
        vehicles=(),
    )


class Town:
    """A site in a store, what is measured there, and its judge."""

    def __init__(self, store, *streams):
        self.store = store
        self.change(*streams)

    def change(self, *streams):
        """The site folder says something else now, and the judge is started anew."""
        self.site = site_of(*streams)
        self.registry = self.store.register(self.site)
        self.judge = Judge(self.site, self.store, self.registry)

    def measure(self, key, values, start=NOON, **fields):
        number = self.registry.datastreams[key]
        rows = [
            Observation(number, at, value, value, Quality.GOOD, QualityReason.NONE, at + MINUTE)
            for at, value in ((start + place * TEN, value) for place, value in enumerate(values))
            if value is not None
        ]
        return self.store.append(self.registry.site, Batch(observations=[replace(row, **fields) for row in rows]))

    def work(self):
        done = []
        while not done or done[-1].more:
            done.append(self.judge.round())
        return sum(each.changes for each in done)

    def span(self, key):
        return Span(self.registry.datastreams[key], NOON - 60 * DAY, NOON + DAY)

    def stretch(self, key):
        return self.store.judging.stretches([self.span(key)])[0]

    def flags(self, key):
        return [Quality(quality).name for quality in self.stretch(key).quality]

    def reasons(self, key):
        return [QualityReason(reasons) for reasons in self.stretch(key).reasons]

    def versions(self, key):
        return self.store.judging.versions(self.span(key), 1000)

    def anew(self, *keys, since=None, until=None, dry_run=False, stop=None):
        subjects = [each for each in subjects_of(self.site, self.registry).values() if each.stream.key in keys]
        plans = plan(self.store, subjects, since, until)
        work = Requality(store=self.store, site_no=self.registry.site, plans=plans, dry_run=dry_run)
        return list(work.run(stop or threading.Event()))


@pytest.fixture
def snow(store):
    return Town(store, stream("a", "snow_depth"))


def test_a_spike_is_known_when_its_successor_came_and_leaves_the_latest(snow):
    snow.measure("a/snow_depth", [100.0, 101.0, 101.0])
    snow.work()
    snow.measure("a/snow_depth", [190.0], NOON + 3 * TEN)
    assert snow.work() == 0, "the newest value may be a spike or a rise: nobody knows yet"
    assert snow.store.latest_values(1)[0].value == 190.0
    snow.measure("a/snow_depth", [102.0], NOON + 4 * TEN)
    assert snow.work() == 1
    assert snow.flags("a/snow_depth") == ["GOOD", "GOOD", "GOOD", "FAIL", "GOOD"]
    assert snow.reasons("a/snow_depth")[3] == QualityReason.SPIKE
    (version,) = [each for each in snow.versions("a/snow_depth") if each.change.at == NOON + 3 * TEN]
    assert (version.cause, version.limits_version) == ("live", subjects_of(snow.site, snow.registry)[1].version)
    assert snow.store.latest_values(1)[0].value == 102.0


def test_a_failed_newest_value_gives_the_latest_back(store):
    town = Town(store, stream("a", "snow_depth"))
    town.measure("a/snow_depth", [100.0, 101.0, 500.0])
    town.measure("a/snow_depth", [900.0], NOON + 3 * TEN)
    town.change(stream("a", "snow_depth", mount_height_cm=400.0))
    town.work()
    assert store.latest_values(1)[0].value == 101.0, "higher than the sensor itself"


def test_only_rows_a_test_objects_to_carry_its_outcome(snow):
    snow.measure("a/snow_depth", [100.0] * 20)
    assert snow.work() == 1
    tests = snow.stretch("a/snow_depth").tests
    assert unpack(tests[0])[QualityTest.GAP] == Quality.NOT_EVALUATED
    assert tests[1:] == [None] * 19
    assert snow.reasons("a/snow_depth")[0] == QualityReason.GAP, "nobody knows what was before the first value"
    assert snow.work() == 0


def test_what_arrival_said_stays_beside_what_the_tests_say(snow):
    kept = QualityReason.ARRIVAL_TIME | QualityReason.RETAINED
    snow.measure("a/snow_depth", [100.0, 101.0, 300.0, 101.0, 102.0], reasons=kept)
    snow.work()
    assert snow.reasons("a/snow_depth")[2] == kept | QualityReason.SPIKE
    assert snow.reasons("a/snow_depth")[3] == kept


def test_a_second_value_that_comes_later_makes_the_first_suspect(snow):
    snow.measure("a/snow_depth", [100.0, 101.0, 102.0])
    snow.work()
    assert snow.measure("a/snow_depth", [105.0], NOON + TEN).conflict == 1
    assert snow.work() == 1
    assert snow.flags("a/snow_depth") == ["GOOD", "SUSPECT", "GOOD"]
    assert snow.reasons("a/snow_depth")[1] == QualityReason.CONFLICT
    assert snow.versions("a/snow_depth")[-1].cause == "late"
    assert snow.stretch("a/snow_depth").value[1] == 101.0


def test_late_values_judge_again_what_they_can_change_and_nothing_else(snow):
    snow.measure("a/snow_depth", [100.0, None, 101.0, 101.0] + [101.0] * 60)
    snow.work()
    before = snow.judge.round()
    assert (before.rows, before.more) == (0, False)
    snow.measure("a/snow_depth", [190.0], NOON + TEN)
    done = snow.judge.round()
    assert done.changes == 1
    assert done.rows < 20, "an hour and the reach of the tests, not the whole day"
    assert snow.flags("a/snow_depth")[1] == "FAIL"
    assert snow.versions("a/snow_depth")[-1].cause == "late"


def test_a_late_air_temperature_judges_the_rivers_around_it_again(store):
    ice = QualityLimits(winter_jump=0.3)
    town = Town(store, stream("river", "water_level", ice), stream("sky", "air_temperature", QualityLimits()))
    town.measure("river/water_level", [1.0] * 20 + [1.8, 1.8, 1.0, 1.0])
    town.work()
    assert "SUSPECT" not in town.flags("river/water_level")
    town.measure("sky/air_temperature", [-6.0] * 24)
    town.work()
    assert town.flags("river/water_level")[20:22] == ["SUSPECT", "SUSPECT"]
    assert {each.cause for each in town.versions("river/water_level")} == {"live"}


def test_a_late_neighbour_judges_the_snow_gauges_around_it_again(store):
    near = QualityLimits(neighbour_km=20.0, neighbour_difference=25.0)
    names = ("a", "b", "c")
    town = Town(store, *(stream(name, "snow_depth", near) for name in names))
    start = NOON - 2 * DAY
    town.measure("a/snow_depth", [100.0] * 200 + [150.0] * 20, start)
    town.measure("b/snow_depth", [90.0] * 220, start)
    town.work()
    assert "SUSPECT" not in town.flags("a/snow_depth"), "one neighbour is too few to contradict"
    town.measure("c/snow_depth", [80.0] * 220, start)
    town.work()
    assert town.flags("a/snow_depth")[200:] == ["SUSPECT"] * 20
    assert town.flags("b/snow_depth")[200:] == ["GOOD"] * 20


def test_another_process_goes_on_where_the_judge_fell(snow):
    rows = [100.0 + place % 3 for place in range(100)]
    rows[50] = 300.0
    snow.measure("a/snow_depth", rows[:40])
    snow.judge.round()
    snow.measure("a/snow_depth", rows[40:], NOON + 40 * TEN)
    snow.judge = Judge(snow.site, snow.store, snow.registry)  # the first ended without a word
    done = snow.judge.round()
    assert 60 <= done.rows < 80, "what came since, and a little before it"
    assert snow.flags("a/snow_depth")[50] == "FAIL"


def test_rows_judged_out_of_turn_count_as_judged_once_those_before_them_are_decided(snow, dsn):
    def settled():
        return not snow.store.judging.unsettled(snow.registry.site, 2**60)

    snow.measure("a/snow_depth", [100.0])
    snow.judge.round()
    assert settled()
    with psycopg.connect(dsn) as slow:
        slow.execute("select pg_current_xact_id()")
        snow.measure("a/snow_depth", [101.0], NOON + TEN)
        assert not settled()
        assert snow.judge.round().rows > 0
        assert not settled(), "the place of the judge lies before the slow transaction"
    assert snow.judge.round().rows == 0
    assert settled()


def test_a_round_that_finds_rows_changed_is_done_again(snow, monkeypatch):
    snow.measure("a/snow_depth", [100.0, 300.0, 100.0, 101.0])
    stretches = snow.store.judging.stretches

    def changed_behind_its_back(spans):
        read = stretches(spans)
        monkeypatch.undo()
        assert snow.anew("a/snow_depth")[0].flags == 2
        return read

    monkeypatch.setattr(type(snow.store.judging), "stretches", lambda _self, spans: changed_behind_its_back(spans))
    assert snow.judge.round().changes == 0
    assert snow.judge.round().rows == 4
    assert snow.flags("a/snow_depth")[1] == "FAIL"
    assert len(snow.versions("a/snow_depth")) == 2


def test_a_series_that_cannot_be_judged_stops_no_other(store, monkeypatch, caplog):
    town = Town(store, stream("a", "snow_depth"), stream("b", "snow_depth"))
    for name in ("a", "b"):
        town.measure(f"{name}/snow_depth", [100.0, 300.0, 100.0, 100.0])
    judge = judging.judge

    def broken(datastream, *rest):
        if datastream.station == "a":
            raise ZeroDivisionError
        return judge(datastream, *rest)

    monkeypatch.setattr(judging, "judge", broken)
    town.work()
    assert town.flags("b/snow_depth")[1] == "FAIL"
    assert town.flags("a/snow_depth") == ["GOOD"] * 4
    assert "a/snow_depth cannot be judged" in caplog.text


def test_verdicts_the_database_refuses_stop_no_others(store, monkeypatch, caplog):
    town = Town(store, stream("a", "snow_depth"), stream("b", "snow_depth"))
    for name in ("a", "b"):
        town.measure(f"{name}/snow_depth", [100.0, 300.0, 100.0, 100.0])
    judge, first = judging.judge, town.site.datastreams[0]

    def impossible(datastream, *rest):
        found = judge(datastream, *rest)
        return replace(found, quality=np.where(datastream == first, 1 << 20, found.quality))

    monkeypatch.setattr(judging, "judge", impossible)
    monkeypatch.setattr(judging, "Quality", int)
    town.work()
    assert "the verdicts on a/snow_depth are refused" in caplog.text
    assert town.flags("a/snow_depth") == ["GOOD"] * 4
    assert town.flags("b/snow_depth")[1] == "FAIL"
    assert town.judge.round().rows == 0


def test_a_judge_that_was_away_for_long_begins_where_it_ended(snow, caplog):
    snow.measure("a/snow_depth", [100.0, 101.0], NOON - 9 * DAY)
    snow.work()
    assert snow.judge.round().rows == 0
    snow.measure("a/snow_depth", [100.0, 300.0, 100.0, 101.0], NOON - 8 * DAY)
    snow.store.maintain(NOON)
    snow.store.maintain(NOON + 9 * DAY)  # the list of touched hours is forgotten by now
    snow.measure("a/snow_depth", [100.0, 300.0, 100.0, 101.0], NOON)
    snow.judge = Judge(snow.site, snow.store, snow.registry)
    with caplog.at_level(logging.WARNING):
        snow.work()
    assert "the judge has not run for days" in caplog.text
    assert [place for place, flag in enumerate(snow.flags("a/snow_depth")) if flag == "FAIL"] == [3, 7]
    caplog.clear()
    snow.judge = Judge(snow.site, snow.store, snow.registry)
    snow.work()
    assert caplog.text == ""


def test_new_limits_hold_for_what_comes_in_and_are_told(snow, caplog):
    snow.measure("a/snow_depth", [100.0, 115.0, 100.0, 100.0])
    snow.work()
    snow.change(stream("a", "snow_depth", replace(SPIKES, spike_suspect=10.0)))
    snow.measure("a/snow_depth", [100.0, 115.0, 100.0, 100.0], NOON + 10 * HOUR)
    snow.work()
    assert snow.flags("a/snow_depth") == ["GOOD"] * 5 + ["SUSPECT"] + ["GOOD"] * 2
    assert "the history of a/snow_depth still stands under the old ones" in caplog.text


def test_history_is_judged_by_new_limits_once(snow, caplog):
    snow.measure("a/snow_depth", [100.0, 115.0, 100.0, 100.0])
    snow.work()
    (old,) = {each.limits_version for each in snow.versions("a/snow_depth")}
    snow.change(stream("a", "snow_depth", replace(SPIKES, spike_suspect=10.0)))
    (looked,) = snow.anew("a/snow_depth", dry_run=True)
    assert (looked.rows, looked.values, looked.flags) == (4, 0, 1)
    assert snow.flags("a/snow_depth")[1] == "GOOD"
    (done,) = snow.anew("a/snow_depth")
    assert (done.rows, done.values, done.flags, done.finished) == (4, 0, 1, True)
    assert (done.was_version, done.version) == (old, subjects_of(snow.site, snow.registry)[1].version)
    assert snow.flags("a/snow_depth")[1] == "SUSPECT"
    assert snow.versions("a/snow_depth")[-1].cause == "requality"
    (again,) = snow.anew("a/snow_depth")
    assert (again.values, again.flags, again.was_version) == (0, 0, done.version)
    caplog.clear()
    snow.work()
    assert "history" not in caplog.text


def test_history_between_two_times_only(snow):
    snow.measure("a/snow_depth", [100.0, 115.0, 100.0, 100.0, 115.0, 100.0, 100.0])
    snow.change(stream("a", "snow_depth", replace(SPIKES, spike_suspect=10.0)))
    (done,) = snow.anew("a/snow_depth", since=NOON + 3 * TEN, until=NOON + 6 * TEN)
    assert done.rows == 3
    assert snow.flags("a/snow_depth")[4] == "SUSPECT"
    assert snow.flags("a/snow_depth")[1] == "GOOD"


def test_interrupted_work_is_kept_and_gone_on_with(snow):
    for place in range(4):
        snow.measure("a/snow_depth", [100.0, 115.0, 100.0, 100.0], NOON - (place * 14) * DAY)
    snow.change(stream("a", "snow_depth", replace(SPIKES, spike_suspect=10.0)))
    stop = threading.Event()
    (subject,) = subjects_of(snow.site, snow.registry).values()
    work = Requality(
        store=snow.store,
        site_no=1,
        plans=plan(snow.store, [subject], None, None),
        dry_run=False,
        tell=lambda _part: stop.set(),
    )
    (part,) = work.run(stop)
    assert (part.finished, part.rows > 0, part.rows < 16) == (False, True, True)
    assert subject.number not in snow.store.judging.watermarks(1)
    (rest,) = snow.anew("a/snow_depth")
    assert rest.finished
    assert snow.flags("a/snow_depth").count("SUSPECT") == 4
    assert snow.store.judging.watermarks(1)[subject.number].limits_version == subject.version


def test_a_new_mount_height_derives_history_from_what_was_measured(store):
    before = stream("a", "snow_depth", mount_height_cm=300.0)
    town = Town(store, before)
    number = town.registry.datastreams["a/snow_depth"]
    rows = [
        Observation(number, NOON, 100.0, 2000.0, Quality.GOOD, QualityReason.FROM_DISTANCE, NOON),
        Observation(number, NOON + TEN, 101.0, 1990.0, Quality.GOOD, QualityReason.FROM_DISTANCE, NOON),
        Observation(number, NOON + 2 * TEN, 102.0, 102.0, Quality.GOOD, QualityReason.NONE, NOON + HOUR),
        Observation(number, NOON + 3 * TEN, None, None, Quality.MISSING, QualityReason.NO_TARGET, NOON + HOUR),
    ]
    store.append(1, Batch(observations=rows))
    town.work()
    town.change(replace(before, mount_height_cm=310.0))
    assert town.anew("a/snow_depth", dry_run=True)[0].values == 2
    assert town.stretch("a/snow_depth").value == [100.0, 101.0, 102.0, None]
    assert town.anew("a/snow_depth")[0].values == 2
    assert town.stretch("a/snow_depth").value == [110.0, 111.0, 102.0, None]
    assert town.stretch("a/snow_depth").raw_value == [2000.0, 1990.0, 102.0, None]
    (second,) = [each for each in town.versions("a/snow_depth") if each.change.at == NOON + TEN]
    assert (second.change.was.value, second.change.now.value, second.cause) == (101.0, 111.0, "requality")
    assert town.anew("a/snow_depth")[0].values == 0
    assert town.work() == 0


def test_a_mount_height_changed_and_changed_back_leaves_no_trace_but_the_history(store):
    hung = stream("a", "snow_depth", mount_height_cm=200.0, offset=0.3)
    town = Town(store, hung)
    distances = [1086.1, 1090.0, 100.0, 1085.7, 1084.2, 2600.0, 1083.0]
    rows = [
        Observation(
            town.registry.datastreams["a/snow_depth"], NOON + place * TEN, calibrated(mm, hung, from_distance=True), mm,
            Quality.GOOD, QualityReason.FROM_DISTANCE, NOON + DAY,
        )
        for place, mm in enumerate(distances)
    ]  # fmt: skip
    store.append(1, Batch(observations=rows))
    town.work()
    before = town.stretch("a/snow_depth")
    assert len({*town.flags("a/snow_depth")}) > 1, "some of it is not good"
    for height, moves in ((150.0, True), (None, False), (250.0, True), (200.0, True)):
        town.change(replace(hung, mount_height_cm=height))
        assert bool(town.anew("a/snow_depth")[0].values) is moves
        town.work()
        (again,) = town.anew("a/snow_depth")
        assert (again.values, again.flags) == (0, 0)
    assert town.stretch("a/snow_depth") == before


def test_values_derived_anew_are_news_for_all_that_depends_on_them(store):
    near = QualityLimits(neighbour_km=20.0, neighbour_difference=25.0)
    streams = [stream(name, "snow_depth", near) for name in ("a", "b", "c")]
    town = Town(store, *streams)
    start = NOON - 2 * DAY
    for name in ("a", "b", "c"):
        town.measure(f"{name}/snow_depth", [100.0] * 200 + [150.0] * 20, start)
    town.work()
    assert "SUSPECT" not in town.flags("a/snow_depth")
    town.change(*(replace(each, offset=-30.0 if each.station != "a" else 0.0) for each in streams))
    town.anew("b/snow_depth", "c/snow_depth", since=start + 200 * TEN)
    assert town.stretch("b/snow_depth").value[-1] == 120.0
    assert town.flags("a/snow_depth")[-1] == "GOOD"
    town.work()
    assert town.flags("a/snow_depth")[200:] == ["SUSPECT"] * 20


def test_rows_that_never_stand_still_end_requality_with_a_word(snow, monkeypatch):
    snow.measure("a/snow_depth", [100.0, 300.0, 100.0, 100.0])
    monkeypatch.setattr(type(snow.store.judging), "save", lambda *_args, **_named: False)
    with pytest.raises(YukimoriError, match="change faster than they can be judged"):
        snow.anew("a/snow_depth")


@pytest.mark.parametrize(
    ("fields", "reasons", "raw", "becomes"),
    [
        ({"mount_height_cm": 300.0}, QualityReason.FROM_DISTANCE, 2000.0, 100.0),
        ({"mount_height_cm": 300.0, "offset": 2.5}, QualityReason.FROM_DISTANCE, 2000.0, 102.5),
        ({"mount_height_cm": 200.0}, QualityReason.FROM_DISTANCE, 1086.1, 91.39),
        ({"offset": 2.5}, QualityReason.NONE, 50.0, 52.5),
        ({"offset": 101.2}, QualityReason.NONE, 0.04, 101.24),
        ({}, QualityReason.NONE, 50.0, 50.0),
        ({}, QualityReason.FROM_DISTANCE, 2000.0, 7.0),
        ({"mount_height_cm": 300.0}, QualityReason.NONE, 50.0, 7.0),
        ({}, QualityReason.NONE, None, 7.0),
    ],
    ids=[
        "distance",
        "and offset",
        "to the digit",
        "offset",
        "offset to the digit",
        "as measured",
        "mast gone",
        "unknown what was measured",
        "nothing kept",
    ],
)
def test_values_are_derived_where_it_is_known_how(fields, reasons, raw, becomes):
    made = derived(stream("a", "snow_depth", **fields), [raw], np.array([7.0]), np.array([int(reasons)]))
    assert list(made) == [becomes]


def test_parts_are_read_as_many_at_a_time_as_fit_into_memory():
    town = site_of(stream("a", "snow_depth"))
    (subject,) = subjects_of(town, Registry(1, {"a/snow_depth": 1}, {})).values()

    def sizes(days, count):
        return [len(each) for each in portions([Part(subject, NOON, NOON + days * DAY, "late")] * count)]

    assert sizes(1, 130) == [64, 64, 2]
    assert sizes(365, 7) == [3, 3, 1], "52 700 rows each"
    assert sizes(3650, 2) == [1, 1], "alone, however long"
    assert sizes(1, 0) == []


def test_pieces_of_time_are_merged():
    pieces = [(NOON + HOUR, NOON + 2 * HOUR), (NOON, NOON + HOUR), (NOON + 3 * HOUR, NOON + 4 * HOUR)]
    assert merged(pieces) == [(NOON, NOON + 2 * HOUR), (NOON + 3 * HOUR, NOON + 4 * HOUR)]
