"""Frames of Milesight devices: records of channel, type and value, little-endian, one after the other.

Channels, lengths and sentinels as in the vendor's public decoders (Milesight-IoT/SensorDecoders). Length
tables are keyed by channel and type read as one number: ``0x0175`` is channel 01, type 75.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from core.errors import DecodeError
from core.model import QualityReason
from ingest.messages import Fix, Reading, Uplink

BATTERY = 0x0175
TEMPERATURE = 0x0367
HISTORY = 0x20CE

ABOUT: dict[int, int] = {
    0xFF01: 1,  # protocol version
    0xFF09: 2,  # hardware version
    0xFF0A: 2,  # firmware version
    0xFF0B: 1,  # power on
    0xFF0F: 1,  # LoRaWAN class
    0xFF16: 8,  # serial number
    0xFFFE: 1,  # reset
    0xFFFF: 2,  # TSL version
}
"""What every model says of itself; nothing of it is measured."""

_NO_VALUE = {
    0xFFFD: QualityReason.NO_TARGET,
    0xFFFE: QualityReason.SENSOR_FAULT,
    0xFFFF: QualityReason.SENSOR_FAULT,
}


def answers(lengths: Mapping[int, int]) -> dict[int, int]:
    """The records a device answers a configuration with: each type under channel FE and under channel FF."""
    return {channel << 8 | kind: length for channel in (0xFE, 0xFF) for kind, length in lengths.items()}


def split(data: bytes, lengths: Mapping[int, int]) -> list[tuple[int, bytes]]:
    """The records of a frame as (channel and type, value); raises DecodeError ``bad-frame``."""
    return list(_records(data, lengths))


def _records(data: bytes, lengths: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        key = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or key not in lengths:
            raise DecodeError("bad-frame", f"no record of this model at byte {at} of {data.hex()[:64]}")
        end = at + 2 + lengths[key]
        if end > len(data):
            raise DecodeError("bad-frame", f"record {key:04x} at byte {at} is cut short in {data.hex()[:64]}")
        yield key, data[at + 2 : end]
        at = end


def split_first_fit(data: bytes, layouts: Sequence[Mapping[int, int]]) -> list[tuple[int, bytes]]:
    """The records by the first layout that fits the whole frame; raises as the last one does."""
    for lengths in layouts[:-1]:
        try:
            return split(data, lengths)
        except DecodeError:
            continue
    return split(data, layouts[-1])


def unsigned(value: bytes) -> int:
    """The little-endian number, not negative."""
    return int.from_bytes(value, "little")


def signed(value: bytes) -> int:
    """The little-endian number in two's complement."""
    return int.from_bytes(value, "little", signed=True)


def instant(value: bytes) -> datetime:
    """The time of a history record: four bytes, seconds since 1970, UTC."""
    return datetime.fromtimestamp(unsigned(value), UTC)


def battery(uplink: Uplink, value: bytes) -> Reading:
    """The battery level, %."""
    return measured(uplink, "battery", float(unsigned(value)), "%")


def temperature(uplink: Uplink, value: bytes) -> Reading:
    """The temperature, tenths of a degree in the frame."""
    return measured(uplink, "air_temperature", signed(value) / 10, "degC")


def distance(uplink: Uplink, value: bytes, at: datetime | None = None) -> Reading:
    """The distance from sensor to surface, mm; the three highest numbers say why there is none."""
    return _distance(uplink, unsigned(value), float(signed(value)), at)


def unsigned_distance(uplink: Uplink, value: bytes, at: datetime | None = None) -> Reading:
    """As ``distance``, of a model whose number has no sign."""
    return _distance(uplink, unsigned(value), float(unsigned(value)), at)


def _distance(uplink: Uplink, raw: int, value: float, at: datetime | None) -> Reading:
    fault = _NO_VALUE.get(raw, QualityReason.NONE)
    return measured(uplink, "distance", None if fault else value, "mm", fault, at)


def measured(
    uplink: Uplink,
    quantity: str,
    value: float | None,
    unit: str,
    fault: QualityReason = QualityReason.NONE,
    at: datetime | None = None,
) -> Reading:
    """A reading of the uplink: of its time, with what is known of that time, unless it brings its own."""
    if at is not None:
        return Reading(uplink.device, at, quantity, value, unit, fault)
    return Reading(uplink.device, uplink.at, quantity, value, unit, fault | uplink.fault)


def fix(uplink: Uplink, lon: bytes, lat: bytes, at: datetime | None = None) -> Fix:
    """A position from two numbers in millionths of a degree."""
    fault = uplink.fault if at is None else QualityReason.NONE
    return Fix(uplink.device, at or uplink.at, signed(lon) / 1e6, signed(lat) / 1e6, fault=fault)


def newest(readings: Sequence[Reading | Fix]) -> list[Reading | Fix]:
    """The readings with only the last of each quantity and time: an alarm follows the value it corrects."""
    kept: dict[object, Reading | Fix] = {}
    for reading in readings:
        name = reading.quantity if isinstance(reading, Reading) else Fix
        kept[name, reading.at] = reading
    return list(kept.values())
