"""Whatever bytes come on whatever topic: a codec gives well-typed things or a DecodeError, and nothing else ever.

Every codec is fed its own cases, damaged. ``YUKIMORI_FUZZ=50`` runs fifty times as many, others each time.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.model import DeviceId, QualityReason, Task
from core.reasons import REASONS
from ingest.codecs import CODECS
from ingest.decoding import as_dict, decode
from ingest.devices import MODELS, read_uplink
from ingest.messages import CodecOptions, Decoded, Fix, Message, Numbered, Reading, Refused, Status, Uplink, topic_text
from tests.examples import examples

CASES = Path(__file__).parent / "cases"
AT = datetime(2026, 1, 10, 3, 0, 5, tzinfo=UTC)
TIMES = int(os.environ.get("YUKIMORI_FUZZ", "1"))
JST = timezone(timedelta(hours=9))


def fuzzed(full: int) -> settings:
    return settings(
        derandomize=TIMES == 1,
        deadline=None,
        database=None,
        max_examples=examples(full) * TIMES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def read_case(folder: Path) -> tuple[Message, CodecOptions]:
    said = tomllib.loads((folder / "message.toml").read_text("utf-8"))
    payload = next(folder.glob("payload.*")).read_bytes()
    given_options = said.get("options", {})
    zone = given_options.get("naive_time_zone")
    told = CODECS[folder.parent.name].read_settings(given_options.get("settings", {}))
    options = CodecOptions(None if zone is None else ZoneInfo(zone), settings=told)
    return Message(said["topic"].encode(), payload, said["received_at"], 1), options


CORPUS = {
    codec: [read_case(folder.parent) for folder in sorted(CASES.glob(f"{codec}/*/message.toml"))] for codec in CODECS
}
SMALL = {codec: [case for case in cases if len(case[0].payload) < 4_000] for codec, cases in CORPUS.items()}
PAYLOADS = sorted({message.payload for cases in SMALL.values() for message, _ in cases})

TOKENS = [
    b"NaN", b"-Infinity", b"1e999", b"-1e400", b"9" * 400, b"0.1e-400", b"1_000", b"-0", b"00", b"0x10", b"null", b"true",
    b"{}", b"[]", b"[" * 200, b'{"a":' * 40, b'"\\ud800"', b'"\\u0000"', b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n",
    b",", b":", b"*", b"$", b"&", b"=", b"%00", b"%ff", b"+", b"\xe2\x80\xa8", "\uff11\uff12".encode(), "\u0661".encode(),
    b"2026-02-30T00:00:00Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"1e308", b"18446744073709551616",
]  # fmt: skip

spots = st.floats(0.0, 1.0)
Edit = Callable[[bytes], bytes]


def at(payload: bytes, spot: float) -> int:
    return int(spot * len(payload))


def flip(spot: float, bit: int) -> Edit:
    def edit(payload: bytes) -> bytes:
        where = at(payload, spot)
        return payload[:where] + bytes(byte ^ 1 << bit for byte in payload[where : where + 1]) + payload[where + 1 :]

    return edit


def cut(first: float, second: float) -> Edit:
    return lambda payload: payload[: at(payload, min(first, second))] + payload[at(payload, max(first, second)) :]


def repeat(first: float, second: float, times: int) -> Edit:
    def edit(payload: bytes) -> bytes:
        low, high = sorted((at(payload, first), at(payload, second)))
        return payload[:low] + payload[low:high] * times + payload[high:]

    return edit


def put(spot: float, found: bytes, length: int) -> Edit:
    return lambda payload: payload[: at(payload, spot)] + found + payload[at(payload, spot) + length :]


def splice(other: bytes, mine: float, theirs: float) -> Edit:
    return lambda payload: payload[: at(payload, mine)] + other[at(other, theirs) :]


edits = st.one_of(
    st.builds(flip, spots, st.integers(0, 7)),
    st.builds(cut, spots, spots),
    st.builds(repeat, spots, spots, st.integers(2, 4)),
    st.builds(put, spots, st.sampled_from(TOKENS), st.integers(0, 12)),
    st.builds(splice, st.sampled_from(PAYLOADS), spots, spots),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2026-01-10T03:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def with_one_part_replaced(body: Any, spot: float, found: Any) -> Any:
    """The body with one of its parts, at any depth, exchanged."""
    places = list(parts(body, ()))
    return exchanged(body, places[min(int(spot * len(places)), len(places) - 1)], found)


def parts(body: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    keys = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    return [path, *(place for key in keys for place in parts(body[key], (*path, key)))]


def exchanged(body: Any, path: tuple[Any, ...], found: Any) -> Any:
    if not path:
        return found
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = exchanged(body[path[0]], path[1:], found)
    return copy


def as_json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


@st.composite
def damaged(draw: st.DrawFn, codec: str) -> tuple[Message, CodecOptions]:
    """A case of a codec with one to three things wrong with its bytes, or with one part of its body exchanged."""
    message, options = draw(st.sampled_from(SMALL[codec]))
    body = as_json(message.payload) if draw(st.booleans()) else None
    if isinstance(body, (dict, list)):
        payload = json.dumps(with_one_part_replaced(body, draw(spots), draw(anything))).encode()
    else:
        payload = message.payload
        for edit in draw(st.lists(edits, min_size=1, max_size=3)):
            payload = edit(payload)
    return replace(message, payload=payload, retain=draw(st.booleans())), options


def zoned(options: CodecOptions) -> CodecOptions:
    return replace(options, naive_time_zone=JST, readings_per_message=50)


# What may come out.


def check_text(found: object) -> None:
    assert isinstance(found, str)
    assert "\x00" not in found
    found.encode("utf-8")


def check_time(found: object) -> None:
    assert found is None or (isinstance(found, datetime) and found.utcoffset() == timedelta(0))


def check_number(found: object) -> None:
    assert found is None or (type(found) is float and math.isfinite(found))


def check(found: object) -> None:
    """One decoded thing: of one of our types, its fields of theirs."""
    assert isinstance(found, Decoded)
    check_text(found.device)
    if not isinstance(found, Refused):  # an element may name nobody, and be refused for that
        assert found.device
        check_time(found.at)
    CHECKS[type(found)](found)
    json.dumps(as_dict(found), allow_nan=False, ensure_ascii=False).encode("utf-8")


def check_reading(found: Reading) -> None:
    check_text(found.quantity)
    check_text(found.unit)
    check_number(found.value)
    assert isinstance(found.fault, QualityReason)


def check_fix(found: Fix) -> None:
    assert None not in (found.lon, found.lat)
    for number in (found.lon, found.lat, found.speed_kmh, found.heading_deg, found.accuracy_m):
        check_number(number)
    assert found.speed_kmh is None or found.speed_kmh >= 0
    assert found.heading_deg is None or 0 <= found.heading_deg <= 360
    assert found.task is None or isinstance(found.task, Task)


def check_uplink(found: Uplink) -> None:
    assert found.f_port is None or type(found.f_port) is int
    assert found.frame is None or (type(found.frame) is int and found.frame >= 0)
    assert found.data is None or isinstance(found.data, bytes)
    assert found.decoded is None or isinstance(found.decoded, Mapping)
    assert isinstance(found.gateways, tuple)
    for gateway in found.gateways:
        check_text(gateway)


def check_status(found: Status) -> None:
    assert isinstance(found.online, bool)


def check_numbered(found: Numbered) -> None:
    assert type(found.number) is int
    assert 0 <= found.number <= 2**53


def check_refused(found: Refused) -> None:
    assert found.reason in REASONS
    assert found.detail.isprintable()


CHECKS: dict[type, Callable[[Any], None]] = {
    Reading: check_reading,
    Fix: check_fix,
    Uplink: check_uplink,
    Status: check_status,
    Numbered: check_numbered,
    Refused: check_refused,
}


def outcome_of(read: Callable[[], Sequence[object]]) -> Sequence[object]:
    """What is read, checked; nothing where it is refused as it should be."""
    found, refusal = tried(read)
    for item in found:
        check(item)
    if refusal is not None:
        assert refusal.reason in REASONS
        assert str(refusal).isprintable()
        check_text(str(refusal))
    return found


def tried(read: Callable[[], Sequence[object]]) -> tuple[Sequence[object], DecodeError | None]:
    try:
        return read(), None
    except DecodeError as error:
        return (), error


def feed(message: Message, codec: str, options: CodecOptions) -> None:
    """Through the codec, and what is a frame through every device model."""
    for item in outcome_of(lambda: decode(message, codec, options)):
        if isinstance(item, Uplink):
            for model in MODELS:
                outcome_of(lambda model=model, item=item: read_uplink(item, model))  # type: ignore[misc]


def test_every_codec_has_something_to_damage() -> None:
    assert all(SMALL[codec] for codec in CODECS)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_damaged_cases(codec: str) -> None:
    @fuzzed(400)
    @given(damaged(codec), st.booleans())
    def run(sent: tuple[Message, CodecOptions], in_japan: bool) -> None:
        message, options = sent
        feed(message, codec, zoned(options) if in_japan else options)

    run()


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_bytes_at_random(codec: str) -> None:
    @fuzzed(100)
    @given(st.sampled_from(SMALL[codec]), st.binary(max_size=60) | st.lists(st.sampled_from(TOKENS)).map(b"".join))
    def run(case: tuple[Message, CodecOptions], payload: bytes) -> None:
        feed(replace(case[0], payload=payload), codec, case[1])

    run()


levels = st.sampled_from(
    ["", "#", "+", "up", "d", "v3", "devices", "reading", "a" * 300, "\u2028", "\ud800", "Ünü", "::"]
)


@st.composite
def bent(draw: st.DrawFn, topic: bytes) -> bytes:
    """A topic with a level exchanged, lost or added, or with its bytes damaged."""
    found = topic.decode().split("/")
    where = draw(st.integers(0, len(found) - 1))
    found[where : where + draw(st.integers(0, 1))] = draw(st.lists(levels, max_size=2))
    text = "/".join(found).encode("utf-8", "surrogatepass")
    return draw(edits)(text) if draw(st.booleans()) else text


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_bent_topics(codec: str) -> None:
    @fuzzed(100)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        message, options = data.draw(st.sampled_from(SMALL[codec]))
        topic_text.cache_clear()
        feed(replace(message, topic=data.draw(bent(message.topic))), codec, options)

    run()


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_without_settings(codec: str) -> None:
    for message, _ in CORPUS[codec]:
        feed(message, codec, CodecOptions())


bodies = st.dictionaries(st.sampled_from(
    ["battery", "distance", "temperature", "depth", "depth_error", "history", "timestamp", "latitude", "longitude",
     "position", "Bat", "Distance", "TempC_DS18B20", "Sensor_flag", "number_of_valid_samples", "distance_sensor_status"]
), anything | st.sampled_from(["12 mm", "1e999", "-", "no target", "9" * 300, 65533, -3, {"value": 3, "unit": "cm"}]), max_size=6)  # fmt: skip


@pytest.mark.parametrize("model", sorted(MODELS))
def test_device_models(model: str) -> None:
    """Frames and ports at random, and what a network server made of a frame, as strict JSON lets it through."""

    @fuzzed(200)
    @given(st.binary(max_size=70), st.none() | bodies, st.none() | st.integers(-1, 300), st.booleans())
    def run(data: bytes, body: dict[str, Any] | None, port: int | None, raw: bool) -> None:
        decoded = None if body is None else strict(body)
        sent = Uplink(DeviceId("d"), AT, port, data if raw else None, decoded)
        outcome_of(lambda: read_uplink(sent, model))

    run()


def strict(body: dict[str, Any]) -> dict[str, Any] | None:
    """The body as a codec would hand it on: without what strict JSON refuses."""
    topic, wrapped = b"v3/a/devices/d/up", {"received_at": "2026-01-10T03:00:00Z", "decoded_payload": body}
    payload = json.dumps({"end_device_ids": {"device_id": "d"}, "uplink_message": wrapped}).encode()
    try:
        (uplink,) = decode(Message(topic, payload, AT), "ttn", CodecOptions())
    except DecodeError:
        return None
    assert isinstance(uplink, Uplink)
    return dict(uplink.decoded or {})
