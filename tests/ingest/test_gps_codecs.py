"""Trackers and receivers: what is written is what is read, and times that could mean two things are never guessed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import reduce
from operator import xor
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.model import QualityReason, Task
from ingest.codecs import CODECS, check_settings
from ingest.decoding import decode
from ingest.messages import CodecOptions, Decoded, Fix, Message, Numbered, Reading, Refused, Status, Uplink

NOW = datetime(2026, 1, 10, 3, 0, 5, tzinfo=UTC)
JST = timezone(timedelta(hours=9))
FIXED = settings(derandomize=True, deadline=None, max_examples=150)
TOPICS = {name: f"{name}/d" for name in ("osmand", "traccar", "nmea")} | {"owntracks": "owntracks/u/d"}


def read(codec: str, payload: object, received_at: datetime = NOW, **given_settings: Any) -> Sequence[Decoded]:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    options = CodecOptions(JST, settings=CODECS[codec].read_settings(given_settings))
    return decode(Message(TOPICS[codec].encode(), body.encode(), received_at, 1), codec, options)


def fix_of(codec: str, payload: object, received_at: datetime = NOW, **given_settings: Any) -> Fix:
    (found,) = read(codec, payload, received_at, **given_settings)
    assert isinstance(found, Fix)
    return found


def reason_of(codec: str, payload: object, **given_settings: Any) -> str:
    with pytest.raises(DecodeError) as caught:
        read(codec, payload, **given_settings)
    return caught.value.reason


def sentence(text: str) -> str:
    return f"${text}*{reduce(xor, text.encode()):02X}"


def degrees(value: float, width: int, sides: str) -> str:
    """As receivers write them: degrees and minutes in one number, then the letter of the hemisphere."""
    minutes = round(abs(value) * 60, 6)
    whole = int(minutes // 60)
    return f"{whole:0{width}d}{minutes - whole * 60:09.6f},{sides[value < 0]}"


def rmc(at: datetime, lon: float, lat: float, knots: float = 9.7, course: float = 181.0, status: str = "A") -> str:
    clock = f"{at:%H%M%S}.{at.microsecond // 1000:03d}"
    place = f"{degrees(lat, 2, 'NS')},{degrees(lon, 3, 'EW')}"
    return sentence(f"GNRMC,{clock},{status},{place},{knots:.3f},{course:.1f},{at:%d%m%y},,,A")


# Round trips.

lons, lats = st.floats(-180, 180).map(lambda x: round(x, 6)), st.floats(-90, 90).map(lambda x: round(x, 6))
moments = st.datetimes(datetime(2000, 1, 2), datetime(2079, 12, 30), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
speeds = st.floats(0, 150).map(lambda x: round(x, 3))
courses = st.floats(0, 360).map(lambda x: round(x, 1))
tasks = st.none() | st.sampled_from(list(Task))
ways = st.sampled_from(["seconds", "milliseconds", "offset", "japan"])


def written(at: datetime, way: str) -> str | float:
    if way == "seconds":
        return at.timestamp()
    if way == "milliseconds":
        return round(at.timestamp() * 1_000)
    local = at.astimezone(JST)
    return local.isoformat() if way == "offset" else local.replace(tzinfo=None).isoformat(" ")


@FIXED
@given(moments, ways, lons, lats, speeds, courses, tasks, st.booleans())
def test_osmand_query_and_object(
    at: datetime, way: str, lon: float, lat: float, speed: float, course: float, task: Task | None, as_query: bool
) -> None:
    body: dict[str, Any] = {"id": "d", "timestamp": written(at, way), "lon": lon, "lat": lat, "speed": speed}
    body |= {"bearing": course, "accuracy": 8.0} | ({"task": str(task)} if task else {})
    found = fix_of("osmand", urlencode(body) if as_query else body)
    assert abs(found.at - at) <= timedelta(milliseconds=1) if found.at else False
    assert (found.lon, found.lat, found.heading_deg, found.accuracy_m, found.task) == (lon, lat, course, 8.0, task)
    assert found.speed_kmh == pytest.approx(speed * 1.852)


@FIXED
@given(moments, lons, lats, speeds, courses)
def test_osmand_nested(at: datetime, lon: float, lat: float, speed: float, course: float) -> None:
    coords = {"longitude": lon, "latitude": lat, "speed": speed, "heading": course, "accuracy": 8}
    body = {"device_id": "d", "location": {"timestamp": at.isoformat(), "coords": coords}}
    found = fix_of("osmand", body)
    assert (found.at, found.lon, found.lat, found.heading_deg) == (at, lon, lat, course)
    assert found.speed_kmh == pytest.approx(speed * 3.6)


@FIXED
@given(moments, lons, lats, speeds, courses, st.booleans())
def test_traccar(at: datetime, lon: float, lat: float, speed: float, course: float, wrapped: bool) -> None:
    position = {"fixTime": at.isoformat(), "longitude": lon, "latitude": lat, "speed": speed, "course": course}
    position |= {"valid": True, "outdated": False, "accuracy": 0.0}
    found = fix_of("traccar", {"position": position, "device": {"uniqueId": "d"}} if wrapped else position)
    assert (found.at, found.lon, found.lat, found.heading_deg, found.accuracy_m) == (at, lon, lat, course, None)
    assert found.speed_kmh == pytest.approx(speed * 1.852)


@FIXED
@given(moments, lons, lats, speeds, courses)
def test_nmea(at: datetime, lon: float, lat: float, speed: float, course: float) -> None:
    found = fix_of("nmea", rmc(at, lon, lat, speed, course), received_at=at)
    assert (found.at, found.heading_deg, found.fault) == (at, course, QualityReason.NONE)
    assert found.lon == pytest.approx(lon, abs=1e-7)
    assert found.lat == pytest.approx(lat, abs=1e-7)
    assert found.speed_kmh == pytest.approx(speed * 1.852)


@FIXED
@given(moments, lons, lats, speeds, courses)
def test_owntracks(at: datetime, lon: float, lat: float, speed: float, course: float) -> None:
    body = {"_type": "location", "tst": int(at.timestamp()), "lon": lon, "lat": lat, "vel": speed, "cog": course}
    found = fix_of("owntracks", body)
    assert (found.at, found.lon, found.lat) == (at.replace(microsecond=0), lon, lat)
    assert (found.speed_kmh, found.heading_deg) == (speed, course)


# Seconds and milliseconds.


@FIXED
@given(st.floats(-1e16, 1e16))
def test_no_number_is_read_in_two_ways(number: float) -> None:
    window = (946_684_800.0, 4_102_444_800.0)
    meanings = [seconds for seconds in (number, number / 1_000) if window[0] <= seconds < window[1]]
    assert len(meanings) <= 1
    body = {"id": "d", "timestamp": number, "lat": 1, "lon": 2}
    if meanings:
        at = fix_of("osmand", body).at
        assert at is not None
        assert abs(at.timestamp() - meanings[0]) < 1e-3
    else:
        assert reason_of("osmand", body) == "clock"


@pytest.mark.parametrize(
    ("number", "year"),
    [(946_684_800, 2000), (4_102_444_799, 2099), (946_684_800_000, 2000), (4_102_444_799_999, 2099)],
)
def test_the_ends_of_the_calendar_window(number: int, year: int) -> None:
    at = fix_of("osmand", {"id": "d", "timestamp": number, "lat": 1, "lon": 2}).at
    assert at is not None
    assert at.year == year


@pytest.mark.parametrize("number", [-1, 0, 946_684_799, 4_102_444_800, 946_684_799_999, 4_102_444_800_000, 10**60])
def test_beyond_the_calendar_window(number: int) -> None:
    assert reason_of("osmand", {"id": "d", "timestamp": number, "lat": 1, "lon": 2}) == "clock"


@pytest.mark.parametrize("found", [True, [], {}, "2026-1-1 0:00:00", "1e9", "１７６８０１４０００"])
def test_what_is_no_time_at_all(found: object) -> None:
    assert reason_of("osmand", {"id": "d", "timestamp": found, "lat": 1, "lon": 2}) == "bad-time"


# Receivers.


@FIXED
@given(st.integers(0, 200), st.sampled_from("0123456789ABCDEF,.$*GNRMC"))
def test_one_wrong_character_is_noticed(where: int, wrong: str) -> None:
    line = rmc(NOW, 140.4056, 38.6012)
    where %= len(line)
    changed = line[:where] + wrong + line[where + 1 :]
    if changed != line:
        assert reason_of("nmea", changed) in ("bad-checksum", "bad-shape")


@pytest.mark.parametrize("weeks", [1024, 2048])
@pytest.mark.parametrize(
    ("late", "repaired"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=59), True),
        (-timedelta(hours=23), True),
        (timedelta(days=1, minutes=1), False),
        (-timedelta(days=2), False),
        (timedelta(weeks=5), False),
    ],
)
def test_week_rollover_is_repaired_within_a_day_of_the_arrival(weeks: int, late: timedelta, repaired: bool) -> None:
    true_time = NOW - late
    found = fix_of("nmea", rmc(true_time - timedelta(weeks=weeks), 140.4, 38.6))
    assert found.at is not None
    assert (found.at == true_time.replace(microsecond=0)) == repaired
    assert (found.fault == QualityReason.CLOCK_REPAIRED) == repaired


def test_a_time_of_today_is_never_moved() -> None:
    found = fix_of("nmea", rmc(NOW - timedelta(days=3), 140.4, 38.6))
    assert (found.at, found.fault) == (NOW - timedelta(days=3), QualityReason.NONE)


def test_each_sentence_stands_for_itself() -> None:
    lines = [rmc(NOW + timedelta(seconds=second), 140.4, 38.6) for second in range(4)]
    lines[1] = lines[1].replace("GNRMC", "GPRMC")
    lines[2] = rmc(NOW, 140.4, 38.6, status="V")
    found = read("nmea", "\r\n".join(lines) + "\r\n")
    assert [type(item) for item in found] == [Refused, Fix, Refused, Fix]
    assert {item.reason for item in found if isinstance(item, Refused)} == {"bad-checksum", "no-fix"}


# Proof of life, and who may say who speaks.


def test_an_outdated_position_is_a_sign_of_life_only() -> None:
    body = {"deviceTime": NOW.isoformat(), "outdated": True, "valid": False, "latitude": 38.6, "longitude": 140.4}
    assert list(read("traccar", body)) == [Status("d", online=True, at=NOW)]  # type: ignore[arg-type]


@pytest.mark.parametrize("codec", ["osmand", "traccar", "nmea"])
def test_the_device_is_named_by_the_topic(codec: str) -> None:
    place = {"latitude": 38.6, "longitude": 140.4, "lat": 38.6, "lon": 140.4}
    payload = rmc(NOW, 140.4, 38.6) if codec == "nmea" else json.dumps(place)
    for given_settings, device in (({}, "live"), ({"device_level": 2}, "d7"), ({"device": "always"}, "always")):
        options = CodecOptions(settings=check_settings(codec, given_settings))
        (found,) = decode(Message(b"town/d7/live", payload.encode(), NOW), codec, options)
        assert found.device == device


@pytest.mark.parametrize(
    ("codec", "given_settings", "word"),
    [
        ("osmand", {"speed_unit": "mph"}, "speed_unit"),
        ("osmand", {"speedunit": "kn"}, "speedunit"),
        ("osmand", {"device_level": 0}, "device_level"),
        ("traccar", {"device_from_body": "yes"}, "device_from_body"),
        ("traccar", {"device_from_body": True, "device_level": 1}, "device_from_body"),
        ("nmea", {"device": "d", "device_level": 1}, "device_level"),
        ("chirpstack", {"device_level": 1}, "device_level"),
    ],
)
def test_wrong_settings_name_their_key(codec: str, given_settings: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word) as caught:
        check_settings(codec, given_settings)
    assert "\n" not in str(caught.value)


# Numbered messages, frames and gateways.


@FIXED
@given(st.lists(st.none() | st.integers(0, 2**53), max_size=6))
def test_numbers_of_our_own_format(numbers: list[int | None]) -> None:
    entry = {"at": "2026-01-10T03:00:00Z", "quantity": "snow_depth", "value": 1.5, "unit": "cm"}
    body = [entry if number is None else {**entry, "seq": number} for number in numbers]
    message = Message(b"yukimori/s/d/reading", json.dumps(body).encode(), NOW)
    found = decode(message, "yukimori", CodecOptions())
    told = [item.number for item in found if isinstance(item, Numbered)]
    assert told == list(dict.fromkeys(number for number in numbers if number is not None))
    assert sum(isinstance(item, Reading) for item in found) == len(numbers)


gateways = st.lists(st.sampled_from(["0016c001f156c12a", "town-hall", "学校"]), max_size=4)


@FIXED
@given(st.none() | st.integers(0, 2**32 - 1), gateways)
def test_frames_and_gateways_of_both_network_servers(frame: int | None, heard: list[str]) -> None:
    count: dict[str, Any] = {} if frame is None else {"fCnt": frame, "f_cnt": frame}
    chirpstack = {"deviceInfo": {"devEui": "0a"}, "rxInfo": [{"gatewayId": name} for name in heard], **count}
    said = {"rx_metadata": [{"gateway_ids": {"gateway_id": name}} for name in heard], **count}
    ttn = {"end_device_ids": {"device_id": "d"}, "uplink_message": said}
    topics = {"chirpstack": "application/1/device/0a/event/up", "ttn": "v3/a@t/devices/d/up"}
    for codec, body in (("chirpstack", chirpstack), ("ttn", ttn)):
        message = Message(topics[codec].encode(), json.dumps(body).encode(), NOW)
        (found,) = decode(message, codec, CodecOptions())
        assert isinstance(found, Uplink)
        assert found.frame == (frame or 0)
        assert found.gateways == tuple(dict.fromkeys(heard))
