"""Milesight EM310-UDL: ultrasonic distance to snow or water, and whether the sensor leans."""

from __future__ import annotations

from ingest.devices import _milesight as frames
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, newest
from ingest.messages import Fix, Reading, Uplink

_DISTANCE = 0x0382
_POSTURE = 0x0400

_LENGTHS = (
    frames.answers({0x02: 2, 0x03: 2, 0x06: 9, 0x10: 1}) | frames.ABOUT | {frames.BATTERY: 1, _DISTANCE: 2, _POSTURE: 1}
)
_FIELDS = {"battery": ("battery", "%"), "distance": ("distance", "mm")}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        found = _server_decode.read(uplink, _FIELDS)
        return frames.leaning(uplink, found) if frames.says_leaning(uplink) else found
    records = frames.split(uplink.data, _LENGTHS)
    found = newest([reading for key, value in records if (reading := _reading(uplink, key, value)) is not None])
    return frames.leaning(uplink, found) if (_POSTURE, b"\x01") in records else found


def _reading(uplink: Uplink, key: int, value: bytes) -> Reading | None:
    if key == frames.BATTERY:
        return frames.battery(uplink, value)
    if key == _DISTANCE:
        return frames.unsigned_distance(uplink, value)
    return None


MODEL = DeviceModel("em310-udl", _read)
