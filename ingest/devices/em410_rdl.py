"""Milesight EM410-RDL: radar distance to snow or water."""

from __future__ import annotations

from core.errors import DecodeError
from core.model import QualityReason
from ingest.devices import _milesight as frames
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, measured, newest
from ingest.messages import Fix, Reading, Uplink

_DISTANCE = 0x0482
_POSTURE = 0x0500
_ALARM = 0x8482
_MUTATION = 0x9482
_EXCEPTION = 0xB482
_SERIES = bytes.fromhex("07ba")

_ANSWERS = {
    0x06: 9, 0x10: 1, 0x1B: 5, 0x1C: 2, 0x27: 1, 0x28: 1, 0x2A: 1, 0x3E: 1,
    0x4A: 1, 0x68: 1, 0x69: 1, 0x6A: 3, 0x8E: 3, 0xAB: 3, 0xBD: 2, 0xF2: 2,
}  # fmt: skip
_EXTENDED_ANSWERS = {0x0D: 3, 0x12: 1, 0x13: 1, 0x14: 2, 0x15: 2, 0x16: 1, 0x39: 2, 0xC8: 6}

_LENGTHS = (
    frames.answers(_ANSWERS)
    | {0xF800 | kind: length + 1 for kind, length in _EXTENDED_ANSWERS.items()}  # one byte more: the outcome
    | {0xF900 | kind: length for kind, length in _EXTENDED_ANSWERS.items()}
    | frames.ABOUT
    | {
        frames.BATTERY: 1,
        0x01B9: 2,  # supply voltage, in a scale the vendor does not state
        frames.TEMPERATURE: 2,
        _DISTANCE: 2,
        _POSTURE: 1,
        0x06C7: 2,  # strength of the echo
        _ALARM: 3,
        _MUTATION: 5,
        _EXCEPTION: 3,
    }
)
_LAYOUTS = (_LENGTHS | {frames.HISTORY: 11}, _LENGTHS | {frames.HISTORY: 6})
"""History records with and without temperature: the firmware differs, the bytes do not say which."""

_BLIND, _NO_TARGET, _BROKEN = 1, 2, 3
_EXCEPTIONS = {
    _BLIND: QualityReason.SENSOR_FAULT,
    _NO_TARGET: QualityReason.NO_TARGET,
    _BROKEN: QualityReason.SENSOR_FAULT,
}
_FIELDS = {
    "battery": ("battery", "%"),
    "temperature": ("air_temperature", "degC"),
    "distance": ("distance", "mm"),
}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        decoded = _server_decode.read(uplink, _FIELDS)
        return frames.leaning(uplink, decoded) if frames.says_leaning(uplink) else decoded
    if uplink.data.startswith(_SERIES):
        raise DecodeError("unsupported", "a series of old distances without times")
    found: list[Reading | Fix] = []
    records = frames.split_first_fit(uplink.data, _LAYOUTS)
    for key, value in records:
        found += _readings(uplink, key, value)
    return frames.leaning(uplink, newest(found)) if (_POSTURE, b"\x01") in records else newest(found)


def _readings(uplink: Uplink, key: int, value: bytes) -> list[Reading]:
    if key == frames.BATTERY:
        return [frames.battery(uplink, value)]
    if key == frames.TEMPERATURE:
        return [frames.temperature(uplink, value)]
    if key in (_DISTANCE, _ALARM, _MUTATION):
        return [frames.distance(uplink, value[:2])]
    if key == _EXCEPTION:
        return [_exceptional(uplink, value)]
    if key == frames.HISTORY:
        return _history(uplink, value)
    return []


def _exceptional(uplink: Uplink, value: bytes) -> Reading:
    """The distance of an exception record: kept but flagged in the blind zone, none without target or sensor."""
    plain = frames.distance(uplink, value[:2])
    fault = _EXCEPTIONS.get(value[2], QualityReason.NONE)
    number = plain.value if fault is QualityReason.NONE or value[2] == _BLIND else None
    return Reading(plain.device, plain.at, plain.quantity, number, plain.unit, plain.fault | fault)


def _history(uplink: Uplink, value: bytes) -> list[Reading]:
    at = frames.instant(value[:4])
    distance = frames.distance(uplink, value[4:6], at)
    if len(value) == 6:
        return [distance]
    raw = value[6:8]
    # Unlike the live record, which may well say -0.1 °C, the history marks a sensor without value.
    if frames.unsigned(raw) in (0xFFFE, 0xFFFF):
        return [distance, measured(uplink, "air_temperature", None, "degC", QualityReason.SENSOR_FAULT, at)]
    return [distance, measured(uplink, "air_temperature", frames.signed(raw) / 10, "degC", at=at)]


MODEL = DeviceModel("em410-rdl", _read)
