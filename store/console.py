"""What the console reads: who was told of which episode, and what was known at an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.levels import Level
from core.model import Quality, QualityReason, StationId
from store import statements
from store.alert_rows import EpisodeRow
from store.part import Part
from store.rows import LatestValue

_SQL = statements.load("console")

MOST_EPISODES = 500
AHEAD = timedelta(minutes=5)
"""How far the clock of a device may run ahead of ours, at an instant that is looked back on."""


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What the steps and tellings of an episode say of it: its highest level, doubts, and whether it is about the system."""

    highest: Level
    steps: int
    unconfirmed: bool
    health: bool


@dataclass(frozen=True, slots=True)
class ToldRow:
    """How many messages to one audience over one channel wait, arrived, or were given up; ``last_at`` the newest of them."""

    episode: UUID
    audience: str
    channel: str
    resident: bool
    queued: int
    delivered: int
    dead: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as it stood: ``state`` is ``queued``, ``delivered`` or ``dead``, ``finished_at`` None while it waits."""

    id: UUID
    seq: int
    audience: str
    channel: str
    purpose: str
    resident: bool
    level: Level
    body: Mapping[str, Any]
    queued_at: datetime
    attempts: int
    state: str
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What had to be told of an episode, and the dispatcher's verdict on it (None: not decided yet)."""

    seq: int
    kind: str
    level: Level
    at: datetime
    queued_at: datetime
    retroactive: bool
    unconfirmed: bool
    told_at: datetime | None
    verdict: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """The messages of a channel: ``waiting`` now, ``retrying`` those that failed before; ``dead`` and ``delivered`` lately."""

    channel: str
    waiting: int
    retrying: int
    dead: int
    delivered: int
    oldest_at: datetime | None
    delivered_at: datetime | None


class Console(Part):
    """Reads for the staff console. ``at`` is the instant whose knowledge is asked for; the present one for what is known now."""

    def facts(self, episodes: Sequence[UUID], at: datetime) -> dict[UUID, EpisodeFacts]:
        """What is known of these episodes from their steps."""
        with self._transaction("read the facts of episodes") as connection:
            rows = connection.execute(_SQL["facts"], {"episodes": list(episodes), "at": at}).fetchall()
        return {
            id_: EpisodeFacts(Level(highest or 0), steps, unconfirmed, health)
            for id_, highest, steps, unconfirmed, health in rows
        }

    def told(self, site: int, episodes: Sequence[UUID], at: datetime) -> list[ToldRow]:
        """Who was told of these episodes: one row for each audience and channel."""
        with self._transaction("read who was told") as connection:
            rows = connection.execute(_SQL["told"], {"site": site, "episodes": list(episodes), "at": at}).fetchall()
        return [ToldRow(*row) for row in rows]

    def messages(self, site: int, episode: UUID, at: datetime) -> list[MessageRow]:
        """Every message about an episode, in the order they were queued."""
        with self._transaction("read the messages of an episode") as connection:
            rows = connection.execute(_SQL["messages"], {"site": site, "episode": episode, "at": at}).fetchall()
        return [MessageRow(*_levelled(row, 6)) for row in rows]

    def tellings(self, episode: UUID, at: datetime) -> list[ToldOf]:
        """What had to be told of an episode, in order."""
        with self._transaction("read what had to be told of an episode") as connection:
            rows = connection.execute(_SQL["tellings"], {"episode": episode, "at": at}).fetchall()
        return [ToldOf(*_levelled(row, 2)) for row in rows]

    def episode(self, site: int, episode: UUID) -> EpisodeRow | None:
        """One episode of the site, None where it has no such one."""
        with self._transaction("read an episode") as connection:
            row = connection.execute(_SQL["episode"], {"site": site, "episode": episode}).fetchone()
        return None if row is None else _episode(row)

    def known_episodes(self, site: int, at: datetime, since: datetime) -> list[EpisodeRow]:
        """The episodes that were detected by ``at`` and not over before ``since``, newest first, as they stand today."""
        values = {"site": site, "at": at, "since": since, "most": MOST_EPISODES}
        with self._transaction("read the episodes known then") as connection:
            rows = connection.execute(_SQL["known_episodes"], values).fetchall()
        return [_episode(row) for row in rows]

    def known_values(self, site: int, at: datetime, reach: timedelta) -> list[LatestValue]:
        """The newest usable value of each datastream that had arrived by ``at``, not older than ``reach``.

        Its quality is the one it had then, not what was judged of it afterwards.
        """
        values = {"site": site, "at": at, "since": at - reach, "until": at + AHEAD}
        with self._transaction("read the values known then") as connection:
            rows = connection.execute(_SQL["known_values"], values).fetchall()
        return [_value(*row) for row in rows]

    def queues(self, site: int, since: datetime) -> list[QueueRow]:
        """How many messages of each channel wait, and how many arrived or were given up since ``since``."""
        with self._transaction("read the queues") as connection:
            rows = connection.execute(_SQL["queues"], {"site": site, "since": since}).fetchall()
        return [QueueRow(*row) for row in rows]


def _episode(row: Sequence[Any]) -> EpisodeRow:
    return EpisodeRow(*_levelled(row, 3))


def _levelled(row: Sequence[Any], place: int) -> list[Any]:
    """The columns of a row with the number at ``place`` as a level."""
    return [*row[:place], Level(row[place]), *row[place + 1 :]]


def _value(no: int, station: str, quantity: str, *rest: Any) -> LatestValue:
    at, value, quality, reasons, received_at, version = rest
    return LatestValue(
        no, StationId(station), quantity, at, value, Quality(quality), QualityReason(reasons), received_at, version
    )
