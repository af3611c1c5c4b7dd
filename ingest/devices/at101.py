"""Milesight AT101: GNSS tracker for ploughs."""

from __future__ import annotations

from ingest.devices import _milesight as frames
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, newest
from ingest.messages import Fix, Reading, Uplink

_LOCATION = 0x0488
_FENCE_LOCATION = 0x8488
_HOT = 0x8367

_LENGTHS = (
    frames.answers(
        {
            0x10: 1, 0x13: 3, 0x17: 2, 0x28: 1, 0x2D: 3, 0x3B: 1, 0x3C: 1, 0x4A: 1, 0x58: 4,
            0x66: 1, 0x71: 1, 0x7E: 4, 0x87: 1, 0x88: 8, 0x89: 4, 0x8A: 3, 0x8E: 3, 0x8F: 1,
        }
    )
    | frames.ABOUT
    | {
        frames.BATTERY: 1,
        frames.TEMPERATURE: 2,
        _LOCATION: 9,
        0x0500: 1,  # upright or tilted
        0x06D9: 9,  # a wireless network nearby
        0x0700: 1,  # taken off its mount
        0x089B: 6,  # angles
        _HOT: 3,
        _FENCE_LOCATION: 9,
        frames.HISTORY: 18,
    }
)  # fmt: skip
_FIELDS = {"battery": ("battery", "%"), "temperature": ("air_temperature", "degC")}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        return _server_decode.read(uplink, _FIELDS)
    found = [_reading(uplink, key, value) for key, value in frames.split(uplink.data, _LENGTHS)]
    return newest([reading for reading in found if reading is not None])


def _reading(uplink: Uplink, key: int, value: bytes) -> Reading | Fix | None:
    if key == frames.BATTERY:
        return frames.battery(uplink, value)
    if key in (frames.TEMPERATURE, _HOT):
        return frames.temperature(uplink, value[:2])
    if key in (_LOCATION, _FENCE_LOCATION):
        return frames.fix(uplink, lon=value[4:8], lat=value[:4])
    if key == frames.HISTORY:  # here the longitude comes first
        return frames.fix(uplink, lon=value[4:8], lat=value[8:12], at=frames.instant(value[:4]))
    return None


MODEL = DeviceModel("at101", _read)
