"""FIWARE IoT Agent JSON: ``[/]json/<key>/<device>/attrs`` and ``…/attrs/<name>``; ``json`` may be left out.

Several attributes are an object, or an array of such groups; one attribute is a single value. ``TimeInstant`` in a
group is its time, without it the arrival counts. Agents are commonly set up with a slash before the first level.
Forms: IoT Agent for JSON, user and programmers manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _mapping as mapping
from ingest.codecs._settings import Settings
from ingest.messages import Codec, CodecOptions, Decoded, Message, Reading

_TIME = "TimeInstant"


@dataclass(frozen=True, slots=True)
class _Told:
    quantities: Mapping[str, mapping.Measures]
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    told = _Told(mapping.read_quantities(settings), mapping.read_numbers(settings))
    settings.finish()
    return told


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    device, attribute = _device_and_attribute(topic)
    if attribute is not None:
        return [_single(message, device, attribute, told, options)]
    body = strict_json.parse(message.payload, options.payload_bytes)
    if not isinstance(body, list):
        return _group(body, device, told, options)
    mapping.at_most(len(body), options, "groups of measures")
    found = mapping.each(body, partial(_group, device=device, told=told, options=options), device)
    mapping.at_most(len(found), options)
    return found


def _device_and_attribute(topic: str) -> tuple[DeviceId, str | None]:
    levels = topic.removeprefix("/").split("/")
    if levels[0] == "json":
        del levels[0]
    if len(levels) not in (3, 4) or levels[2] != "attrs":
        raise DecodeError("bad-topic", f"not /json/<key>/<device>/attrs or …/attrs/<name>: {topic[:200]!r}")
    return DeviceId(levels[1]), levels[3] if len(levels) == 4 else None


def _single(message: Message, device: DeviceId, name: str, told: _Told, options: CodecOptions) -> Reading:
    """One attribute: a JSON value, or the bare word for "none" that devices send in its place."""
    mapping.known_names([name], told.quantities)
    text = strict_json.text_of(message.payload, options.payload_bytes)
    if text in told.numbers.missing_texts:
        value = None
    else:
        value = told.numbers.value(strict_json.parse(message.payload, options.payload_bytes), name)
    measures = told.quantities[name]
    return Reading(device, None, measures.quantity, value, measures.unit)


def _group(entry: Any, device: DeviceId, told: _Told, options: CodecOptions) -> list[Decoded]:
    body = fields.as_object(entry, "a group of measures")
    at = None if body.get(_TIME) is None else fields.instant(fields.text(body, _TIME), options.naive_time_zone)
    names = mapping.known_names((name for name in body if name != _TIME), told.quantities)

    def reading(name: str) -> Iterable[Decoded]:
        measures = told.quantities[name]
        yield Reading(device, at, measures.quantity, told.numbers.value(body[name], name), measures.unit)

    return mapping.each(names, reading, device)


CODEC = Codec("fiware", _decode, _read_settings)
