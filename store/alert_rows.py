"""Rows of alerts: instances, episodes, transitions, what has to be told, and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from core.levels import Level


def columns(row: Any) -> dict[str, Any]:
    """The members of a row by name, as they are: ``asdict`` would copy a document in one of them leaf by leaf."""
    return {each.name: getattr(row, each.name) for each in fields(row)}


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
    ``detected_at``. A ``shadow`` episode is a shadow rule's: logged, told nobody, shown to staff who ask for it. ``unconfirmed``
    is what was told last of it, as read; it is written with its tellings, never here.
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
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One append-only step of an episode; (episode, seq) is its identity.

    ``kind``: fired, raised, lowered, confirmed, resolved, closed, data_lost, data_back. ``unconfirmed`` is how it was told, as
    read; it is written with the telling, never here.
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
    unconfirmed: bool = False


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
