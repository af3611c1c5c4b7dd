"""A message's life up to the batch: what becomes a row, what is set aside and why, and that the counters balance."""

from __future__ import annotations

import itertools
import json
import threading
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import Limits, Privacy, Site, Source
from core.broker_address import BrokerAddress
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Position,
    Quality,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Vehicle,
    VehicleId,
)
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.session import Session
from ingest.steps import observe
from ingest.writer import Target
from store.rows import Batch, Registry

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)


def stream(quantity: str, device: str, station: str = "s1", **more) -> Datastream:
    values = {"range_min": 0.0, "range_max": 400.0, "expected_interval": INTERVAL, "stale_after": 3 * INTERVAL}
    return Datastream(station=StationId(station), quantity=quantity, device=DeviceId(device), **(values | more))


SITE = Site(
    folder=Path(),
    id="town",
    code="06212",
    name_ja="町",
    name_en="Town",
    time_zone="Asia/Tokyo",
    bounds=Bounds(140.31, 38.43, 140.62, 38.73),
    plane_epsg=6678,
    zoom=12,
    notice_ja="",
    notice_en="",
    contact_ja="",
    contact_en="",
    sources=(
        Source(topic="yukimori/town/+/+", codec="yukimori"),
        Source(topic="application/+/device/+/event/+", codec="chirpstack"),
        Source(topic="owntracks/#", codec="owntracks"),
    ),
    limits=Limits(),
    privacy=Privacy(),
    stations=tuple(
        Station(id=StationId(name), kind=StationKind.SNOW, name_ja="雪", name_en="Snow", position=Position(140.4, 38.6))
        for name in ("s1", "s2")
    ),
    datastreams=(
        stream("snow_depth", "gauge"),
        stream("water_level", "river", range_max=5.0),
        stream("snow_depth", "70b3d50000000001", "s2", model="em500-udl", mount_height_cm=350.0),
        stream("channel_level", "70b3d50000000002", "s2", model="em410-rdl", mount_height_cm=350.0),
    ),
    vehicles=(Vehicle(id=VehicleId("v1"), device=DeviceId("plough"), name_ja="1号", name_en="No. 1", kind="plough"),),
)
REGISTRY = Registry(
    site=1,
    datastreams={"s1/snow_depth": 11, "s1/water_level": 12, "s2/snow_depth": 13, "s2/channel_level": 14},
    vehicles={VehicleId("v1"): 21},
)
PIPELINE = Pipeline(SITE, REGISTRY)


def message(topic: str, body: object, *, retain: bool = False) -> Message:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(topic.encode(), payload, NOW, 1, retain)


def reading(value: object = 12.0, *, at: str = "2026-01-10T03:00:00Z", quantity: str = "snow_depth", unit: str = "cm"):
    return {"at": at, "quantity": quantity, "value": value, "unit": unit}


def fix(**more):
    return {"at": "2026-01-10T03:00:00Z", "lon": 140.4, "lat": 38.6} | more


GAUGE = "yukimori/town/gauge/reading"
PLOUGH = "yukimori/town/plough/position"


def handle(*messages: Message) -> Batch:
    return PIPELINE.handle_all(list(messages))


def balance(counts: dict[str, int]) -> None:
    fates = ("accepted", "partial", "quarantined", "alive")
    assert counts["messages_received"] == sum(counts.get(f"messages_{fate}", 0) for fate in fates)


def test_a_reading_becomes_an_observation():
    batch = handle(message(GAUGE, reading(123.4)))
    (row,) = batch.observations
    assert (row.datastream, row.at, row.value, row.raw_value) == (11, NOW, 123.4, 123.4)
    assert (row.quality, row.reasons, row.received_at) == (Quality.GOOD, QualityReason.NONE, NOW)
    assert not batch.quarantine
    assert [(seen.device, seen.online) for seen in batch.seen] == [("gauge", None)]


@pytest.mark.parametrize(
    ("value", "unit", "expected"), [(1.234, "m", 123.4), (1234.0, "mm", 123.4), (123.4, "cm", 123.4)]
)
def test_units_are_converted_once(value, unit, expected):
    (row,) = handle(message(GAUGE, reading(value, unit=unit))).observations
    assert row.value == pytest.approx(expected, abs=1e-9)


def test_a_distance_becomes_a_depth_by_the_mount_height():
    # EM500-UDL: battery 100 %, distance 1400 mm; the sensor hangs 350 cm above the ground.
    body = {
        "deduplicationId": "1",
        "time": "2026-01-10T02:59:59.5+00:00",
        "deviceInfo": {"devEui": "70b3d50000000001"},
        "fCnt": 1,
        "fPort": 85,
        "data": "AXVkA4J4BQ==",
    }
    batch = handle(message("application/a/device/70b3d50000000001/event/up", body))
    (row,) = batch.observations
    assert (row.value, row.raw_value, row.quality) == (210.0, 1400.0, Quality.GOOD)
    assert batch.counts["rows_unmapped"] == 1, "the battery is told but not kept"
    assert batch.counts["rows_received"] == 2


@pytest.mark.parametrize(
    ("value", "quality"),
    [
        (0.0, 1),
        (400.0, 1),
        (400.1, 3),
        (-2.0, 3),
        (-10.0, 3),
        (-10.1, 4),
        (1200.0, 3),
        (1200.1, 4),
        (-300, 4),
        (-9999, 4),
    ],
)
def test_the_range_is_flagged_and_the_value_kept(value, quality):
    (row,) = handle(message(GAUGE, reading(value))).observations
    assert (row.quality, row.value) == (quality, value)
    assert bool(row.reasons & QualityReason.GROSS_RANGE) == (quality != 1)


def test_a_value_the_sensor_itself_doubts_is_kept_and_suspect():
    # EM410-RDL: the distance of now, 1000 mm, and that the sensor leans.
    body = {
        "deduplicationId": "1",
        "time": "2026-01-10T02:59:59.5+00:00",
        "deviceInfo": {"devEui": "70b3d50000000002"},
        "fPort": 85,
        "data": b64encode(bytes.fromhex("0482e803" + "050001")).decode(),
    }
    (row,) = handle(message("application/a/device/70b3d50000000002/event/up", body)).observations
    assert (row.value, row.quality) == (250.0, Quality.SUSPECT)
    assert row.reasons & QualityReason.SENSOR_FAULT
    assert not row.reasons & QualityReason.GROSS_RANGE


def test_null_is_missing_and_no_error():
    (row,) = handle(message(GAUGE, reading(None))).observations
    assert (row.value, row.quality) == (None, Quality.MISSING)


DEEP = b"[" * 100_000 + b"]" * 100_000
BAD_INPUT = {
    "broken JSON": (GAUGE, b'{"at": ', "bad-json"),
    "garbage after the document": (GAUGE, json.dumps(reading()).encode() + b"x", "bad-json"),
    "empty": (GAUGE, b"", "empty"),
    "NaN": (GAUGE, b'{"at":"2026-01-10T03:00:00Z","quantity":"snow_depth","value":NaN,"unit":"cm"}', "not-finite"),
    "infinity": (
        GAUGE,
        b'{"at":"2026-01-10T03:00:00Z","quantity":"snow_depth","value":-Infinity,"unit":"cm"}',
        "not-finite",
    ),
    "1e999": (GAUGE, b'{"at":"2026-01-10T03:00:00Z","quantity":"snow_depth","value":1e999,"unit":"cm"}', "not-finite"),
    "beyond any float in our unit": (GAUGE, reading(1e308, unit="m"), "not-finite"),
    "duplicate keys": (
        GAUGE,
        b'{"at":"2026-01-10T03:00:00Z","quantity":"snow_depth","value":1,"value":2,"unit":"cm"}',
        "duplicate-key",
    ),
    "100 000 deep": (GAUGE, DEEP, "too-large"),
    "30 000 deep": (GAUGE, DEEP[70_000:130_000], "too-deep"),
    "wrong type: text": (GAUGE, reading("12.3"), "bad-shape"),
    "wrong type: boolean": (GAUGE, reading(value=True), "bad-shape"),
    "wrong type: a number for an object": (GAUGE, 5, "bad-shape"),
    "unknown device": ("yukimori/town/stranger/reading", reading(), "unknown-device"),
    "unknown quantity": (GAUGE, reading(quantity="happiness"), "unknown-quantity"),
    "a quantity this device has not": (GAUGE, reading(1.0, quantity="water_level", unit="m"), "unknown-quantity"),
    "wrong unit": (GAUGE, reading(unit="degC"), "bad-unit"),
    "unheard-of unit": (GAUGE, reading(unit="furlong"), "bad-unit"),
    "hour 24": (GAUGE, reading(at="2026-01-09T24:00:00Z"), "bad-time"),
    "1970": (GAUGE, reading(at="1970-01-01T00:00:00Z"), "clock"),
    "1980": (GAUGE, reading(at="1980-01-06T00:00:00Z"), "clock"),
    "next year": (GAUGE, reading(at="2027-01-10T03:00:00Z"), "clock"),
    "six minutes ahead": (GAUGE, reading(at="2026-01-10T03:06:00Z"), "future"),
    "two months ago": (GAUGE, reading(at="2025-11-10T03:00:00Z"), "late"),
    "no offset": (GAUGE, reading(at="2026-01-10T03:00:00"), "no-offset"),
    "30 February": (GAUGE, reading(at="2026-02-30T03:00:00Z"), "bad-time"),
    "0,0": (PLOUGH, fix(lon=0, lat=0), "null-island"),
    "swapped lat and lon": (PLOUGH, fix(lon=38.6, lat=140.4), "swapped-axes"),
    "another country": (PLOUGH, fix(lon=118.03, lat=24.62), "outside-area"),
    "10 MB": (GAUGE, b" " * 10_000_000, "too-large"),
    "not UTF-8": (GAUGE, '{"quantity":"積雪"}'.encode("shift_jis"), "bad-utf8"),
    "a topic nobody listens to": ("other/town", reading(), "no-codec"),
    "topic and body disagree": (
        "application/a/device/70b3d50000000001/event/up",
        {"time": "2026-01-10T03:00:00Z", "deviceInfo": {"devEui": "70b3d50000000002"}, "data": "AXVk", "fPort": 85},
        "device-mismatch",
    ),
    "an encrypted phone": ("owntracks/a/b", {"_type": "encrypted", "data": "x"}, "encrypted"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_set_aside_with_its_own_reason_and_disturbs_nobody(name):
    topic, body, reason = BAD_INPUT[name]
    bad = message(topic, body)
    batch = handle(message(GAUGE, reading(1.0)), bad, message(GAUGE, reading(2.0, at="2026-01-10T02:50:00Z")))
    (row,) = batch.quarantine
    assert row.reason == reason, row.detail
    assert (row.topic, row.payload, row.received_at) == (bad.topic, bad.payload, NOW)
    assert [observation.value for observation in batch.observations] == [1.0, 2.0]
    assert batch.counts["messages_received"] == 3
    balance(batch.counts)


def test_a_topic_that_is_no_text_is_set_aside_by_its_bytes():
    (row,) = handle(Message(b"yukimori/\xff\xfe", b"{}", NOW, 1, retain=False)).quarantine
    assert (row.reason, row.topic) == ("bad-topic", b"yukimori/\xff\xfe")


def test_one_bad_reading_in_an_array_does_not_take_its_neighbours_along():
    body = [reading(1.0), reading(quantity="happiness"), reading(2.0, at="2026-01-10T02:00:00Z")]
    batch = handle(message(GAUGE, body))
    assert [row.value for row in batch.observations] == [1.0, 2.0]
    (row,) = batch.quarantine
    assert row.reason == "unknown-quantity"
    assert "1 of 3" in row.detail
    assert batch.counts["messages_partial"] == 1
    assert (batch.counts["rows_received"], batch.counts["rows_quarantined"]) == (3, 1)


def test_a_retained_message_is_stored_but_is_no_sign_of_life():
    batch = handle(message(GAUGE, reading(), retain=True))
    assert len(batch.observations) == 1
    assert not batch.seen


@pytest.mark.parametrize(("topic", "body"), [(GAUGE, reading(at=None)), (PLOUGH, fix(at=None))])
def test_a_retained_message_without_a_time_never_becomes_a_value_of_now(topic, body):
    kept = handle(message(topic, body, retain=True))
    assert (kept.observations, kept.positions, kept.seen) == ([], [], [])
    assert [row.reason for row in kept.quarantine] == ["retained"]
    live = handle(message(topic, body))
    (row,) = [*live.observations, *live.positions]
    assert (row.at, row.reasons) == (NOW, QualityReason.ARRIVAL_TIME)


def test_an_error_nobody_foresaw_costs_one_reading_only(monkeypatch, caplog):
    def observe_or_break(draft, item):
        if item.value == 13.0:
            raise ZeroDivisionError("nobody foresaw this")
        return observe(draft, item)

    monkeypatch.setattr("ingest.pipeline.observe", observe_or_break)
    readings = [reading(value, at=f"2026-01-10T02:0{minute}:00Z") for minute, value in enumerate((12.0, 13.0, 14.0))]
    batch = handle(message(GAUGE, readings), message(GAUGE, reading(15.0)))
    assert [row.value for row in batch.observations] == [12.0, 14.0, 15.0]
    assert [(row.reason, row.device) for row in batch.quarantine] == [("failed", "gauge")]
    assert "nobody foresaw this" in caplog.text
    balance(batch.counts)


def test_a_status_is_a_sign_of_life_and_no_row():
    batch = handle(message("yukimori/town/gauge/status", b"offline"))
    assert [(seen.device, seen.online) for seen in batch.seen] == [("gauge", False)]
    assert batch.counts["messages_alive"] == 1
    assert not batch.quarantine


def test_a_coarse_or_racing_fix_is_flagged_not_dropped():
    (coarse,) = handle(message(PLOUGH, fix(accuracy_m=45))).positions
    (racing,) = handle(message(PLOUGH, fix(speed_kmh=120))).positions
    assert (coarse.quality, coarse.reasons) == (Quality.SUSPECT, QualityReason.COARSE_FIX)
    assert (racing.quality, racing.reasons) == (Quality.SUSPECT, QualityReason.IMPLAUSIBLE_SPEED)


TOPICS = st.sampled_from([GAUGE, PLOUGH, "owntracks/u/d", "application/a/device/70b3d50000000001/event/up", "x/y"])


@given(
    st.lists(st.tuples(st.one_of(TOPICS.map(str.encode), st.binary(max_size=40)), st.binary(max_size=200)), max_size=5)
)
def test_whatever_arrives_ends_somewhere(raw):
    batch = handle(*[Message(topic, payload, NOW, 1, retain=False) for topic, payload in raw])
    balance(batch.counts)
    settled = batch.counts.get("messages_quarantined", 0) + batch.counts.get("messages_partial", 0)
    assert settled == len(batch.quarantine)


@pytest.mark.broker
@pytest.mark.db
def test_all_bad_input_at_once_through_the_real_broker_is_acknowledged_and_set_aside(broker, store, collector_at):
    registry = store.register(SITE)
    address = BrokerAddress.parse(broker.url)
    session = Session(
        address,
        client_id="bad-input",
        topics=[*(source.topic for source in SITE.sources), "other/#"],
        clock=lambda: NOW,
    )
    stop = threading.Event()
    collector = collector_at(session, Target(store, Pipeline(SITE, registry), registry.site))
    session.start()
    collecting = threading.Thread(target=collector.run, args=(stop, lambda: None))
    collecting.start()
    minutes = itertools.count(1)
    good: dict[datetime, float] = {}
    try:
        with Publisher(address, client_id="bad-input-publisher") as publisher:
            for topic, body, _reason in BAD_INPUT.values():
                at = NOW - timedelta(minutes=next(minutes))
                good[at] = float(len(good))
                publisher.publish(topic, message(topic, body).payload)
                publisher.publish(GAUGE, message(GAUGE, reading(good[at], at=at.isoformat())).payload)
            assert publisher.drain()
        waiting = threading.Event()
        while store.counters(registry.site).get("messages_received", 0) < 2 * len(BAD_INPUT):
            waiting.wait(0.02)
    finally:
        stop.set()
        collecting.join()
        session.stop()
    number = registry.datastreams["s1/snow_depth"]
    samples = store.samples([number], NOW - timedelta(days=1), NOW)[number]
    assert {sample.at: sample.value for sample in samples} == good
    expected = Counter(reason for _, _, reason in BAD_INPUT.values())
    assert store.aside.counts(registry.site) == {reason: (count, 0) for reason, count in expected.items()}
    balance(store.counters(registry.site))

    again = Session(address, client_id="bad-input", topics=["yukimori/town/+/+"], clock=lambda: NOW)
    again.start()
    assert again.take(0.5, 1_000) == [], "everything was acknowledged"
    again.stop()
