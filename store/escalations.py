"""Who is called while nobody acknowledges: timers that outlive every process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.levels import Level
from store import statements
from store.alert_rows import NotificationRow
from store.outbox import queue
from store.part import Part

_SQL = statements.load("escalations")


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationTimer:
    """How far the calls for an episode have come.

    ``step`` (from 0) of ``loop`` (from 1) is called next, at ``due_at``; ``called`` counts the calls made, ``sent`` are the
    messages of the last one. ``ended`` says why nobody is called any more: ``acknowledged``, ``over``, ``below`` (it fell
    below the level), ``exhausted`` (everybody was called, nobody answered), ``removed`` (from the site's files).
    """

    episode: UUID
    escalation: str
    level: Level
    started_at: datetime
    loop: int
    step: int
    due_at: datetime
    called: int = 0
    sent: tuple[UUID, ...] = ()
    ended_at: datetime | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An open episode as calls see it.

    ``risen_at`` is when its last rise was detected, ``told_at`` when somebody was first told (None: nobody yet). ``held``: a
    silence, an inhibition or the hour keeps it from everybody, so nobody is called for it either.
    """

    episode: UUID
    level: Level
    rule: str
    target: str
    risen_at: datetime
    told_at: datetime | None
    held: bool


class Escalations(Part):
    """The timers of calls. ``site`` is the store's number of the site."""

    def alerts(self, site: int, level: Level) -> list[OpenAlert]:
        """The open episodes of at least this level, oldest first."""
        with self._transaction("read what people may have to be called for") as connection:
            rows = connection.execute(_SQL["alerts"], {"site": site, "level": int(level)}).fetchall()
        return [OpenAlert(episode, Level(height), *rest) for episode, height, *rest in rows]

    def timers(self, site: int) -> list[EscalationTimer]:
        """The timers that run, and those of episodes that are still open."""
        with self._transaction("read who is called next") as connection:
            return [_timer(row) for row in connection.execute(_SQL["timers"], {"site": site})]

    def of_episode(self, site: int, episode: UUID) -> list[EscalationTimer]:
        """The timers of one episode, running or not."""
        with self._transaction("read who was called for an episode") as connection:
            return [_timer(row) for row in connection.execute(_SQL["of_episode"], {"site": site, "episode": episode})]

    def save(self, site: int, timers: Iterable[EscalationTimer], messages: Iterable[NotificationRow]) -> None:
        """Note how calls stand and queue their messages, in one transaction."""
        with self._transaction("call the next people") as connection:
            for timer in timers:
                values = {**asdict(timer), "site": site, "level": int(timer.level), "sent": list(timer.sent)}
                connection.execute(_SQL["save"], values)
            queue(connection, site, messages)

    def bodies(self, episodes: Collection[UUID]) -> dict[UUID, tuple[int, Mapping[str, Any]]]:
        """What was told last of these episodes: the number of the step, and every fact of it."""
        with self._transaction("read what was told last") as connection:
            rows = connection.execute(_SQL["bodies"], {"episodes": list(episodes)}).fetchall()
        return {episode: (seq, body) for episode, seq, body in rows}

    def reached(self, messages: Collection[UUID]) -> set[UUID]:
        """Those of these messages that were not given up, on their own channel or another one."""
        with self._transaction("read whom calls have reached") as connection:
            rows = connection.execute(_SQL["reached"], {"ids": list(messages)}).fetchall()
        return {number for (number,) in rows}


def _timer(row: Sequence[Any]) -> EscalationTimer:
    episode, escalation, level, started_at, loop, step, due_at, called, sent, ended_at, ended = row
    return EscalationTimer(
        episode=episode,
        escalation=escalation,
        level=Level(level),
        started_at=started_at,
        loop=loop,
        step=step,
        due_at=due_at,
        called=called,
        sent=tuple(sent),
        ended_at=ended_at,
        ended=ended,
    )
