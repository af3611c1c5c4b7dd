"""The protocol of OsmAnd and of Traccar Client, over MQTT: a query string, the same as an object, or nested JSON.

Fields: Traccar documentation, page "OsmAnd". The flat form gives its speed in knots unless the source says
otherwise (``speed_unit``), the nested one (Traccar Client 9 and later) always in m/s; there −1 is "not known".
``task`` is ours: a plough's task, as in the format of our own. The device is the last level of the topic, or the one
named by ``device_level``; an id in the body must be the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _tracker as tracker
from ingest.codecs._mapping import Naming, at_most, each, number_of, read_naming
from ingest.codecs._settings import Settings
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Status

SPEED_UNITS = ("kn", "km/h", "m/s")
_IDS = ("id", "deviceid", "device_id")
_PARAMETERS = 100
_VALID = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class _Told:
    naming: Naming = tracker.LAST_LEVEL
    speed_unit: str = "kn"


_UNTOLD = _Told()


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    told = _Told(read_naming(settings, needed=False), settings.choice("speed_unit", SPEED_UNITS, "kn"))
    settings.finish()
    return told


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    told = options.settings if isinstance(options.settings, _Told) else _UNTOLD
    device = tracker.device_of(told.naming, topic)
    text = strict_json.text_of(message.payload, options.payload_bytes)
    if text[0] not in '{["' and "=" in text:
        return (_flat(_parameters(text), device, told, options),)
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "the message")
    if not isinstance(body.get("location"), (dict, list)):
        return (_flat(body, device, told, options),)
    tracker.check_named(device, body.get("device_id"))
    return _nested(body["location"], device, options)


def _parameters(text: str) -> dict[str, str]:
    """The parameters of a query string, also of a whole request line (``/?id=…``)."""
    try:
        pairs = parse_qsl(
            text.removeprefix("/").removeprefix("?"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_PARAMETERS,
        )
    except ValueError as error:
        raise DecodeError("bad-shape", f"not a query string: {text[:60]!r}") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DecodeError("duplicate-key", "a parameter is there twice")
    return found


def _flat(body: fields.Body, device: DeviceId, told: _Told, options: CodecOptions) -> Fix | Status:
    for key in _IDS:
        tracker.check_named(device, body.get(key))
    at = None if _blank(body, "timestamp") else tracker.instant(body["timestamp"], options.naive_time_zone)
    if not _blank(body, "valid") and not _valid(body["valid"]):
        raise DecodeError("no-fix", "the tracker says that its position is not valid")
    place = _place(body)
    if place is None:
        if at is None and all(_blank(body, key) for key in _IDS):
            raise DecodeError("bad-shape", "neither place nor time nor id: nothing of this protocol")
        return Status(device, online=True, at=at)
    return Fix(
        device,
        at,
        *place,
        tracker.speed_kmh(_known(body, "speed", tracker.FASTEST_KMH), told.speed_unit),
        _known(body, "heading" if _blank(body, "bearing") else "bearing", 360.0),
        _known(body, "accuracy", tracker.COARSEST_M),
        None if _blank(body, "task") else fields.optional_task(body, "task"),
    )


def _place(body: fields.Body) -> tuple[float, float] | None:
    """Longitude and latitude, None where the tracker gives no place at all: it only says that it is there."""
    if not _blank(body, "location"):
        lat, comma, lon = fields.text(body, "location").partition(",")
        if not comma:
            raise DecodeError("bad-shape", "location is not latitude,longitude")
        return number_of(lon, "the longitude"), number_of(lat, "the latitude")
    if _blank(body, "lat") and _blank(body, "lon"):
        return None
    return _number(body, "lon"), _number(body, "lat")


def _blank(body: fields.Body, key: str) -> bool:
    return body.get(key) in (None, "")


def _valid(found: Any) -> bool:
    word = str(found).lower()
    if word in _VALID:
        return _VALID[word]
    raise DecodeError("bad-shape", f"valid is {word[:40]!r}, none of {', '.join(_VALID)}")


def _known(body: fields.Body, key: str, high: float) -> float | None:
    """The number, None where it is left out or negative, which these trackers send for "not known"."""
    if _blank(body, key):
        return None
    value = _number(body, key)
    return None if value < 0 else fields.optional_number({key: value}, key, 0.0, high)


def _number(body: fields.Body, key: str) -> float:
    found = body.get(key)
    return number_of(found, key) if isinstance(found, str) else fields.number(body, key)


def _nested(found: Any, device: DeviceId, options: CodecOptions) -> Sequence[Decoded]:
    """One location, or the array of them a phone sends after a dead spot."""
    if isinstance(found, dict):
        return (_location(found, device, options),)
    at_most(len(found), options, "locations")
    return each(found, lambda entry: [_location(entry, device, options)], device)


def _location(found: Any, device: DeviceId, options: CodecOptions) -> Fix | Status:
    body = fields.as_object(found, "location")
    at = _nested_time(body, options)
    if body.get("coords") is None:
        return Status(device, online=True, at=at)
    coords = fields.as_object(body["coords"], "location.coords")
    extras = fields.as_object(body.get("extras") or {}, "location.extras")
    return Fix(
        device,
        at,
        fields.number(coords, "longitude"),
        fields.number(coords, "latitude"),
        tracker.speed_kmh(_known(coords, "speed", tracker.FASTEST_KMH / 3.6), "m/s"),
        _known(coords, "heading", 360.0),
        _known(coords, "accuracy", tracker.COARSEST_M),
        fields.optional_task(extras, "task"),
    )


def _nested_time(body: fields.Body, options: CodecOptions) -> datetime | None:
    found = body.get("timestamp")
    return None if found is None else tracker.instant(found, options.naive_time_zone)


CODEC = Codec("osmand", _decode, _read_settings)
