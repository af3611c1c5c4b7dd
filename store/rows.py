"""What goes into the store and comes out of it: plain rows, no SQL, no psycopg.

``Observation`` and ``VehiclePosition`` (``core.model``) carry the numbers of ``Registry``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.model import Observation, Quality, QualityReason, StationId, Task, VehicleId, VehiclePosition
from store.alert_rows import EpisodeRow


@dataclass(frozen=True, slots=True)
class Registry:
    """The numbers the store keeps for a site: its own, per datastream key (``station/quantity``), per vehicle."""

    site: int
    datastreams: Mapping[str, int]
    vehicles: Mapping[VehicleId, int]


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A message (or one reading of it) set aside: raw topic and payload bytes, arrival, reason code, detail."""

    received_at: datetime
    topic: bytes
    payload: bytes
    qos: int
    retain: bool
    codec: str
    device: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """A sign of life of a device; ``online`` None where the message did not say (any reading is life)."""

    device: str
    at: datetime
    online: bool | None


@dataclass(frozen=True, slots=True)
class DeviceNumber:
    """The number a device gave one of its messages, and the time of that message.

    ``timed`` False: the message had no time of its own, or none to be believed, and ``at`` is its arrival.
    """

    device: str
    number: int
    at: datetime
    timed: bool = True


@dataclass(frozen=True, slots=True)
class DeviceSkew:
    """A time refused as ahead or as no time of ours: device time minus arrival, at that arrival."""

    device: str
    skew: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviceHeard:
    """A gateway that heard a device."""

    device: str
    gateway: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ArrivalTimed:
    """A message whose rows carry its arrival as their time, so that it is known when the broker sends it again.

    ``digest`` is of topic and payload, ``client`` the session whose packet number it is.
    """

    packet_id: int
    digest: bytes
    received_at: datetime
    client: str = ""


@dataclass(slots=True)
class Batch:
    """What one commit writes. ``counts`` are added to the site's counters of the minute, in the same transaction.

    ``replayed`` is the number of the quarantined message this batch was made from. Where nothing of it is refused it
    counts as settled, else the refusal (``quarantine``) is written on it; once settled, nothing is written any more.
    """

    observations: list[Observation] = field(default_factory=list)
    positions: list[VehiclePosition] = field(default_factory=list)
    quarantine: list[QuarantineRow] = field(default_factory=list)
    seen: list[DeviceSeen] = field(default_factory=list)
    numbers: list[DeviceNumber] = field(default_factory=list)
    heard: list[DeviceHeard] = field(default_factory=list)
    skews: list[DeviceSkew] = field(default_factory=list)
    arrival_timed: list[ArrivalTimed] = field(default_factory=list)
    replayed: int | None = None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the rows of a batch: stored + duplicate + conflict + refused = rows given.

    ``refused`` rows were set aside in quarantine because the database would not take them.
    """

    stored: int
    duplicate: int
    conflict: int
    refused: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest usable value of a datastream. ``version`` grows with each change of the row.

    Where judging found every value bad, ``value`` is None and ``quality`` FAIL.
    """

    datastream: int
    station: StationId
    quantity: str
    at: datetime
    value: float | None
    quality: Quality
    reasons: QualityReason
    received_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class LatestPosition:
    """The newest usable fix of a vehicle."""

    vehicle: VehicleId
    at: datetime
    lon: float
    lat: float
    speed_kmh: float | None
    heading_deg: float | None
    task: Task | None
    quality: Quality
    received_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A raw sample, or a summary of the bucket that starts at ``at``: low and high then differ from value.

    Buckets are half-open [at, at + step); ``value`` of a bucket is the mean of its usable samples, None
    where it has none.
    """

    at: datetime
    value: float | None
    low: float | None
    high: float | None
    quality: Quality
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored observation as the evaluator reads it, in order of event time."""

    at: datetime
    value: float | None
    quality: Quality
    received_at: datetime
    reasons: QualityReason = QualityReason.NONE


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a cursor. Rows may come twice, never not at all; ``version`` tells new from known.

    ``cursor`` is handed back at the next call; it is opaque and only good for the same database. Of ploughs it says
    only when the newest fix among the changes reached us, never where.
    """

    cursor: int
    values: list[LatestValue]
    episodes: list[EpisodeRow]
    ploughs_heard_at: datetime | None = None
