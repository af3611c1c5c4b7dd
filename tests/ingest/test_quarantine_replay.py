"""Taking in again what was set aside: after a fix, twice, in part; nothing is stored or counted twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config.model import Limits, Privacy, Site, Source
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Task,
    Vehicle,
    VehicleId,
    VehiclePosition,
)
from core.times import format_rfc3339
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.quarantine_replay import QuarantineReplay
from store.aside import Wanted
from store.rows import Batch

pytestmark = pytest.mark.db

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
EVERYTHING = Wanted()


def stream(quantity: str, device: str, **more) -> Datastream:
    return Datastream(
        station=StationId("s1"),
        quantity=quantity,
        device=DeviceId(device),
        expected_interval=timedelta(minutes=10),
        stale_after=timedelta(minutes=30),
        range_min=-50.0,
        range_max=500.0,
        **more,
    )


BEFORE = Site(
    folder=Path("town"),
    id="town",
    code="000000",
    name_ja="町",
    name_en="Town",
    time_zone="Asia/Tokyo",
    bounds=Bounds(140.0, 38.0, 141.0, 39.0),
    plane_epsg=6678,
    zoom=12,
    notice_ja="",
    notice_en="",
    contact_ja="",
    contact_en="",
    sources=(Source(topic="yukimori/town/+/+", codec="yukimori"),),
    limits=Limits(),
    privacy=Privacy(),
    stations=(
        Station(id=StationId("s1"), kind=StationKind.SNOW, name_ja="雪", name_en="s", position=Position(140.4, 38.6)),
    ),
    datastreams=(stream("snow_depth", "gauge"),),
    vehicles=(),
)
AFTER = replace(
    BEFORE,
    datastreams=(stream("snow_depth", "gauge"), stream("water_level", "new"), stream("air_temperature", "new")),
    vehicles=(Vehicle(id=VehicleId("v1"), device=DeviceId("plough"), name_ja="1号", name_en="No. 1", kind="plough"),),
)


def reading(value: float = 1.5, *, ago: float = 10, quantity: str = "water_level", unit: str = "m") -> dict:
    at = format_rfc3339(NOW - timedelta(minutes=ago))
    return {"at": at, "quantity": quantity, "value": value, "unit": unit}


def message(device: str, body: object, kind: str = "reading", received_at: datetime = NOW) -> Message:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(f"yukimori/town/{device}/{kind}".encode(), payload, received_at, 1)


@pytest.fixture
def arrive(store):
    """Takes messages in as the collector of a site does."""

    def take(*messages: Message, site: Site = BEFORE) -> None:
        registry = store.register(site)
        store.append(registry.site, Pipeline(site, registry).handle_all(messages))

    return take


@pytest.fixture
def replay(store):
    """Replays with the site folder as it is after the fix."""

    def run(wanted: Wanted = EVERYTHING, site: Site = AFTER, **options):
        return QuarantineReplay(site, store.register(site), store).run(wanted, **options)

    return run


@pytest.fixture
def tables(dsn):
    """Everything in every table, but for how often messages were tried."""

    def read() -> dict[str, list]:
        with psycopg.connect(dsn) as connection:
            names = [
                name
                for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")
                if not name.startswith(("observation_2", "vehicle_position_2"))
            ]
            found = {name: sorted(map(str, connection.execute(f"select * from {name}"))) for name in names}
            columns = "id, site_no, received_at, topic, payload, codec, device, reason, detail, settled_at"
            found["quarantine"] = connection.execute(f"select {columns} from quarantine order by id").fetchall()
            return found

    return read


def test_after_the_fix_the_rows_appear_with_their_own_times(store, arrive, replay):
    arrive(message("new", reading()), message("new", reading(3.5, ago=5, quantity="air_temperature", unit="degC")))
    result = replay()
    assert (result.tried, result.settled, result.rows, result.stored, result.left) == (2, 2, 2, 2, 0)
    numbers = store.register(AFTER).datastreams
    (water,) = store.samples([numbers["s1/water_level"]], NOW - timedelta(days=1), NOW)[numbers["s1/water_level"]]
    assert (water.at, water.value, water.received_at) == (NOW - timedelta(minutes=10), 1.5, NOW)
    assert {seen.device: seen.at for seen in store.devices_seen(1)} == {"new": NOW}
    assert all(found.settled_at and found.outcome == "stored 1" for found in store.aside.listed(1, limit=9))


def test_a_second_replay_changes_nothing_at_all(arrive, replay, tables):
    arrive(
        message("new", reading()),
        message("plough", {"at": format_rfc3339(NOW), "lon": 140.4, "lat": 38.6}, "position"),
        message("new", b"{"),
        message("stranger", reading()),
    )
    assert (replay().settled, replay().tried) == (2, 2)
    before = tables()
    assert (replay().tried, replay().settled) == (2, 0)
    after = tables()
    counted = [{name: rows for name, rows in found.items() if name != "ingest_counter"} for found in (before, after)]
    assert counted[0] == counted[1]


def test_a_settled_message_is_not_tried_even_by_its_number(store, arrive, replay, tables):
    arrive(message("new", reading()))
    replay()
    before = tables()
    assert replay(Wanted(numbers=[store.aside.newest(1)])).tried == 0
    assert tables() == before


def balance(counts: dict[str, int]) -> None:
    fates = ("accepted", "partial", "quarantined", "alive")
    assert counts["messages_received"] == sum(counts.get(f"messages_{fate}", 0) for fate in fates)
    ends = ("rows_unmapped", "rows_quarantined", "stored", "duplicate", "conflict", "refused")
    begun = counts["rows_received"] + counts.get("rows_replayed", 0)
    assert begun == sum(counts.get(name, 0) for name in ends)


def test_counters_balance_after_replays(store, arrive, replay):
    arrive(
        message("gauge", reading(120, quantity="snow_depth", unit="cm")),
        message("new", [reading(), reading(2.0, ago=5), reading(2.0, ago=3, quantity="battery", unit="%")]),
        message("new", reading()),
        message("new", reading(9.0)),
        message("stranger", reading()),
        message("new", b"online", "status"),
    )
    before = store.counters(1)
    balance(before)
    replay()
    replay()
    after = store.counters(1)
    balance(after)
    assert after["messages_received"] == before["messages_received"] == 6
    assert (after["stored"], after["duplicate"], after["conflict"]) == (3, 3, 1)
    assert after["rows_replayed"] == 6
    assert after["messages_replayed"] == 7
    assert after["quarantined"] == before["quarantined"]


def test_a_message_taken_in_part_stays_open_until_all_of_it_is(store, arrive, replay):
    arrive(message("new", [reading(), reading(80.0, quantity="battery", unit="%")]))
    result = replay()
    assert (result.settled, result.refused, result.stored) == (0, 1, 1)
    (found,) = store.aside.listed(1, limit=9)
    assert (found.message.reason, found.attempts, found.settled_at) == ("unknown-quantity", 1, None)
    assert found.outcome == "stored 1; still refused (was unknown-device)"
    assert "'battery'" in found.message.detail

    complete = replace(AFTER, datastreams=(*AFTER.datastreams, stream("battery", "new")))
    result = replay(site=complete)
    assert (result.settled, result.stored, result.duplicate) == (1, 1, 1)
    (found,) = store.aside.listed(1, limit=9)
    assert (found.attempts, found.outcome) == (2, "stored 1, duplicate 1")


def test_rows_stored_on_arrival_become_duplicates(store, arrive, replay):
    arrive(message("gauge", [reading(120, quantity="snow_depth", unit="cm"), reading()]))
    with_level = replace(AFTER, datastreams=(*AFTER.datastreams, stream("water_level", "gauge", model=None)))
    with_level = replace(
        with_level,
        datastreams=tuple(s for s in with_level.datastreams if s.key != "s1/water_level" or s.device != "new"),
    )
    result = replay(site=with_level)
    assert (result.settled, result.stored, result.duplicate) == (1, 1, 1)


def test_what_is_refused_still_has_its_new_reason(store, arrive, replay):
    future = {**reading(), "at": format_rfc3339(NOW + timedelta(hours=3))}
    ancient = {**reading(), "at": "1970-01-01T00:00:00Z"}
    arrive(message("new", future), message("new", ancient), message("new", reading(unit="cm/s")))
    result = replay()
    assert (result.settled, result.refused) == (0, 3)
    found = store.aside.listed(1, limit=9)
    assert [(each.message.reason, each.attempts) for each in found] == [("bad-unit", 1), ("clock", 1), ("future", 1)]
    assert "cannot be right" in found[1].message.detail


def test_the_late_window_is_lifted_and_the_gates_of_the_clock_stay(store, arrive, replay):
    old = NOW - timedelta(days=200)
    body = {"at": format_rfc3339(old), "quantity": "snow_depth", "value": 99, "unit": "cm"}
    arrive(message("gauge", body), message("gauge", {**body, "at": "1999-12-31T23:59:59Z"}))
    assert [each.message.reason for each in store.aside.listed(1, limit=9)] == ["clock", "late"]
    assert replay().stored == 1
    number = store.register(AFTER).datastreams["s1/snow_depth"]
    assert [sample.value for sample in store.samples([number], old, old)[number]] == [99.0]
    (left,) = store.aside.listed(1, limit=9, settled=False)
    assert left.message.reason == "clock"


def test_what_a_flood_brought_can_be_taken_in(store, arrive, replay):
    narrow = replace(BEFORE, limits=Limits(device_rate_per_s=0.001, device_burst=3))
    readings = [reading(ago=minute / 10, quantity="snow_depth", unit="cm") for minute in range(50)]
    arrive(*(message("gauge", each) for each in readings), site=narrow)
    aside = [each.message.reason for each in store.aside.listed(1, limit=99)]
    assert set(aside) == {"flood"}
    assert replay().stored == len(aside) > 40


def test_late_data_are_seen_by_all_readers_and_never_set_the_latest_back(store, arrive, replay):
    arrive(message("new", reading(2.0, ago=60)))
    arrive(message("new", reading(5.0, ago=1)), site=AFTER)
    registry = store.register(AFTER)
    number = registry.datastreams["s1/water_level"]
    store.maintain(NOW)
    cursor, _ = store.arrivals(registry.site, None)
    hour = (NOW - timedelta(minutes=60)).replace(minute=0)
    assert replay().stored == 1
    (latest,) = store.latest_values(registry.site)
    assert (latest.at, latest.value) == (NOW - timedelta(minutes=1), 5.0)
    assert store.arrivals(registry.site, cursor)[1] == {number: NOW - timedelta(minutes=60)}
    summed = store.series(number, hour, NOW, timedelta(hours=1))
    store.maintain(NOW)
    assert store.series(number, hour, NOW, timedelta(hours=1)) == summed
    assert sum(point.count for point in summed) == 2


def test_a_message_without_a_time_keeps_that_of_its_arrival(store, arrive, replay):
    first = message("new", {**reading(), "at": None})
    arrive(first, replace(first, place=1))
    result = replay()
    assert (result.stored, result.duplicate) == (2, 0), "two messages that were read together"
    number = store.register(AFTER).datastreams["s1/water_level"]
    beside = timedelta(microseconds=1)
    assert [sample.at for sample in store.samples([number], NOW, NOW + beside)[number]] == [NOW, NOW + beside]


def observation(number: int, **more) -> Observation:
    made = Observation(number, NOW, 120.0, 1.2, Quality.SUSPECT, QualityReason.GROSS_RANGE, NOW + timedelta(seconds=1))
    return replace(made, **more)


def test_a_row_the_database_refused_is_read_again(store, dsn, replay):
    registry = store.register(AFTER)
    number, vehicle = registry.datastreams["s1/snow_depth"], registry.vehicles[VehicleId("v1")]
    row = observation(number)
    fix = VehiclePosition(
        vehicle, NOW, 140.4, 38.6, None, 90.0, None, Task.PLOUGH, Quality.GOOD, QualityReason.NONE, NOW
    )
    with psycopg.connect(dsn, autocommit=True) as direct:
        refused = Batch(
            observations=[row, observation(number, at=NOW + timedelta(minutes=1), value=float("nan"))], positions=[fix]
        )
        # A table that takes nothing at all is an outage: the check lets the known good row of that proof pass.
        for table in ("observation", "vehicle_position"):
            direct.execute(f"alter table {table} add constraint no_row check (quality = 9) not valid")
        assert store.append(registry.site, refused).refused == 3
        for table in ("observation", "vehicle_position"):
            direct.execute(f"alter table {table} drop constraint no_row")
    result = replay()
    assert (result.tried, result.settled, result.stored) == (3, 2, 2)
    with psycopg.connect(dsn) as direct:
        assert direct.execute(
            "select datastream_id, at, value, raw_value, quality, reasons, received_at from observation"
        ).fetchall() == [(number, NOW, 120.0, 1.2, 3, int(QualityReason.GROSS_RANGE), NOW + timedelta(seconds=1))]
        assert direct.execute("select lon, heading_deg, speed_kmh, task from vehicle_position").fetchall() == [
            (140.4, 90.0, None, "plough")
        ]
    (left,) = store.aside.listed(registry.site, limit=9, settled=False)
    assert (left.message.reason, left.attempts) == ("refused-by-store", 1)
    assert replay().settled == 0
    assert len(store.aside.listed(registry.site, limit=9)) == 3


def test_a_refused_row_that_cannot_be_read_stays(store, arrive, replay):
    registry = store.register(AFTER)
    number = registry.datastreams["s1/snow_depth"]
    store.append(registry.site, Batch(observations=[observation(number, received_at="?"), observation(number)]))
    assert replay().refused == 1
    assert [each.message.reason for each in store.aside.listed(1, limit=9)] == ["bad-shape"]


def test_a_dry_run_says_it_all_and_writes_nothing(store, arrive, replay, tables):
    arrive(message("new", reading()), message("stranger", reading()))
    store.register(AFTER)
    before, told = tables(), []
    result = replay(dry_run=True, told=told.append)
    assert (result.tried, result.settled, result.refused, result.rows, result.stored) == (2, 1, 1, 1, 0)
    assert [(each.settled, each.reason) for each in told] == [(True, None), (False, "unknown-device")]
    assert tables() == before


def test_only_what_is_wanted_is_tried_and_no_more_than_asked(store, arrive, replay):
    arrive(*(message("new", reading(ago=minute)) for minute in range(5)), message("new", b"{"))
    first = store.aside.newest(1) - 5
    assert replay(Wanted(numbers=[first])).stored == 1
    limited = replay(Wanted(device="new", reason="unknown-device"), limit=2)
    assert (limited.tried, limited.left) == (2, 2)
    assert replay(Wanted(reason="bad-json")).refused == 1
    assert replay(Wanted(since=NOW + timedelta(seconds=1))).tried == 0


def test_two_replays_at_once_settle_a_message_once(store, arrive, replay):
    arrive(message("new", reading()), message("new", reading(ago=5)))
    inner = []
    outer = replay(told=lambda _: inner or inner.append(replay()))
    assert (outer.stored, inner[0].stored) == (1, 1)
    assert store.counters(1)["rows_replayed"] == 2
