"""Milesight EM500-SWL: submersible gauge, the depth of water over its probe in whole centimetres.

A depth is told as ``water_level`` and as ``channel_level``, and the site keeps the one it lists: the offset of its
datastream is the height of the probe over what zero is there.
"""

from __future__ import annotations

from core.model import QualityReason
from ingest.devices import _milesight as frames
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, measured, newest
from ingest.messages import Fix, Reading, Uplink

_DEPTH = 0x0377
_LEVELS = ("water_level", "channel_level")

_LENGTHS = frames.EM500 | {frames.BATTERY: 1, _DEPTH: 2, frames.HISTORY: 6, 0xFF1B: 5}  # ff1b: what is built in
_FIELDS = {"battery": ("battery", "%"), "depth": (_LEVELS[0], "cm")}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        return _as_both_levels(_server_decode.read(uplink, _FIELDS))
    records = frames.split(uplink.data, _LENGTHS)
    return _as_both_levels([reading for key, value in records if (reading := _reading(uplink, key, value)) is not None])


def _reading(uplink: Uplink, key: int, value: bytes) -> Reading | None:
    if key == frames.BATTERY:
        return frames.battery(uplink, value)
    if key not in (_DEPTH, frames.HISTORY):
        return None
    raw = frames.unsigned(value[-2:])
    broken = raw in frames.NO_VALUE  # out of range, or not collected: under water both are a fault
    at = frames.instant(value[:4]) if key == frames.HISTORY else None
    fault = QualityReason.SENSOR_FAULT if broken else QualityReason.NONE
    return measured(uplink, _LEVELS[0], None if broken else float(raw), "cm", fault, at)


def _as_both_levels(found: list[Reading | Fix]) -> list[Reading | Fix]:
    other = [
        Reading(item.device, item.at, _LEVELS[1], item.value, item.unit, item.fault)
        for item in found
        if isinstance(item, Reading) and item.quantity == _LEVELS[0]
    ]
    return newest([*found, *other])


MODEL = DeviceModel("em500-swl", _read)
