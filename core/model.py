"""The things Yukimori speaks of: stations, datastreams, observations, vehicles, positions.

All times are aware and UTC, all positions WGS 84 / JGD2011 degrees, all values in the unit of their
quantity (``core.quantities``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, IntFlag, StrEnum
from typing import NewType

StationId = NewType("StationId", str)
DeviceId = NewType("DeviceId", str)
VehicleId = NewType("VehicleId", str)


class Quality(IntEnum):
    """The QARTOD flag of a value (IOOS QARTOD manuals; primary level flags)."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class QualityReason(IntFlag):
    """Why a value or a position is not simply good; stored beside it as ``quality_bits``."""

    NONE = 0
    GROSS_RANGE = 1
    SENSOR_FAULT = 2
    NO_TARGET = 4
    ARRIVAL_TIME = 8
    CLOCK_REPAIRED = 16
    RETAINED = 32
    LATE = 64
    OUT_OF_AREA = 128
    COARSE_FIX = 256
    IMPLAUSIBLE_SPEED = 512
    FROM_DISTANCE = 1_024
    RATE_OF_CHANGE = 2_048
    SPIKE = 4_096
    FLAT_LINE = 8_192
    GAP = 16_384
    SUMMER_SNOW = 32_768
    WINTER = 65_536
    NEIGHBOUR = 131_072
    CONFLICT = 262_144


class Reporting(StrEnum):
    """How a gauge reports: at a regular interval, or only when something happens (危機管理型水位計)."""

    REGULAR = "regular"
    EVENT = "event"


class StationKind(StrEnum):
    """What a station watches."""

    SNOW = "snow"
    RIVER = "river"
    CHANNEL = "channel"
    WEATHER = "weather"
    CAMERA = "camera"


class Task(StrEnum):
    """What a plough says it is doing (docs/sensors.md)."""

    PLOUGH = "plough"
    GRADE = "grade"
    WIDEN = "widen"
    HAUL = "haul"
    DEICE = "deice"
    SIDEWALK = "sidewalk"
    TRAVEL = "travel"
    IDLE = "idle"


WORKING_TASKS = frozenset(Task) - {Task.TRAVEL, Task.IDLE}


class Access(StrEnum):
    """Who may see a layer."""

    PUBLIC = "public"
    STAFF = "staff"


class Hazard(StrEnum):
    """What a hazard layer is about and what an evacuation site is designated for.

    The first eight are those of the national list of evacuation sites, in its order; the last two are our own, which
    that list has no column for.
    """

    FLOOD = "flood"
    LANDSLIDE = "landslide"
    STORM_SURGE = "storm_surge"
    EARTHQUAKE = "earthquake"
    TSUNAMI = "tsunami"
    FIRE = "fire"
    INLAND_FLOOD = "inland_flood"
    VOLCANO = "volcano"
    AVALANCHE = "avalanche"
    HEAVY_SNOW = "heavy_snow"


@dataclass(frozen=True, slots=True)
class Position:
    """A point; the only place where the order of coordinates is decided: longitude, then latitude."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees, west < east and south < north."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lon: float, lat: float, margin_deg: float = 0.0) -> bool:
        """Whether the point lies in the box widened by ``margin_deg`` on each side."""
        return (
            self.west - margin_deg <= lon <= self.east + margin_deg
            and self.south - margin_deg <= lat <= self.north + margin_deg
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The town's heights for one datastream, in the quantity's unit; None is "not set", never zero.

    For rivers: standby 水防団待機水位, caution 氾濫注意水位, warning 避難判断水位, danger 氾濫危険水位.
    ``low`` is the level at or below which a channel no longer carries snow.
    """

    standby: float | None = None
    caution: float | None = None
    warning: float | None = None
    danger: float | None = None
    low: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """The limits of the quality tests of one datastream, in the quantity's unit; None leaves a test out.

    Beyond ``suspect_min`` / ``suspect_max`` a value is suspect (None: the datastream's own range). ``rise_per_h`` and
    ``fall_per_h`` bound the rate of change, ``spike_suspect`` and ``spike_fail`` the distance from the mean of both
    neighbours, ``flat_suspect_after`` and ``flat_fail_after`` how long values may stay within ``flat_tolerance``.
    ``gap_after`` is the silence after which a value stands behind a gap (None: three expected intervals).
    ``summer_max`` is the greatest snow depth believed from June to September. ``winter_jump`` is the step between two
    readings of a gauge that ice or snow explains better than water while the air is below 0 °C. A snow depth that
    differs by more than ``neighbour_difference`` from what stations within ``neighbour_km`` at a similar elevation
    say is suspect. ``noise`` is how much two readings of the same thing differ, which no rate is made of.
    """

    suspect_min: float | None = None
    suspect_max: float | None = None
    rise_per_h: float | None = None
    fall_per_h: float | None = None
    spike_suspect: float | None = None
    spike_fail: float | None = None
    flat_suspect_after: timedelta | None = None
    flat_fail_after: timedelta | None = None
    flat_tolerance: float = 0.0
    gap_after: timedelta | None = None
    summer_max: float | None = None
    winter_jump: float | None = None
    neighbour_km: float | None = None
    neighbour_difference: float | None = None
    noise: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place that measures. ``fictitious`` stations are marked 架空 wherever they are shown."""

    id: StationId
    kind: StationKind
    name_ja: str
    name_en: str
    position: Position
    elevation_m: float | None = None
    place: str = ""
    river: str = ""
    keeper: str = ""
    fictitious: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastream:
    """One quantity measured at one station by one device.

    ``mount_height_cm`` turns a measured distance into a depth or level (height minus distance);
    ``range_min`` / ``range_max`` are this gauge's own gross range; ``datum`` says what zero is. ``carrier`` names the
    line its messages come over (a mobile carrier, a leased line), empty where nobody said. ``clock_offset`` is added
    to the times of a device whose clock is known to be wrong by so much.
    """

    station: StationId
    quantity: str
    device: DeviceId
    model: str | None = None
    expected_interval: timedelta
    stale_after: timedelta
    mount_height_cm: float | None = None
    offset: float = 0.0
    range_min: float
    range_max: float
    datum: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)
    threshold_source: str = ""
    limits: QualityLimits = field(default_factory=QualityLimits)
    reporting: Reporting = Reporting.REGULAR
    carrier: str = ""
    clock_offset: timedelta = timedelta(0)

    @property
    def key(self) -> str:
        """``station/quantity``, the name rules, episodes and addresses use."""
        return f"{self.station}/{self.quantity}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A snowplough, grader or spreader. ``contractor`` (受託者) drives it. ``clock_offset`` as of a datastream.

    ``crew_key`` numbers the key of its crew page: another number, and the link handed out before opens nothing any more.
    """

    id: VehicleId
    device: DeviceId
    name_ja: str
    name_en: str
    kind: str
    model: str | None = None
    fictitious: bool = False
    clock_offset: timedelta = timedelta(0)
    contractor: str = ""
    crew_key: int = 1


@dataclass(frozen=True, slots=True)
class Observation:
    """What was measured: identity is (datastream, at).

    ``datastream`` is the registry number the store gave; ``value`` is in the quantity's unit, None only
    with quality FAIL or MISSING; ``raw_value`` is what the device said, before calibration.
    """

    datastream: int
    at: datetime
    value: float | None
    raw_value: float | None
    quality: Quality
    reasons: QualityReason
    received_at: datetime


@dataclass(frozen=True, slots=True)
class VehiclePosition:
    """A fix of a vehicle: identity is (vehicle, at); ``vehicle`` is the registry number."""

    vehicle: int
    at: datetime
    lon: float
    lat: float
    speed_kmh: float | None
    heading_deg: float | None
    accuracy_m: float | None
    task: Task | None
    quality: Quality
    reasons: QualityReason
    received_at: datetime
