"""ThingsBoard telemetry of devices (``v1/devices/me/telemetry``) and gateways (``v1/gateway/telemetry``).

A device sends ``{"name": value}``, ``{"ts": milliseconds, "values": {…}}`` or an array of these; a gateway sends an
object with the name of each device before such arrays. Without ``ts`` the arrival counts. Forms: ThingsBoard
documentation, MQTT device API and MQTT gateway API.

The topic of a device names nobody (``me`` is whoever has the access token): the settings say which device it is.
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
from ingest.codecs._clocks import epoch_ms
from ingest.codecs._settings import Settings
from ingest.messages import Codec, CodecOptions, Decoded, Message, Reading

_GATEWAY = "gateway/telemetry"


@dataclass(frozen=True, slots=True)
class _Told:
    naming: mapping.Naming
    quantities: Mapping[str, mapping.Measures]
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    told = _Told(
        mapping.read_naming(settings, needed=False),
        mapping.read_quantities(settings),
        mapping.read_numbers(settings),
    )
    settings.finish()
    return told


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    body = strict_json.parse(message.payload, options.payload_bytes)
    if topic == _GATEWAY or topic.endswith("/" + _GATEWAY):
        return _of_gateway(fields.as_object(body, "the message"), told, options)
    device = told.naming.of(topic)
    if device is None:
        raise DecodeError("bad-topic", f"{topic[:200]!r} names no device: give device or device_level in the settings")
    return _of_device(body, device, told, options)


def _of_gateway(body: Mapping[str, Any], told: _Told, options: CodecOptions) -> list[Decoded]:
    found: list[Decoded] = []
    for device, groups in body.items():
        named = mapping.sent_device(device, "the gateway")
        found += mapping.each([groups], partial(_of_device, device=named, told=told, options=options), named)
        mapping.at_most(len(found), options)
    return found


def _of_device(groups: Any, device: DeviceId, told: _Told, options: CodecOptions) -> list[Decoded]:
    if not isinstance(groups, list):
        return _group(groups, device, told)
    mapping.at_most(len(groups), options, "groups of values")
    found = mapping.each(groups, partial(_group, device=device, told=told), device)
    mapping.at_most(len(found), options)
    return found


def _group(entry: Any, device: DeviceId, told: _Told) -> list[Decoded]:
    """The readings of ``{"ts", "values"}`` or of the values alone."""
    values, at = fields.as_object(entry, "a group of values"), None
    if "ts" in values and "values" in values:
        values, at = fields.as_object(values["values"], "values"), epoch_ms(values["ts"], None)
    names = mapping.known_names(values, told.quantities)

    def reading(name: str) -> Iterable[Decoded]:
        measures = told.quantities[name]
        yield Reading(device, at, measures.quantity, told.numbers.value(values[name], name), measures.unit)

    return mapping.each(names, reading, device)


CODEC = Codec("thingsboard", _decode, _read_settings)
