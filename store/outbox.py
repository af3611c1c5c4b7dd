"""The outbox: messages wait in it until a sender has handed them over, or has to give them up visibly.

Every mark is fenced: it counts only for the attempt it belongs to, so that a sender whose lease another one took over
changes nothing any more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from core.levels import Level
from store import statements
from store.alert_rows import LeasedNotification, NotificationRow, columns
from store.append import storable
from store.connection import Connection
from store.part import Part

_SQL = statements.load("outbox")
_COLUMNS = 13
_AT_A_TIME = 200
_DEAD_FOR = timedelta(days=1)
LONGEST_WAIT = timedelta(minutes=15)
"""No message is ever given back for longer: one that is due later was so by a clock that was set back since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel does: ``closed`` (works), ``open`` (is left alone until ``not_before``), ``half-open`` (one message tries).

    ``failures`` are those since the last success, ``reason`` what the last one was. ``not_before`` may also be what the
    receiver asked for.
    """

    channel: str
    state: str
    failures: int
    not_before: datetime | None
    reason: str
    changed_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A message nobody holds that cannot simply wait: past its deadline, of a channel that is gone, or cut off in mid-sending."""

    leased: LeasedNotification
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the messages of a channel stand: waiting, since when the oldest waits, given up within a day, of unknown fate."""

    channel: str
    queued: int
    oldest: datetime | None
    dead: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the console shows it; ``place`` is its number in the queue."""

    notification: NotificationRow
    state: str
    attempts: int
    error: str | None
    provider: str | None
    due_at: datetime
    finished_at: datetime | None
    superseded_by: UUID | None
    place: int


def queue(connection: Connection, site: int, messages: Iterable[NotificationRow]) -> None:
    """Put messages into the outbox in the caller's transaction; one that is there already stays as it is."""
    rows = [_renamed(columns(row)) for row in messages]
    if rows:
        connection.execute(_SQL["queue"], {"site": site, "rows": Jsonb(rows, dumps=_dumps)})


def outbox(connection: Connection, site: int) -> list[tuple[NotificationRow, str, int, str | None]]:
    """Every message with its state, attempts and last error, in queue order."""
    rows = connection.execute(_SQL["outbox"], {"site": site})
    return [(_notification(row), *row[_COLUMNS:]) for row in rows]


class Outgoing(Part):
    """What senders do with the outbox. ``site`` is the store's number of it.

    Marks return whether they counted: they do not where another sender has taken the lease over, or the message is over.
    """

    def queue(self, site: int, messages: Iterable[NotificationRow]) -> None:
        """Put messages into the outbox, in one transaction; one that is there already stays as it is."""
        with self._transaction("queue messages") as connection:
            queue(connection, site, messages)

    def lease(
        self, site: int, channel: str, now: datetime, lease_for: timedelta, limit: int
    ) -> list[LeasedNotification]:
        """The due messages of a channel, held for this sender until ``now + lease_for``, in queue order.

        Of each thread and audience only the oldest unfinished one, so order is kept; an expired lease is given out again.
        """
        values = {
            "site": site,
            "channel": channel,
            "now": now,
            "until": now + lease_for,
            "latest": now + LONGEST_WAIT,
            "limit": limit,
        }
        with self._transaction(f"lease messages for {channel}") as connection:
            rows = sorted(connection.execute(_SQL["lease"], values).fetchall(), key=lambda row: row[-1])
        return [_leased(row) for row in rows]

    def unfinished(
        self, site: int, now: datetime, channels: Collection[str], ailing: Collection[str]
    ) -> list[Unfinished]:
        """Waiting messages nobody holds that need a decision.

        Past their deadline, cut off while they were handed over, of a channel not in ``channels``, or a danger for staff on
        an ``ailing`` one that has not been sent by another way yet.
        """
        values = {
            "site": site,
            "now": now,
            "channels": sorted(channels),
            "ailing": sorted(ailing),
            "urgent": int(Level.DANGER),
            "limit": _AT_A_TIME,
        }
        with self._transaction("look for messages that cannot wait") as connection:
            rows = connection.execute(_SQL["unfinished"], values).fetchall()
        return [Unfinished(_leased(row), row[-1]) for row in rows]

    def crowded(self, site: int, channel: str, now: datetime) -> list[NotificationRow]:
        """The waiting messages of every thread of a channel in which several wait, in queue order."""
        with self._transaction(f"look for messages that say more than others for {channel}") as connection:
            rows = connection.execute(_SQL["crowded"], {"site": site, "channel": channel, "now": now}).fetchall()
        return [_notification(row) for row in rows]

    def supersede(self, older: Iterable[UUID], newer: UUID, now: datetime) -> None:
        """Note that ``newer`` carries the news of the older ones, which are not sent any more."""
        with self._transaction("supersede messages") as connection:
            connection.execute(_SQL["supersede"], {"older": list(older), "newer": newer, "now": now})

    def begin_sending(self, leased: LeasedNotification, now: datetime) -> bool:
        """Note that a message which must not be handed over twice is handed over now."""
        return self._mark("begin_sending", leased, now=now)

    def delivered(self, leased: LeasedNotification, now: datetime, provider: str, remark: str = "") -> bool:
        """Note that the provider has the message, what it called it, and a remark on how it took it."""
        return self._mark("delivered", leased, now=now, provider=storable(provider), remark=storable(remark))

    def retry_later(
        self, leased: LeasedNotification, due_at: datetime, error: str, served: Collection[str] = ()
    ) -> bool:
        """Give a message back to be tried again at ``due_at``; ``served`` recipients are left out then."""
        everyone = sorted({*leased.served, *served})
        return self._mark("retry_later", leased, due_at=due_at, error=storable(error), served=everyone)

    def give_back(self, leased: LeasedNotification) -> bool:
        """Give a message back as it was: whoever asks next may send it."""
        return self._mark("give_back", leased)

    def finish(
        self,
        site: int,
        leased: LeasedNotification,
        state: str,
        now: datetime,
        error: str,
        instead: Iterable[NotificationRow] = (),
    ) -> bool:
        """Give a message up for good, visibly: ``dead``, or ``unknown`` where nobody can say whether it arrived.

        What goes out instead is queued in the same transaction; the next of its thread may go.
        """
        values = {
            **_held(leased),
            "state": state,
            "now": now,
            "error": storable(error),
            "served": sorted(leased.served),
        }
        with self._transaction("give up a message") as connection:
            if connection.execute(_SQL["finish"], values).fetchone() is None:
                return False
            queue(connection, site, instead)
            return True

    def also_by(self, site: int, notification: UUID, now: datetime, instead: Sequence[NotificationRow]) -> bool:
        """Queue the same for another channel while the message goes on waiting for its own; once only."""
        with self._transaction("ask another channel as well") as connection:
            if connection.execute(_SQL["mark_fallback"], {"id": notification, "now": now}).fetchone() is None:
                return False
            queue(connection, site, instead)
            return True

    def again(self, site: int, notification: UUID, now: datetime, deadline_at: datetime) -> bool:
        """Send a dead message, or one of unknown fate, (again) because a person wants it, under its own id."""
        values = {"site": site, "id": notification, "now": now, "deadline_at": deadline_at}
        with self._transaction("send a message again") as connection:
            return connection.execute(_SQL["again"], values).fetchone() is not None

    def arrived(self, site: int, notification: UUID, now: datetime, remark: str) -> bool:
        """Note that a message of unknown fate did arrive, as a person found out."""
        values = {"site": site, "id": notification, "now": now, "remark": storable(remark)}
        with self._transaction("note that a message arrived") as connection:
            return connection.execute(_SQL["arrived"], values).fetchone() is not None

    def listed(
        self, site: int, states: Collection[str], *, episode: UUID | None = None, before: int | None, limit: int
    ) -> list[Listed]:
        """Messages in these states, the newest first, those below the queue number ``before`` only."""
        values = {"site": site, "states": sorted(states), "episode": episode, "before": before, "limit": limit}
        with self._transaction("list the outbox") as connection:
            rows = connection.execute(_SQL["listed"], values).fetchall()
        return [Listed(_notification(row), *row[_COLUMNS:]) for row in rows]

    def message(self, site: int, notification: UUID) -> Listed | None:
        """One message, None where the site has none of this id."""
        with self._transaction("read a message") as connection:
            row = connection.execute(_SQL["message"], {"site": site, "id": notification}).fetchone()
        return None if row is None else Listed(_notification(row), *row[_COLUMNS:])

    def standing(self, site: int, now: datetime) -> list[Standing]:
        """How the messages stand, by channel; the dead are those of the last day."""
        with self._transaction("read how the outbox stands") as connection:
            rows = connection.execute(_SQL["standing"], {"site": site, "since": now - _DEAD_FOR}).fetchall()
        return [Standing(*row) for row in rows]

    def channel_states(self, site: int) -> dict[str, ChannelState]:
        """How the channels do that were used already."""
        with self._transaction("read how the channels do") as connection:
            rows = connection.execute(_SQL["channel_states"], {"site": site}).fetchall()
        return {row[0]: ChannelState(**dict(zip(ChannelState.__dataclass_fields__, row, strict=True))) for row in rows}

    def save_channel_state(self, site: int, state: ChannelState) -> None:
        """Note how a channel does."""
        values = {"site": site, **asdict(state), "reason": storable(state.reason)}
        with self._transaction(f"note how the channel {state.channel} does") as connection:
            connection.execute(_SQL["save_channel_state"], values)

    def _mark(self, name: str, leased: LeasedNotification, **values: Any) -> bool:
        with self._transaction("note what became of a message") as connection:
            return connection.execute(_SQL[name], {**_held(leased), **values}).fetchone() is not None


def _held(leased: LeasedNotification) -> dict[str, Any]:
    return {"id": leased.notification.id, "attempt": leased.attempt}


def _leased(row: Sequence[Any]) -> LeasedNotification:
    attempt, served, fallback = row[_COLUMNS : _COLUMNS + 3]
    return LeasedNotification(_notification(row), attempt, frozenset(served), fallback)


def _notification(row: Sequence[Any]) -> NotificationRow:
    number, episode, seq, channel, level, *rest = row[:_COLUMNS]
    return NotificationRow(number, episode, seq, channel, Level(level), *rest)


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    return {"episode_id": fields.pop("episode"), **fields}


def _dumps(rows: Any) -> str:
    """JSON of rows; ids and times as text, NaN refused because PostgreSQL would refuse it later."""
    return json.dumps(rows, default=str, allow_nan=False)
