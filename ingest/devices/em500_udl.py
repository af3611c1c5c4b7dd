"""Milesight EM500-UDL: ultrasonic distance to snow or water."""

from __future__ import annotations

from ingest.devices import _milesight as frames
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, measured, newest
from ingest.messages import Fix, Reading, Uplink

_DISTANCE = 0x0382
_ALARM = 0x83E9

_LENGTHS = frames.EM500 | {frames.BATTERY: 1, _DISTANCE: 2, _ALARM: 5, frames.HISTORY: 6}
_FIELDS = {"battery": ("battery", "%"), "distance": ("distance", "mm")}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        return _server_decode.read(uplink, _FIELDS)
    found = [_reading(uplink, key, value) for key, value in frames.split(uplink.data, _LENGTHS)]
    return newest([reading for reading in found if reading is not None])


def _reading(uplink: Uplink, key: int, value: bytes) -> Reading | None:
    if key == frames.BATTERY:
        return frames.battery(uplink, value)
    if key == _DISTANCE:
        return frames.unsigned_distance(uplink, value)
    if key == _ALARM:
        return _alarm_distance(uplink, value)
    if key == frames.HISTORY:
        return frames.unsigned_distance(uplink, value[4:], frames.instant(value[:4]))
    return None


def _alarm_distance(uplink: Uplink, value: bytes) -> Reading:
    """The distance of an alarm record, which counts in tenths of a millimetre, unlike the periodic one."""
    plain = frames.unsigned_distance(uplink, value[:2])
    if plain.value is None:
        return plain
    return measured(uplink, "distance", plain.value / 10, "mm")


MODEL = DeviceModel("em500-udl", _read)
