"""The steps a reading passes on its way to an observation: each looks at one thing.

A step fills in the draft, perhaps flags it, or raises ``DecodeError`` with the code the message is
quarantined under. Values are flagged, never dropped and never corrected; the raw value stays beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.model import Limits
from core.errors import DecodeError
from core.model import Observation, Quality, QualityReason, VehiclePosition
from core.units import convert
from ingest.calibration import calibrated
from ingest.messages import Fix, Message, Reading
from ingest.routing import Route, Routing

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No device of any town was commissioned before; 1970 and 1980 are clocks that were never set."""
CLOCK_WRONG_AFTER = timedelta(days=1)
COARSE_ACCURACY_M = 30.0
FASTEST_PLOUGH_KMH = 80.0


@dataclass(slots=True)
class Draft:
    """A reading becoming an observation, or a fix becoming a position."""

    message: Message
    routing: Routing
    limits: Limits
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
        raise DecodeError("unknown-device", f"device {device!r} is not in the site folder")
    raise DecodeError("unknown-quantity", f"device {device!r} has no datastream for {quantity!r}")


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
    """Accept the event time, or refuse a clock that cannot be right."""
    limits = draft.limits
    _gate(draft, reading.at, limits.future_sensor, limits.late_sensor)


def flag_quality(draft: Draft, reading: Reading) -> None:
    """Flag faults the device reported and values out of range (QARTOD gross range test).

    Outside what is physically possible: fail. Outside the range the town gave for this gauge: suspect,
    because a flood nobody has seen before looks just like that.
    """
    route = draft.route
    assert route is not None
    if reading.fault:
        draft.reasons |= reading.fault
    value = draft.value
    if value is None:
        draft.quality = Quality.FAIL if reading.fault & QualityReason.SENSOR_FAULT else Quality.MISSING
    elif not route.keeps.low <= value <= route.keeps.high:
        draft.quality, draft.reasons = Quality.FAIL, draft.reasons | QualityReason.GROSS_RANGE
    elif not route.stream.range_min <= value <= route.stream.range_max:
        draft.quality, draft.reasons = Quality.SUSPECT, draft.reasons | QualityReason.GROSS_RANGE


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
    limits = draft.limits
    _gate(draft, fix.at, limits.future_vehicle, limits.late_vehicle)


def flag_fix(draft: Draft, fix: Fix) -> None:
    """Flag fixes too coarse or too fast to be used as they are."""
    if fix.accuracy_m is not None and fix.accuracy_m > COARSE_ACCURACY_M:
        draft.quality, draft.reasons = Quality.SUSPECT, draft.reasons | QualityReason.COARSE_FIX
    if fix.speed_kmh is not None and fix.speed_kmh > FASTEST_PLOUGH_KMH:
        draft.quality, draft.reasons = Quality.SUSPECT, draft.reasons | QualityReason.IMPLAUSIBLE_SPEED


def _gate(draft: Draft, at: datetime | None, ahead: timedelta, behind: timedelta) -> None:
    received_at = draft.message.received_at
    if draft.message.retain:
        draft.reasons |= QualityReason.RETAINED
    if at is None:
        if draft.message.retain:  # the broker kept it, for a minute or a year: it comes again with every connection
            raise DecodeError("retained", "a retained message without a time: nobody knows when it was measured")
        draft.reasons |= QualityReason.ARRIVAL_TIME
        return
    draft.at = at
    if received_at - behind <= at <= received_at and at >= EARLIEST:
        return
    if at < EARLIEST or at - received_at >= CLOCK_WRONG_AFTER:
        raise DecodeError("clock", f"device time {at.isoformat()} cannot be right")
    if at - received_at > ahead:
        raise DecodeError("future", f"device time {at.isoformat()} is ahead of now")
    if at < received_at:
        raise DecodeError("late", f"device time {at.isoformat()} is older than the late window of {behind}")


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
