"""Yukimori's own format: ``yukimori/<site>/<device>/reading``, ``…/position`` and ``…/status``.

A reading is an object or an array of ``{"at", "quantity", "value", "unit"}``; ``"value": null`` says there
is none, ``"at": null`` that the device has no clock. A position is ``{"at", "lon", "lat", "speed_kmh"?,
"heading_deg"?, "accuracy_m"?, "task"?}``. A status is the plain text ``online`` or ``offline``. Both objects may
carry ``"seq"``, the device's own count of its messages. Other keys are ignored, but ``site`` and ``device`` must be
those of the topic where they are given. The name of a device may have several levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Numbered, Reading, Refused, Status

_STATES = {"online": True, "offline": False}


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    levels = topic.split("/")
    if len(levels) < 4 or levels[0] != "yukimori" or levels[-1] not in _KINDS:
        raise DecodeError("bad-topic", f"not yukimori/<site>/<device>/(reading|position|status): {topic!r}")
    return _KINDS[levels[-1]](message, levels[1], DeviceId("/".join(levels[2:-1])), options)


def _readings(message: Message, site: str, device: DeviceId, options: CodecOptions) -> Sequence[Decoded]:
    body = strict_json.parse(message.payload, options.payload_bytes)
    if not isinstance(body, list):
        reading = _reading(body, site, device, options)
        return (reading, *_numbered(body, reading)) if "seq" in body else (reading,)
    if len(body) > options.readings_per_message:
        raise DecodeError("too-many", f"{len(body)} readings; at most {options.readings_per_message} are read")
    found = [_reading_or_refusal(entry, site, device, options) for entry in body]
    return _with_numbers(body, found) if any("seq" in entry for entry in body if isinstance(entry, dict)) else found


def _reading_or_refusal(entry: Any, site: str, device: DeviceId, options: CodecOptions) -> Reading | Refused:
    """One bad entry of an array does not cost its neighbours."""
    try:
        return _reading(entry, site, device, options)
    except DecodeError as error:
        return Refused(device, error.reason, str(error))


def _with_numbers(entries: Sequence[Any], found: Sequence[Reading | Refused]) -> list[Decoded]:
    """The same with the numbers of the messages, each number once: readings of one message may all carry it."""
    items: list[Decoded] = []
    told: set[int] = set()
    for entry, said in zip(entries, found, strict=True):
        try:
            numbers = () if isinstance(said, Refused) else _numbered(entry, said)
        except DecodeError as error:
            items.append(Refused(said.device, error.reason, str(error)))
            continue
        items += (said, *(numbered for numbered in numbers if numbered.number not in told))
        told.update(numbered.number for numbered in numbers)
    return items


def _numbered(body: fields.Body, said: Reading | Fix) -> tuple[Numbered, ...]:
    """The number of the message, none where it is null."""
    if body.get("seq") is None:
        return ()
    return (Numbered(said.device, fields.count(body, "seq", 0), said.at),)


def _reading(entry: Any, site: str, device: DeviceId, options: CodecOptions) -> Reading:
    body = fields.as_object(entry, "a reading")
    _same(body, site, device)
    value = None if fields.is_null(body, "value") else fields.number(body, "value")
    at = _at(body, options)
    return Reading(device, at, fields.text(body, "quantity"), value, fields.text(body, "unit"))


def _positions(message: Message, site: str, device: DeviceId, options: CodecOptions) -> Sequence[Decoded]:
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "a position")
    _same(body, site, device)
    fix = Fix(
        device,
        _at(body, options),
        fields.number(body, "lon"),
        fields.number(body, "lat"),
        fields.optional_number(body, "speed_kmh", 0.0, 1_000.0),
        fields.optional_number(body, "heading_deg", 0.0, 360.0),
        fields.optional_number(body, "accuracy_m", 0.0, 1e7),
        fields.optional_task(body, "task"),
    )
    return (fix, *_numbered(body, fix))


def _status(message: Message, _site: str, device: DeviceId, options: CodecOptions) -> Sequence[Decoded]:
    text = strict_json.text_of(message.payload, options.payload_bytes)
    if text not in _STATES:
        raise DecodeError("bad-shape", f"a status is online or offline, not {text[:40]!r}")
    return (Status(device, _STATES[text], None),)


def _same(body: fields.Body, site: str, device: DeviceId) -> None:
    if "device" in body:
        fields.same_device(device, str(body["device"]), "the body")
    if "site" in body:
        fields.same_device(site, str(body["site"]), "the body (site)")


def _at(body: fields.Body, options: CodecOptions) -> datetime | None:
    if fields.is_null(body, "at"):
        return None
    return fields.instant(fields.text(body, "at"), options.naive_time_zone)


_KINDS = {"reading": _readings, "position": _positions, "status": _status}

CODEC = Codec("yukimori", _decode)
