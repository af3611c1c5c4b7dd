"""OGC SensorThings API 1.1, Observations: ``v1.1/Datastreams(7)/Observations``, ``v1.1/Observations``, ``…/CreateObservations``.

The datastream is the one of the topic or, without it, of the link in the body; both must agree where both are there.
``phenomenonTime`` is an instant or an interval; of an interval its end counts, the moment at which the value was
known. Without it the arrival counts. ``resultTime`` and ``resultQuality`` are not read. The array form of several
observations (``components`` and ``dataArray``) is read as well. Source: OGC 18-088, sections 10.3, 13 and 14.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _mapping as mapping
from ingest.codecs._settings import Settings, shown
from ingest.messages import Codec, CodecOptions, Decoded, Message, Reading

_TOPIC = re.compile(
    r"(?:.*/)?v1\.[01]/(?:(?:Datastreams\((?P<id>'(?:[^']|'')+'|[^()']+)\)/)?Observations|CreateObservations)"
)


@dataclass(frozen=True, slots=True)
class _Kept:
    device: DeviceId
    measures: mapping.Measures


@dataclass(frozen=True, slots=True)
class _Told:
    datastreams: Mapping[str, _Kept]
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    what = 'a table for each, as in 7 = { device = "snow-01", measures = "snow_depth:m" }'
    named = settings.named("datastreams", what)
    if not named:
        settings.wrong("datastreams", f"is missing; write {what}")
    kept = {str(name): _read_kept(Settings(found, f"datastreams.{name}")) for name, found in named.items()}
    told = _Told(kept, mapping.read_numbers(settings))
    settings.finish()
    return told


def _read_kept(settings: Settings) -> _Kept:
    device = mapping.device_name(settings, "device", settings.need("device", "the device as in datastreams.csv"))
    measures = settings.need("measures", "quantity:unit, as in snow_depth:m")
    kept = _Kept(device, mapping.read_measures(settings, "measures", measures))
    settings.finish()
    return kept


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise DecodeError("bad-topic", f"not v1.1/Datastreams(<id>)/Observations or v1.1/Observations: {topic[:200]!r}")
    read = partial(_entry, named=_unquoted(match["id"]), told=told, options=options)
    body = strict_json.parse(message.payload, options.payload_bytes)
    if not isinstance(body, list):
        return read(body)
    mapping.at_most(len(body), options, "observations")
    found = mapping.each(body, read, DeviceId(""))
    mapping.at_most(len(found), options, "observations")
    return found


def _unquoted(identity: str | None) -> str | None:
    """The id of a topic as its entity has it: OData writes texts in single quotes, quotes within them twice."""
    if identity is not None and identity.startswith("'"):
        return identity[1:-1].replace("''", "'")
    return identity


def _entry(entry: Any, *, named: str | None, told: _Told, options: CodecOptions) -> list[Decoded]:
    body = fields.as_object(entry, "an observation")
    kept = _kept(body, named, told)
    if "dataArray" not in body:
        return [_observation(body, kept, told, options)]
    rows = _array(body, "dataArray")
    mapping.at_most(len(rows), options, "observations")
    components = [str(name) for name in _array(body, "components")]
    if len(set(components)) < len(components):
        raise DecodeError("bad-shape", f"a component is there twice: {shown(components)}")

    def reading(row: Any) -> Iterable[Decoded]:
        if not isinstance(row, list) or len(row) != len(components):
            raise DecodeError("bad-shape", f"a row of dataArray is {shown(row)}, not {len(components)} values")
        yield _observation(dict(zip(components, row, strict=True)), kept, told, options)

    return mapping.each(rows, reading, kept.device)


def _kept(body: fields.Body, named: str | None, told: _Told) -> _Kept:
    """What the settings say of the datastream."""
    linked = _linked(body)
    if named is not None and linked is not None:
        fields.same_device(named, linked, "the link")
    identity = named if named is not None else linked
    if identity is None:
        raise DecodeError("bad-shape", "neither the topic nor a link in the body names the Datastream")
    if identity not in told.datastreams:
        raise DecodeError("unknown-device", f"the settings know no Datastream {identity[:60]!r}")
    return told.datastreams[identity]


def _linked(body: fields.Body) -> str | None:
    """The id behind ``Datastream``: a whole number, a text or a UUID."""
    if body.get("Datastream") is None:
        return None
    link = fields.as_object(body["Datastream"], "Datastream").get("@iot.id")
    if isinstance(link, str) and link:
        return link
    if link.__class__ is int:
        return str(link)
    raise DecodeError("bad-shape", f"Datastream.@iot.id is {shown(link)}, neither a whole number nor a text")


def _observation(body: fields.Body, kept: _Kept, told: _Told, options: CodecOptions) -> Reading:
    if "result" not in body:
        raise DecodeError("bad-shape", "result is missing")
    value = told.numbers.value(body["result"], "result")
    return Reading(kept.device, _at(body, options), kept.measures.quantity, value, kept.measures.unit)


def _at(body: fields.Body, options: CodecOptions) -> datetime | None:
    """The instant, or the end of the interval, of ``phenomenonTime``."""
    if body.get("phenomenonTime") is None:
        return None
    begin, slash, end = fields.text(body, "phenomenonTime").partition("/")
    first = fields.instant(begin, options.naive_time_zone)
    if not slash:
        return first
    last = fields.instant(end, options.naive_time_zone)
    if last < first:
        raise DecodeError("bad-time", f"the interval ends before it begins: {begin[:40]}/{end[:40]}")
    return last


def _array(body: fields.Body, key: str) -> list[Any]:
    found = body.get(key)
    if isinstance(found, list):
        return found
    raise DecodeError("bad-shape", f"{key} is {shown(found)}, not an array")


CODEC = Codec("sensorthings", _decode, _read_settings)
