"""What becomes of each time a device may send, row by row of the table in ``ingest.clocks``; and clocks put right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.model import Limits, Privacy, Site, Source
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Position,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Vehicle,
    VehicleId,
)
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store.rows import Batch, DeviceSkew, Registry

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEKS_1024 = timedelta(weeks=1024)
ARRIVAL, REPAIRED, RETAINED = QualityReason.ARRIVAL_TIME, QualityReason.CLOCK_REPAIRED, QualityReason.RETAINED
NONE = QualityReason.NONE

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
        Source(topic="yukimori/town/test/#", codec="yukimori", test=True),
        Source(topic="yukimori/town/+/+", codec="yukimori"),
        Source(topic="v3/+/devices/+/up", codec="ttn"),
    ),
    limits=Limits(),
    privacy=Privacy(),
    stations=(
        Station(id=StationId("s"), kind=StationKind.SNOW, name_ja="", name_en="", position=Position(140.4, 38.6)),
    ),
    datastreams=(
        Datastream(
            station=StationId("s"),
            quantity="snow_depth",
            device=DeviceId("gauge"),
            expected_interval=10 * MINUTE,
            stale_after=30 * MINUTE,
            range_min=0.0,
            range_max=400.0,
        ),
    ),
    vehicles=(Vehicle(id=VehicleId("v"), device=DeviceId("plough"), name_ja="", name_en="", kind="plough"),),
)
REGISTRY = Registry(1, {"s/snow_depth": 11}, {VehicleId("v"): 21})


def sent(device: str, at: datetime | None, *, retain: bool = False, topic: str = "") -> Message:
    """A message of the gauge or the plough that arrives at NOW."""
    text = None if at is None else at.isoformat()
    if device == "plough":
        kind, body = "position", {"at": text, "lon": 140.4, "lat": 38.6}
    else:
        kind, body = "reading", {"at": text, "quantity": "snow_depth", "value": 80.0, "unit": "cm"}
    address = topic or f"yukimori/town/{device}/{kind}"
    return Message(address.encode(), json.dumps(body).encode(), NOW, 1, retain)


def taken_in(site: Site, *messages: Message) -> Batch:
    return Pipeline(site, REGISTRY).handle_all(messages)


ACCEPTED = {
    "now": ("gauge", NOW, NOW, NONE),
    "sensor, the last second of its tolerance": ("gauge", NOW + 300 * SECOND, NOW + 300 * SECOND, NONE),
    "vehicle, the last second of its tolerance": ("plough", NOW + 60 * SECOND, NOW + 60 * SECOND, NONE),
    "no time, sensor": ("gauge", None, NOW, ARRIVAL),
    "no time, vehicle": ("plough", None, NOW, ARRIVAL),
    "sensor, the end of its late window": ("gauge", NOW - 30 * DAY, NOW - 30 * DAY, NONE),
    "vehicle, the end of its late window": ("plough", NOW - 7 * DAY, NOW - 7 * DAY, NONE),
    "vehicle, week counted anew": ("plough", NOW - WEEKS_1024 - SECOND, NOW - SECOND, REPAIRED),
    "vehicle, week counted anew, a little ahead": (
        "plough",
        NOW - WEEKS_1024 + 60 * SECOND,
        NOW + 60 * SECOND,
        REPAIRED,
    ),
    "vehicle, week counted anew, a day late": ("plough", NOW - WEEKS_1024 - DAY, NOW - DAY, REPAIRED),
}

REFUSED = {
    "sensor, beyond its tolerance": ("gauge", NOW + 301 * SECOND, "future", 301 * SECOND),
    "vehicle, beyond its tolerance": ("plough", NOW + 61 * SECOND, "future", 61 * SECOND),
    "almost a day ahead": ("gauge", NOW + DAY - SECOND, "future", DAY - SECOND),
    "a day ahead": ("gauge", NOW + DAY, "clock", DAY),
    "ten years ahead": ("plough", NOW + 3653 * DAY, "clock", 3653 * DAY),
    "1970": ("gauge", datetime(1970, 1, 1, tzinfo=UTC), "clock", datetime(1970, 1, 1, tzinfo=UTC) - NOW),
    "1980": ("plough", datetime(1980, 1, 6, tzinfo=UTC), "clock", datetime(1980, 1, 6, tzinfo=UTC) - NOW),
    "the end of the calendar": (
        "gauge",
        datetime(9999, 12, 31, tzinfo=UTC),
        "clock",
        datetime(9999, 12, 31, tzinfo=UTC) - NOW,
    ),
    "sensor, week counted anew": ("gauge", NOW - WEEKS_1024, "clock", -WEEKS_1024),
    "vehicle, week counted anew and ahead": ("plough", NOW - WEEKS_1024 + HOUR, "future", HOUR),
    "sensor, older than its late window": ("gauge", NOW - 30 * DAY - SECOND, "late", None),
    "vehicle, older than its late window": ("plough", NOW - 7 * DAY - SECOND, "late", None),
    "vehicle, week counted anew, but two days late": ("plough", NOW - WEEKS_1024 - 2 * DAY, "late", None),
}


@pytest.mark.parametrize("row", ACCEPTED)
def test_accepted(row):
    device, at, stored_at, reasons = ACCEPTED[row]
    batch = taken_in(SITE, sent(device, at))
    (stored,) = [*batch.observations, *batch.positions]
    assert (stored.at, stored.received_at, stored.reasons) == (stored_at, NOW, reasons)
    assert [seen.at for seen in batch.seen] == [NOW]
    assert (batch.quarantine, batch.skews) == ([], [])


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    device, at, reason, skew = REFUSED[row]
    batch = taken_in(SITE, sent(device, at))
    assert [(aside.reason, aside.device) for aside in batch.quarantine] == [(reason, device)]
    assert batch.skews == ([] if skew is None else [DeviceSkew(device, skew, NOW)])
    assert (batch.observations, batch.positions, batch.seen) == ([], [], [])


@pytest.mark.parametrize("device", ["gauge", "plough"])
def test_retained_with_its_own_time_is_stored_and_no_sign_of_life(device):
    batch = taken_in(SITE, sent(device, NOW - HOUR, retain=True))
    (stored,) = [*batch.observations, *batch.positions]
    assert (stored.at, stored.reasons, batch.seen) == (NOW - HOUR, RETAINED, [])


@pytest.mark.parametrize("device", ["gauge", "plough"])
def test_retained_without_a_time_is_set_aside(device):
    batch = taken_in(SITE, sent(device, None, retain=True))
    assert [aside.reason for aside in batch.quarantine] == ["retained"]
    assert (batch.observations, batch.positions, batch.seen) == ([], [], [])


def test_simulated_by_the_network_server_is_set_aside():
    body = {
        "end_device_ids": {"device_id": "gauge"},
        "simulated": True,
        "uplink_message": {"received_at": NOW.isoformat(), "f_port": 1, "frm_payload": "AA=="},
    }
    batch = taken_in(SITE, Message(b"v3/app@town/devices/gauge/up", json.dumps(body).encode(), NOW, 0))
    assert [aside.reason for aside in batch.quarantine] == ["simulated"]
    assert batch.seen == []


def test_what_comes_on_a_topic_for_tests_is_set_aside_whatever_it_is():
    batch = taken_in(SITE, sent("gauge", NOW, topic="yukimori/town/test/gauge/reading"))
    assert [(aside.reason, aside.codec) for aside in batch.quarantine] == [("simulated", "yukimori")]
    assert batch.observations == []


def test_an_unknown_device_is_set_aside_by_its_name():
    batch = taken_in(SITE, sent("stranger", NOW))
    assert [(aside.reason, aside.device) for aside in batch.quarantine] == [("unknown-device", "stranger")]
    assert (batch.seen, batch.skews) == ([], [])


OFFSET = -HOUR


@pytest.fixture(scope="module")
def put_right() -> Site:
    """The site with the clocks of both devices known to be an hour ahead."""
    gauge, plough = SITE.datastreams[0], SITE.vehicles[0]
    return replace(
        SITE,
        datastreams=(replace(gauge, clock_offset=OFFSET),),
        vehicles=(replace(plough, clock_offset=OFFSET),),
    )


@pytest.mark.parametrize("device", ["gauge", "plough"])
def test_a_clock_known_to_be_wrong_is_put_right_and_said_to_be(put_right, device):
    batch = taken_in(put_right, sent(device, NOW + HOUR - SECOND))
    (stored,) = [*batch.observations, *batch.positions]
    assert (stored.at, stored.reasons) == (NOW - SECOND, REPAIRED)


@pytest.mark.parametrize(
    ("at", "reason", "skew"),
    [
        (NOW + 3 * HOUR, "future", 3 * HOUR),
        (NOW + 26 * HOUR, "clock", 26 * HOUR),
        (datetime(1, 1, 1, tzinfo=UTC), "clock", datetime(1, 1, 1, tzinfo=UTC) - NOW),
    ],
)
def test_what_is_wrong_beyond_the_offset_is_refused_with_the_whole_skew(put_right, at, reason, skew):
    batch = taken_in(put_right, sent("gauge", at))
    assert [aside.reason for aside in batch.quarantine] == [reason]
    assert len(batch.skews) == 1
    assert abs(batch.skews[0].skew - skew) <= HOUR if at.year == 1 else batch.skews[0].skew == skew


def test_the_offset_and_the_week_are_put_right_together(put_right):
    (stored,) = taken_in(put_right, sent("plough", NOW + HOUR - WEEKS_1024)).positions
    assert (stored.at, stored.reasons) == (NOW, REPAIRED)


def test_a_lifted_late_window_lets_no_wrong_clock_in():
    patient = replace(SITE, limits=Limits(late_sensor=36_525 * DAY, late_vehicle=36_525 * DAY))
    (position,) = taken_in(patient, sent("plough", NOW - WEEKS_1024)).positions
    assert (position.at, position.reasons) == (NOW, REPAIRED)
    refused = taken_in(patient, sent("gauge", NOW - WEEKS_1024), sent("gauge", datetime(1999, 12, 31, tzinfo=UTC)))
    assert [aside.reason for aside in refused.quarantine] == ["clock", "clock"]
    assert len(taken_in(patient, sent("gauge", NOW - 5_000 * DAY)).observations) == 1
