"""Positions a Traccar server forwards: a position, or ``{"position": …, "device": …}``.

Fields: Traccar API reference, Position; speed is in knots. ``outdated`` repeats the last place the server knows, so
it says only that the device is there; an accuracy of 0 is "not known". The device is the last level of the topic (a
``forward.topic`` with ``{uniqueId}``), or the one named by ``device_level``. Older servers have one topic for all:
``device_from_body`` believes the unique id in the body, which is right where nobody but that server may publish there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _tracker as tracker
from ingest.codecs._mapping import Naming, read_naming, sent_device
from ingest.codecs._settings import Settings
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Status


@dataclass(frozen=True, slots=True)
class _Told:
    naming: Naming = tracker.LAST_LEVEL
    from_body: bool = False


_UNTOLD = _Told()


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    told = _Told(read_naming(settings, needed=False), settings.flag("device_from_body"))
    if told.from_body and told.naming != tracker.LAST_LEVEL:
        settings.wrong("device_from_body", "device or device_level is given too; keep one of them")
    settings.finish()
    return told


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "the message")
    owner = fields.as_object(body.get("device") or {}, "device")
    device = _device(owner, topic, options.settings if isinstance(options.settings, _Told) else _UNTOLD)
    position = fields.as_object(body["position"], "position") if "position" in body else body
    if _said(position, "outdated", default=False):
        return (Status(device, online=True, at=_time(position, options, "deviceTime", "serverTime")),)
    if not _said(position, "valid", default=True):
        raise DecodeError("no-fix", "the server says that the position is not valid")
    return (_fix(position, device, options),)


def _device(owner: fields.Body, topic: str, told: _Told) -> DeviceId:
    if not told.from_body:
        device = tracker.device_of(told.naming, topic)
        tracker.check_named(device, owner.get("uniqueId"))
        return device
    return sent_device(owner.get("uniqueId"), "uniqueId")


def _fix(position: fields.Body, device: DeviceId, options: CodecOptions) -> Fix:
    attributes = fields.as_object(position.get("attributes") or {}, "attributes")
    accuracy = fields.optional_number(position, "accuracy", 0.0, tracker.COARSEST_M)
    return Fix(
        device,
        _time(position, options, "fixTime", "deviceTime"),
        fields.number(position, "longitude"),
        fields.number(position, "latitude"),
        tracker.speed_kmh(fields.optional_number(position, "speed", 0.0, tracker.FASTEST_KMH / 1.852), "kn"),
        fields.optional_number(position, "course", 0.0, 360.0),
        accuracy or None,
        fields.optional_task(attributes, "task"),
    )


def _time(position: fields.Body, options: CodecOptions, *keys: str) -> datetime | None:
    """The first of these times that is there, None where there is none."""
    found = next((position[key] for key in keys if position.get(key) is not None), None)
    return None if found is None else tracker.instant(found, options.naive_time_zone)


def _said(position: fields.Body, key: str, *, default: bool) -> bool:
    found = position.get(key)
    if found is None:
        return default
    if isinstance(found, bool):
        return found
    raise DecodeError("bad-shape", f"{key} is {str(found)[:40]!r}, not true or false")


CODEC = Codec("traccar", _decode, _read_settings)
