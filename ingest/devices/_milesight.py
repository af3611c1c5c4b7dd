"""Frames of Milesight devices: records of channel, type and value, little-endian, one after the other.

Channels, lengths and sentinels as in the vendor's public decoders (Milesight-IoT/SensorDecoders). Length
tables are keyed by channel and type read as one number: ``0x0175`` is channel 01, type 75.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from core.errors import DecodeError
from core.model import QualityReason
from ingest.devices._model import measured
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

NO_VALUE = {
    0xFFFD: QualityReason.NO_TARGET,
    0xFFFE: QualityReason.SENSOR_FAULT,
    0xFFFF: QualityReason.SENSOR_FAULT,
}
"""What the three highest numbers say instead of a distance."""


def answers(lengths: Mapping[int, int]) -> dict[int, int]:
    """The records a device answers a configuration with: each type under channel FE and under channel FF."""
    return {channel << 8 | kind: length for channel in (0xFE, 0xFF) for kind, length in lengths.items()}


EM500: dict[int, int] = ABOUT | answers(
    {
        0x02: 2, 0x03: 2, 0x06: 9, 0x10: 1, 0x11: 4, 0x17: 2, 0x1C: 2, 0x27: 1, 0x28: 1, 0x35: 8,
        0x3B: 1, 0x4A: 1, 0x68: 1, 0x69: 1, 0x6A: 3, 0x84: 1, 0x96: 8, 0xF1: 4, 0xF2: 2, 0xF5: 1,
    }
)  # fmt: skip
"""What all models of the EM500 family say besides their measurements."""


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
    fault = NO_VALUE.get(raw, QualityReason.NONE)
    return measured(uplink, "distance", None if fault else value, "mm", fault, at)


def fix(uplink: Uplink, lon: bytes, lat: bytes, at: datetime | None = None) -> Fix:
    """A position from two numbers in millionths of a degree."""
    fault = uplink.fault if at is None else QualityReason.NONE
    return Fix(uplink.device, at or uplink.at, signed(lon) / 1e6, signed(lat) / 1e6, fault=fault)


def leaning(uplink: Uplink, found: list[Reading | Fix]) -> list[Reading | Fix]:
    """The same with the distance of now flagged: a sensor that leans does not measure straight down."""
    return [
        Reading(item.device, item.at, item.quantity, item.value, item.unit, item.fault | QualityReason.SENSOR_FAULT)
        if isinstance(item, Reading) and item.quantity == "distance" and item.at == uplink.at
        else item
        for item in found
    ]


def says_leaning(uplink: Uplink) -> bool:
    """Whether the network server's decode says that the sensor leans."""
    return (uplink.decoded or {}).get("position") in ("tilt", 1)
