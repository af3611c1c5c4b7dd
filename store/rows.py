"""What goes into the store and comes out of it: plain rows, no SQL, no psycopg.

``Observation`` and ``VehiclePosition`` (``core.model``) carry the numbers of ``Registry``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.levels import Level
from core.model import Observation, Quality, QualityReason, StationId, Task, VehicleId, VehiclePosition


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
class InstanceRow:
    """The stored state of one rule on one target (``station/quantity``): ``state`` is the evaluator's own JSON.

    ``trouble`` is None where the instance can be evaluated, else why it cannot and since when.
    """

    rule: str
    target: str
    rule_version: str
    state: Mapping[str, Any]
    trouble: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One unbroken run of an instance, first firing to resolved or closed (``outcome``).

    ``value`` is the newest that moved the episode, ``peak`` the farthest. Times are event times but for
    ``detected_at``. A ``shadow`` episode is a shadow rule's: logged, told nobody, shown to staff who ask for it.
    """

    id: UUID
    rule: str
    target: str
    level: Level
    stale: bool
    recovering: bool
    opened_at: datetime
    detected_at: datetime
    value: float | None
    peak: float | None
    closed_at: datetime | None
    outcome: str | None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One append-only step of an episode; (episode, seq) is its identity.

    ``kind``: fired, raised, lowered, confirmed, resolved, closed, data_lost, data_back.
    """

    episode: UUID
    seq: int
    kind: str
    from_level: Level | None
    to_level: Level | None
    at: datetime
    detected_at: datetime
    value: float | None
    cause: str
    rule_version: str


@dataclass(frozen=True, slots=True)
class TellingRow:
    """What one evaluation wants told of one episode: written with its transitions, handed to people by the dispatcher.

    (episode, seq) is its identity, ``seq`` the last transition it speaks of. ``kind`` is a transition's, or ``rule_broken``,
    ``rule_ok``, ``flapping`` and ``digest``; ``level`` is how high it stands, ``reach`` the level that decides who is told.
    ``retroactive``: only a past episode appeared or changed (staff digest, never residents). ``unconfirmed``: doubted, or too few
    stations agree. ``health``: it is about the system, not about what is measured. ``body`` holds every fact and the texts.
    """

    episode: UUID
    seq: int
    rule: str
    target: str
    kind: str
    level: Level
    reach: Level
    at: datetime
    queued_at: datetime
    body: Mapping[str, Any]
    retroactive: bool = False
    unconfirmed: bool = False
    health: bool = False


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One message for one audience on one channel: the id is stable (UUIDv5), so a repeat is recognised by the receiver.

    Messages of one ``thread`` leave in order (empty: the episode's own). ``episode`` is the one that heads the message, None
    where it is about none. ``purpose`` says why it goes out (``alert``, ``repeat``, ``escalation``, ``silence``, ``resident``,
    ``heartbeat``, ``admin`` …). What is ``resident`` must never reach anybody twice. ``stands_in_for`` is the message on
    another channel, given up there, that this one replaces.
    """

    id: UUID
    episode: UUID | None
    seq: int
    channel: str
    level: Level
    body: Mapping[str, Any]
    queued_at: datetime
    deadline_at: datetime
    audience: str = ""
    thread: str = ""
    purpose: str = "alert"
    resident: bool = False
    stands_in_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class LeasedNotification:
    """A notification a sender holds until its lease ends.

    ``attempt`` counts from 1; whoever holds a later one has the lease, and an earlier holder can mark nothing any more.
    ``served`` are digests of the recipients that have it already, ``fallback`` says that another channel was asked as well.
    """

    notification: NotificationRow
    attempt: int
    served: frozenset[str] = frozenset()
    fallback: bool = False


@dataclass(slots=True)
class Evaluation:
    """What one round of the evaluator changed; written in one transaction.

    ``notifications`` are those that need no dispatcher. ``fence`` is the number the evaluator got with its lock: where another
    one has got a higher number since, nothing is written. None where no lock is held (tests, tools).
    """

    instances: list[InstanceRow] = field(default_factory=list)
    episodes: list[EpisodeRow] = field(default_factory=list)
    transitions: list[TransitionRow] = field(default_factory=list)
    tellings: list[TellingRow] = field(default_factory=list)
    notifications: list[NotificationRow] = field(default_factory=list)
    fence: int | None = None


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
