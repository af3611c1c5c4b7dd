"""Messages to residents: drafts, approvals, the log of decisions, and the way into the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from core.resident_messages import MessageStep, ResidentMessage
from store import statements
from store.alert_rows import NotificationRow
from store.append import storable
from store.connection import Connection
from store.message_rows import columns, document, message_of
from store.outbox import queue
from store.part import Part

_SQL = statements.load("messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a decision changes, written in one transaction: the message after it (None: it is deleted), its line in the log.

    ``notifications`` are queued. Those of ``thread`` that were never tried make room first; where ``in_place`` the new
    one does not go by a channel the old one never went by, because nobody there has heard of it.
    """

    message: ResidentMessage | None
    step: MessageStep
    notifications: tuple[NotificationRow, ...] = ()
    thread: str = ""
    in_place: bool = False


Recent = Callable[[datetime], ResidentMessage | None]
"""Gives the newest message of the same area and hazard that was approved or went out since, other than this one."""

Decide = Callable[[ResidentMessage, Recent], Decision | None]
"""Decides about a message as it stands; None changes nothing. What it raises is passed on, and nothing is written."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message on a channel: ``state`` is the outbox's."""

    id: UUID
    channel: str
    state: str
    attempts: int
    error: str | None
    finished_at: datetime | None
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What an episode says now; ``facts`` is empty where nothing of it was ever to be told."""

    shadow: bool
    closed_at: datetime | None
    unconfirmed: bool
    facts: Mapping[str, Any]


class Messages(Part):
    """Messages to residents of a site. Decisions are made one after another, each on what stands after the one before."""

    def add(self, site: int, message: ResidentMessage, step: MessageStep) -> None:
        """Note a new message with the first line of its log."""
        with self._transaction("begin a message to residents") as connection:
            connection.execute(_SQL["add"], _row(site, message))
            _note(connection, site, message.id, step)

    def decide(self, site: int, number: UUID, decide: Decide) -> ResidentMessage | None:
        """Let ``decide`` look at a message as it stands and write what it decides, all or nothing.

        The message after it; None where there is no such message, or none any more.
        """
        with self._transaction("decide about a message to residents") as connection:
            connection.execute(_SQL["one_at_a_time"], {"site": site})
            message = _one(connection, site, number)
            if message is None:
                return None
            found = message
            decision = decide(found, lambda since: _recent(connection, site, found, since))
            if decision is None:
                return message
            _write(connection, site, number, decision)
            return decision.message

    def get(self, site: int, number: UUID) -> ResidentMessage | None:
        """One message, None where there is none of that id."""
        with self._transaction("read a message to residents") as connection:
            return _one(connection, site, number)

    def listed(self, site: int, since: datetime, most: int) -> list[ResidentMessage]:
        """The messages begun or approved since, and every one that is not at its end, newest first, at most so many."""
        with self._transaction("read the messages to residents") as connection:
            return _messages(connection.execute(_SQL["listed"], {"site": site, "since": since, "most": most}))

    def followers(self, site: int, number: UUID) -> list[ResidentMessage]:
        """The corrections, withdrawals and all-clears of a message, oldest first."""
        with self._transaction("read what refers to a message") as connection:
            return _messages(connection.execute(_SQL["followers"], {"site": site, "id": number}))

    def due(self, site: int, now: datetime, left_over: datetime, set_back: datetime) -> list[UUID]:
        """Messages that wait for a round: approved ones whose window is over, and those begun before ``left_over`` and never approved.

        What was approved after ``set_back`` was so before the clock was set back; its window is over as well.
        """
        with self._transaction("read the messages that are due") as connection:
            found = connection.execute(
                _SQL["due"], {"site": site, "now": now, "left_over": left_over, "set_back": set_back}
            )
            return [row[0] for row in found]

    def unfinished(self, site: int, before: datetime) -> list[UUID]:
        """The messages begun until ``before`` that are neither sent nor given up, the oldest first."""
        with self._transaction("read the messages that are not finished") as connection:
            return [row[0] for row in connection.execute(_SQL["unfinished"], {"site": site, "before": before})]

    def steps(self, site: int, number: UUID) -> list[MessageStep]:
        """The decision log of a message, in order; it is there also where the message was deleted."""
        with self._transaction("read the decisions about a message") as connection:
            found = connection.execute(_SQL["steps"], {"site": site, "id": number})
            return [
                MessageStep(at=at, who=who, act=act, digest=digest, known=known)
                for at, who, act, digest, known in found
            ]

    def deliveries(self, site: int, thread: str) -> list[Delivered]:
        """What became of the messages of a thread on their channels, in the order they were queued."""
        with self._transaction("read what became of a message") as connection:
            return [Delivered(*row) for row in connection.execute(_SQL["deliveries"], {"site": site, "thread": thread})]

    def episode(self, site: int, number: UUID) -> EpisodeFacts | None:
        """What an episode of the site says now, None where there is none."""
        with self._transaction("read what an episode says") as connection:
            row = connection.execute(_SQL["episode"], {"site": site, "id": number}).fetchone()
        return None if row is None else EpisodeFacts(row[0], row[1], bool(row[2]), row[3] or {})


def _one(connection: Connection, site: int, number: UUID) -> ResidentMessage | None:
    row = connection.execute(_SQL["one"], {"site": site, "id": number}).fetchone()
    return None if row is None else message_of(row[0])


def _messages(rows: Iterable[tuple[Any, ...]]) -> list[ResidentMessage]:
    return [message_of(row[0]) for row in rows]


def _recent(connection: Connection, site: int, message: ResidentMessage, since: datetime) -> ResidentMessage | None:
    wanted = {
        "site": site,
        "id": message.id,
        "area": storable(message.area),
        "hazard": message.hazard.value,
        "since": since,
    }
    row = connection.execute(_SQL["recent"], wanted).fetchone()
    return None if row is None else message_of(row[0])


def _write(connection: Connection, site: int, number: UUID, decision: Decision) -> None:
    if decision.message is None:
        connection.execute(_SQL["remove"], {"site": site, "id": number})
    else:
        connection.execute(_SQL["change"], _row(site, decision.message))
    unsent = set[str]()
    if decision.thread:
        wanted = {"site": site, "thread": decision.thread, "now": decision.step.at}
        unsent = {row[0] for row in connection.execute(_SQL["superseded"], wanted)}
    wanted_still = [row for row in decision.notifications if not (decision.in_place and row.channel in unsent)]
    queue(connection, site, wanted_still)
    step = decision.step
    if unsent:
        step = MessageStep(
            at=step.at, who=step.who, act=step.act, digest=step.digest, known={**step.known, "unsent": sorted(unsent)}
        )
    _note(connection, site, number, step)


def _row(site: int, message: ResidentMessage) -> dict[str, Any]:
    return {"site": site, **columns(message), "document": Jsonb(document(message))}


def _note(connection: Connection, site: int, number: UUID, step: MessageStep) -> None:
    line = {
        "site": site,
        "id": number,
        "at": step.at,
        "who": storable(step.who),
        "act": step.act,
        "digest": step.digest,
        "known": Jsonb(dict(step.known)),
    }
    connection.execute(_SQL["note"], line)
