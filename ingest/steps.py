"""The steps a reading passes on its way to an observation: each looks at one thing.

A step fills in the draft, perhaps flags it, or raises ``DecodeError`` with the code the message is
quarantined under. Values are flagged, never dropped and never corrected; the raw value stays beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import DecodeError
from core.model import Observation, Quality, QualityReason, VehiclePosition
from core.units import convert
from ingest.calibration import calibrated
from ingest.clocks import NO_OFFSET, Gate
from ingest.messages import Fix, Message, Reading
from ingest.quality.gross import gross_flag
from ingest.routing import Route, Routing

COARSE_ACCURACY_M = 30.0
FASTEST_PLOUGH_KMH = 80.0


@dataclass(slots=True)
class Draft:
    """A reading becoming an observation, or a fix becoming a position."""

    message: Message
    routing: Routing
    at: datetime
    value: float | None = None
    raw_value: float | None = None
    route: Route | None = None
    vehicle: int = 0
    quality: Quality = Quality.GOOD
    reasons: QualityReason = QualityReason.NONE


def resolve_datastream(draft: Draft, reading: Reading) -> None:
    """Find the datastream this device keeps for this quantity."""
    draft.route = draft.routing.routes.get((reading.device, reading.quantity))
    if draft.route is None:
        _refuse_unrouted(draft.routing, reading.device, reading.quantity)


def _refuse_unrouted(routing: Routing, device: str, quantity: str) -> None:
    if device not in routing.devices:
        raise DecodeError("unknown-device", unknown_device(device))
    raise DecodeError("unknown-quantity", f"device {device!r} has no datastream for {quantity!r}")


def unknown_device(device: str) -> str:
    """The words under which what an unknown device sends is set aside."""
    return f"device {device!r} is not in the site folder"


def convert_unit(draft: Draft, reading: Reading) -> None:
    """Bring the value to the canonical unit of what the device measures."""
    assert draft.route is not None
    unit = draft.route.measures.unit
    draft.value = draft.raw_value = reading.value
    if reading.unit == unit or reading.value is None:
        return
    try:
        draft.value = draft.raw_value = convert(reading.value, reading.unit, unit)
    except ValueError as error:
        raise DecodeError("bad-unit", f"device {reading.device!r}: {error}") from error
    if not math.isfinite(draft.value):
        raise DecodeError("not-finite", f"{reading.value:g} {reading.unit} is beyond any float in {unit}")


def calibrate(draft: Draft, _reading: Reading) -> None:
    """Turn a distance from the sensor into a depth or level: mount height minus distance, plus offset."""
    route = draft.route
    assert route is not None
    if draft.value is None:
        return
    from_distance = route.measures is not route.keeps and route.stream.mount_height_cm is not None
    if from_distance:
        draft.reasons |= QualityReason.FROM_DISTANCE
    draft.value = calibrated(draft.value, route.stream, from_distance=from_distance)


def gate_time(draft: Draft, reading: Reading) -> None:
    """Accept the event time, or refuse a clock that cannot be right (``ingest.clocks``)."""
    assert draft.route is not None
    if draft.message.retain:
        _check_retained(draft, reading)
    _gate(draft, reading.at, draft.routing.sensor_gate, draft.route.stream.clock_offset)


def flag_quality(draft: Draft, reading: Reading) -> None:
    """Flag faults the device reported and values out of range (QARTOD gross range test).

    Impossible, or above the sensor: fail. Outside what the town expects of this gauge: suspect, because a flood
    nobody has seen before looks just like that. The tests that compare readings come later (``ingest.quality``).
    """
    route = draft.route
    assert route is not None
    if reading.fault:
        draft.reasons |= reading.fault
    if draft.value is None:
        draft.quality = Quality.FAIL if reading.fault & QualityReason.SENSOR_FAULT else Quality.MISSING
        return
    draft.quality = gross_flag(draft.value, route.spans)
    if draft.quality is not Quality.GOOD:
        draft.reasons |= QualityReason.GROSS_RANGE
    elif reading.fault & QualityReason.SENSOR_FAULT:  # leaning, or too close: a number the sensor itself doubts
        draft.quality = Quality.SUSPECT


def resolve_vehicle(draft: Draft, fix: Fix) -> None:
    """Find the vehicle that carries this device."""
    number = draft.routing.vehicles.get(fix.device)
    if number is None:
        _refuse_unrouted(draft.routing, fix.device, "position")
    draft.vehicle = number or 0


def check_area(draft: Draft, fix: Fix) -> None:
    """Refuse positions that are none: 0,0, exchanged axes, outside the service area."""
    area, margin = draft.routing.area, draft.routing.area_margin_deg
    if area.contains(fix.lon, fix.lat, margin):
        return
    if fix.lon == 0 and fix.lat == 0:
        raise DecodeError("null-island", "position 0,0: the receiver has no fix")
    if area.contains(fix.lat, fix.lon, margin):
        raise DecodeError("swapped-axes", f"longitude {fix.lon} and latitude {fix.lat} are exchanged")
    raise DecodeError("outside-area", f"{fix.lon},{fix.lat} is outside the service area")


def gate_vehicle_time(draft: Draft, fix: Fix) -> None:
    """As ``gate_time``, with the limits of vehicles."""
    if draft.message.retain:
        _check_retained(draft, fix)
    _gate(draft, fix.at, draft.routing.vehicle_gate, draft.routing.offsets.get(fix.device, NO_OFFSET))


def flag_fix(draft: Draft, fix: Fix) -> None:
    """Flag fixes too coarse or too fast to be used as they are, and what the codec had to repair."""
    if fix.fault:
        draft.reasons |= fix.fault
    if fix.accuracy_m is not None and fix.accuracy_m > COARSE_ACCURACY_M:
        draft.quality, draft.reasons = Quality.SUSPECT, draft.reasons | QualityReason.COARSE_FIX
    if fix.speed_kmh is not None and fix.speed_kmh > FASTEST_PLOUGH_KMH:
        draft.quality, draft.reasons = Quality.SUSPECT, draft.reasons | QualityReason.IMPLAUSIBLE_SPEED


def _gate(draft: Draft, at: datetime | None, gate: Gate, offset: timedelta) -> None:
    if at is None:
        draft.reasons |= QualityReason.ARRIVAL_TIME
        return
    draft.at, done = gate.judge(at, offset, draft.message.received_at)
    if done:
        draft.reasons |= done


def _check_retained(draft: Draft, item: Reading | Fix) -> None:
    draft.reasons |= QualityReason.RETAINED
    if is_timed_by_arrival(item):  # the broker kept it, for a minute or a year: it comes again with every connection
        raise DecodeError("retained", "a retained message without a time: nobody knows when it was measured")


def is_timed_by_arrival(item: Reading | Fix) -> bool:
    """Whether the time of the item is its arrival, or was reckoned from it: then only the arrival identifies it."""
    return item.at is None or bool(item.fault and item.fault & QualityReason.ARRIVAL_TIME)


ReadingStep = Callable[[Draft, Reading], None]
FixStep = Callable[[Draft, Fix], None]

READING_STEPS: tuple[ReadingStep, ...] = (resolve_datastream, convert_unit, calibrate, gate_time, flag_quality)
FIX_STEPS: tuple[FixStep, ...] = (resolve_vehicle, check_area, gate_vehicle_time, flag_fix)


def observe(draft: Draft, reading: Reading) -> Observation:
    """The observation a reading becomes; raises DecodeError where a step refuses it."""
    for step in READING_STEPS:
        step(draft, reading)
    assert draft.route is not None
    return Observation(
        draft.route.number,
        draft.at,
        draft.value,
        draft.raw_value,
        draft.quality,
        draft.reasons,
        draft.message.received_at,
    )


def locate(draft: Draft, fix: Fix) -> VehiclePosition:
    """The position a fix becomes; raises DecodeError where a step refuses it."""
    for step in FIX_STEPS:
        step(draft, fix)
    return VehiclePosition(
        draft.vehicle,
        draft.at,
        fix.lon,
        fix.lat,
        fix.speed_kmh,
        fix.heading_deg,
        fix.accuracy_m,
        fix.task,
        draft.quality,
        draft.reasons,
        draft.message.received_at,
    )
