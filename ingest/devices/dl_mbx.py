"""Decentlab DL-MBX: ultrasonic distance to snow or water, the median of fifteen pings, and battery voltage.

Frames as in the vendor's public decoders (decentlab-decoders): version, device id, a flag for each group of values,
then the groups as big-endian words. No valid ping means that there is no distance, whatever the word says.
"""

from __future__ import annotations

from typing import Any

from core.errors import DecodeError
from core.model import QualityReason
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, measured
from ingest.messages import Fix, Reading, Uplink

_VERSION = 2
_HEAD = 5
_DISTANCE, _BATTERY = 0b01, 0b10
_FIELDS = {"distance": ("distance", "mm"), "battery_voltage": ("battery_voltage", "V")}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        found = _server_decode.read(uplink, _FIELDS)
        return [_without_echo(item) for item in found] if _no_ping(uplink.decoded or {}) else found
    return list(_readings(uplink, uplink.data)) if uplink.data else []


def _readings(uplink: Uplink, data: bytes) -> list[Reading | Fix]:
    words, flags = _words(data)
    found: list[Reading | Fix] = []
    if flags & _DISTANCE:
        distance = measured(uplink, "distance", float(words[0]), "mm")
        found.append(distance if words[1] else _without_echo(distance))
    if flags & _BATTERY:
        found.append(measured(uplink, "battery_voltage", words[-1] / 1_000, "V"))
    return found


def _words(data: bytes) -> tuple[list[int], int]:
    """The words of a frame and its flags; raises DecodeError ``unsupported`` for another version, ``bad-frame``."""
    if data[0] != _VERSION:
        raise DecodeError("unsupported", f"version {data[0]} of Decentlab's protocol; only version {_VERSION} is read")
    flags = int.from_bytes(data[3:_HEAD], "big")
    length = _HEAD + (4 if flags & _DISTANCE else 0) + (2 if flags & _BATTERY else 0)
    if len(data) != length or flags & ~(_DISTANCE | _BATTERY):
        raise DecodeError("bad-frame", f"no frame of a DL-MBX: {data.hex()[:64]}")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(_HEAD, length, 2)], flags


def _no_ping(body: Any) -> bool:
    samples = body.get("number_of_valid_samples")
    return (samples.get("value") if isinstance(samples, dict) else samples) in (0, "0")


def _without_echo(item: Reading | Fix) -> Reading | Fix:
    if not isinstance(item, Reading) or item.quantity != "distance":
        return item
    return Reading(item.device, item.at, item.quantity, None, item.unit, item.fault | QualityReason.NO_TARGET)


MODEL = DeviceModel("dl-mbx", _read)
