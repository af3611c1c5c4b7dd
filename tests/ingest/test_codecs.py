"""What holds for every codec; what each of them reads is in ``cases/``."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.model import Limits, Source
from core.errors import DecodeError
from core.reasons import REASONS
from ingest.codecs import CODECS
from ingest.decoding import as_dict, decode, decode_with_devices
from ingest.devices import MODELS
from ingest.discovery import discover
from ingest.messages import TOPIC_BYTES, Codec, CodecOptions, Message, Reading, Refused, topic_text
from tests.examples import examples

NOW = datetime(2026, 1, 10, 3, 0, 5, tzinfo=UTC)
OPTIONS = CodecOptions()
EUI = "70b3d50000000001"
TOPICS = {
    "yukimori": ["yukimori/town/d/reading", "yukimori/town/d/position", "yukimori/town/d/status"],
    "chirpstack": [f"application/a/device/{EUI}/event/{event}" for event in ("up", "join", "status", "ack", "log")],
    "ttn": ["v3/a@t/devices/d/up", "v3/a/devices/d/join", "v3/a/devices/d/down/ack"],
    "owntracks": ["owntracks/u/d", "owntracks/u/d/event"],
    "osmand": ["osmand/d"],
    "traccar": ["traccar/d"],
}
"""Of the codecs that read JSON and need no settings; the others have tests of their own, and ``test_codec_fuzz.py``."""


def message(topic: str | bytes, payload: bytes) -> Message:
    return Message(topic if isinstance(topic, bytes) else topic.encode(), payload, NOW, 1)


def outcome_of(sent: Message, codec: str, models: dict[str, str]) -> list[dict[str, Any]] | DecodeError:
    try:
        return decode_with_devices(sent, codec, OPTIONS, models)
    except DecodeError as error:
        return error


def test_the_codecs_are_found() -> None:
    assert set(TOPICS) < set(CODECS)


def test_unknown_codec() -> None:
    with pytest.raises(DecodeError, match="no codec is named 'sigfox'") as caught:
        decode(message("a", b"{}"), "sigfox", OPTIONS)
    assert caught.value.reason == "no-codec"


def test_options_of_a_source() -> None:
    options = CodecOptions.of(
        Source(topic="#", codec="yukimori", naive_time_zone="Asia/Tokyo"), Limits(payload_bytes=99), CODECS["yukimori"]
    )
    assert str(options.naive_time_zone) == "Asia/Tokyo"
    assert (options.payload_bytes, options.readings_per_message) == (99, 1_000)


@pytest.mark.parametrize(
    "topic",
    [
        b"",
        b"/",
        b"yukimori//d/reading",
        b"yukimori/town/d/reading/",
        b"yukimori/town/+/reading",
        b"yukimori/#",
        b"yukimori/town/d\x00/reading",
        b"yukimori/town/d\n/reading",
        "yukimori/town/d\u2028/reading".encode(),
        b"yukimori/town/\xff\xfe/reading",
        b"yukimori/town/\xed\xa0\x80/reading",
        b"a" * (TOPIC_BYTES + 1),
        b"a" * 65_535,
    ],
    ids=lambda topic: repr(topic[:28]),
)
@pytest.mark.parametrize("codec", sorted(CODECS))
def test_bad_topics(topic: bytes, codec: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message(topic, b"{}"), codec, OPTIONS)
    assert caught.value.reason == "bad-topic"
    assert str(caught.value).isprintable()


def test_topics_may_be_japanese() -> None:
    assert topic_text("yukimori/尾花沢/積雪計-1/reading".encode()) == "yukimori/尾花沢/積雪計-1/reading"


@pytest.mark.parametrize(("codec", "topic"), [(codec, topic) for codec, topics in TOPICS.items() for topic in topics])
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"\x83\x5f", "bad-utf8"),
        (b"[" * 10_000_000, "too-large"),
    ],
    ids=["empty", "shift-jis", "10 MB"],
)
def test_payloads_no_codec_reads(codec: str, topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message(topic, payload), codec, OPTIONS)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("codec", "topic"),
    [(codec, topic) for codec, topics in TOPICS.items() for topic in topics if not topic.endswith("d/status")],
)
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"[" * 60_000, "too-deep"),
        (b'{"a":NaN}', "not-finite"),
        (b'{"a":1e999}', "not-finite"),
        (b'{"a":1,"a":2}', "duplicate-key"),
        (b'{"a":' + b"9" * 5_000 + b"}", "huge-number"),
        (b'{"a":"\\ud800"}', "bad-text"),
        (b'{"a":1} {', "bad-json"),
        (b"7", "bad-shape"),
        (b'"text"', "bad-shape"),
        (b"null", "bad-shape"),
    ],
    ids=lambda value: repr(value[:16]) if isinstance(value, bytes) else value,
)
def test_every_json_codec_is_strict(codec: str, topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message(topic, payload), codec, OPTIONS)
    assert caught.value.reason == reason


def test_a_million_samples() -> None:
    one = b'{"at":"2026-01-10T03:00:00Z","quantity":"snow_depth","value":1,"unit":"cm"}'

    def reason_of(count: int, options: CodecOptions) -> str:
        payload = b"[" + b",".join([one] * count) + b"]"
        with pytest.raises(DecodeError) as caught:
            decode(message(TOPICS["yukimori"][0], payload), "yukimori", options)
        return caught.value.reason

    assert reason_of(1_000_000, OPTIONS) == "too-large"
    assert reason_of(10_000, CodecOptions(payload_bytes=10_000_000)) == "too-many"


def test_as_many_readings_as_the_limit_allows() -> None:
    entry = {"at": "2026-01-10T03:00:00Z", "quantity": "snow_depth", "value": 1, "unit": "cm"}
    payload = json.dumps([entry] * 600).encode()
    found = decode(message(TOPICS["yukimori"][0], payload), "yukimori", OPTIONS)
    assert len(found) == 600
    assert all(isinstance(item, Reading) for item in found)


# What an attacker or a broken device may send: any bytes, any JSON, and real bodies with one part replaced.

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-01-10T03:00:00Z", "0001-01-01T00:00:00+09:00", "2026-01-10T03:00:00", "d", EUI, "AA=="])
)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner), max_leaves=8)  # fmt: skip
REAL: dict[str, list[Any]] = {
    "yukimori": [
        {"at": "2026-01-10T03:00:00Z", "quantity": "snow_depth", "value": 1.5, "unit": "cm"},
        [{"at": None, "quantity": "snow_depth", "value": None, "unit": "cm", "device": "d"}],
        {"at": "2026-01-10T03:00:00Z", "lon": 140.4, "lat": 38.6, "speed_kmh": 3, "heading_deg": 9, "task": "plough"},
    ],
    "chirpstack": [
        {
            "time": "2026-01-10T03:00:00Z",
            "deviceInfo": {"devEui": EUI},
            "fPort": 85,
            "data": "A4J4BQ==",
            "object": {"distance": 5},
            "rxInfo": [{"nsTime": "2026-01-10T03:00:00Z"}],
            "acknowledged": True,
        }
    ],
    "ttn": [
        {
            "end_device_ids": {"device_id": "d", "application_ids": {"application_id": "a"}},
            "received_at": "2026-01-10T03:00:00Z",
            "uplink_message": {
                "received_at": "2026-01-10T03:00:00Z",
                "f_port": 85,
                "frm_payload": "A4J4BQ==",
                "decoded_payload": {"distance": "5 mm", "history": [{"timestamp": 1768014000}]},
            },
        }
    ],
    "owntracks": [
        {"_type": "location", "lat": 38.6, "lon": 140.4, "tst": 1768014000, "acc": 8, "vel": 23, "cog": 181},
        {"_type": "lwt", "tst": "1768014000"},
    ],
}


def parts(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = body.keys() if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    return [path, *(found for key in keys for found in parts(body[key], (*path, key)))]


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = replaced(body[path[0]], path[1:], value)
    return copy


@st.composite
def altered(draw: st.DrawFn) -> tuple[str, bytes]:
    codec = draw(st.sampled_from(sorted(REAL)))
    body = draw(st.sampled_from(REAL[codec]))
    return codec, json.dumps(replaced(body, draw(st.sampled_from(parts(body))), draw(anything))).encode()


raw = st.tuples(st.sampled_from(sorted(TOPICS)), st.binary(max_size=80) | anything.map(json.dumps).map(str.encode))


@settings(derandomize=True, deadline=None, max_examples=examples(800))
@given(altered() | raw, st.integers(0, 9), st.sampled_from([None, *sorted(MODELS)]))
def test_whatever_comes_decoded_or_a_decode_error(sent: tuple[str, bytes], which: int, model: str | None) -> None:
    codec, payload = sent
    topic = TOPICS[codec][which % len(TOPICS[codec])]
    models = {} if model is None else {"d": model, EUI: model}
    outcome = outcome_of(message(topic, payload), codec, models)
    if isinstance(outcome, DecodeError):
        assert outcome.reason in REASONS
        assert str(outcome).isprintable()
    else:
        json.dumps(outcome, allow_nan=False, ensure_ascii=False).encode("utf-8")


@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(st.binary(max_size=80), st.sampled_from(sorted(CODECS)))
def test_whatever_the_topic_decoded_or_a_decode_error(topic: bytes, codec: str) -> None:
    with pytest.raises(DecodeError):
        decode(message(topic, b"{}"), codec, OPTIONS)


# One radio frame gives equal rows through both network servers.

AT = "2026-01-10T03:00:00.120456789Z"


def through(codec: str, data: bytes, model: str) -> list[dict[str, Any]] | tuple[str, str]:
    encoded = base64.b64encode(data).decode()
    if codec == "chirpstack":
        body: Any = {"time": AT, "deviceInfo": {"devEui": EUI}, "fPort": 85, "data": encoded}
        topic = TOPICS[codec][0]
    else:
        body = {"end_device_ids": {"device_id": EUI}, "received_at": "2026-01-10T03:00:00.5Z"}
        body["uplink_message"] = {"received_at": AT, "f_port": 85, "frm_payload": encoded}
        topic = f"v3/a@t/devices/{EUI}/up"
    outcome = outcome_of(message(topic, json.dumps(body).encode()), codec, {EUI: model})
    return (outcome.reason, str(outcome)) if isinstance(outcome, DecodeError) else outcome


records = st.sampled_from(
    ["017564", "03821E00", "04821E00", "0482FDFF", "03670A01", "050001", "0488DEBC770108FF080720", "20CE000000607805"]
).map(bytes.fromhex)


@settings(derandomize=True, deadline=None, max_examples=examples(200))
@given(st.lists(records, max_size=4).map(b"".join) | st.binary(max_size=20), st.sampled_from(sorted(MODELS)))
def test_one_frame_through_both_servers(data: bytes, model: str) -> None:
    assert through("chirpstack", data, model) == through("ttn", data, model)


def test_refused_elements_are_told_apart() -> None:
    refused = Refused("d", "bad-time", "not a time")  # type: ignore[arg-type]
    assert as_dict(refused) == {"kind": "refused", "device": "d", "reason": "bad-time", "detail": "not a time"}


# Discovery fails with the name of the file.


def package(folder: Path, name: str, **modules: str) -> Path:
    root = folder / name
    root.mkdir()
    (root / "__init__.py").write_text("")
    for module, text in modules.items():
        (root / f"{module}.py").write_text("from ingest.messages import Codec\n" + text)
    return root


def found(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, **modules: str) -> list[str]:
    root = package(folder, name, **modules)
    monkeypatch.syspath_prepend(str(folder))
    return [codec.name for codec in discover(name, [str(root)], "CODEC", Codec)]


def test_discovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"_shared": "", "b_c": "CODEC = Codec('b-c', print)", "a": "CODEC = Codec('a', print)"}
    assert found(tmp_path, "codecs_good", monkeypatch, **good) == ["a", "b-c"]


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        ("nothing", ""),
        ("text", "CODEC = 'a'"),
        ("misnamed", "CODEC = Codec('b', print)"),
        ("two", "CODEC = Codec('a', print)\nOTHER = Codec('a', print)"),
    ],
)
def test_discovery_names_the_file(mistake: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError, match=r"a\.py"):
        found(tmp_path, f"codecs_with_{mistake}", monkeypatch, a=text)
