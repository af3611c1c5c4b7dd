"""What a device model is, and what all of them make readings with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.model import QualityReason
from ingest.messages import Fix, Reading, Uplink


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """A kind of device: ``name`` as written in the site folder, ``read`` makes readings of its uplinks."""

    name: str
    read: Callable[[Uplink], list[Reading | Fix]]


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


def newest(readings: Sequence[Reading | Fix]) -> list[Reading | Fix]:
    """The readings with only the last of each quantity and time: an alarm follows the value it corrects."""
    kept: dict[object, Reading | Fix] = {}
    for reading in readings:
        name = reading.quantity if isinstance(reading, Reading) else Fix
        kept[name, reading.at] = reading
    return list(kept.values())
