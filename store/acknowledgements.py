"""What people answer to alerts: acknowledgements by episode and level, and wishes to end an episode without data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.levels import Level
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("acknowledgements")

DANGER_HOLDS = timedelta(hours=4)
"""How long an acknowledgement of a danger holds; after that somebody has to look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Somebody has seen an episode at a level and takes care of it. ``who`` is the account's name."""

    episode: UUID
    level: Level
    who: str
    at: datetime
    note: str = ""


class Answer(StrEnum):
    """What became of what a person wanted of an episode.

    ``taken``; ``over``: the episode has ended, so there is nothing to do; ``risen``: it stands higher than the level the
    person saw, so nothing was taken; ``fresh``: its data arrive, so it ends by evidence and not by hand; ``unknown``: the
    site has no such episode.
    """

    TAKEN = "taken"
    OVER = "over"
    RISEN = "risen"
    FRESH = "fresh"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingWish:
    """Somebody wants an episode ended although nothing was measured to end it."""

    episode: UUID
    rule: str
    target: str
    who: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledWish:
    """A wish as it stands beside its episode; ``outcome`` None while it waits, else ``closed``, ``over`` or ``fresh``."""

    who: str
    at: datetime
    reason: str
    outcome: str | None


class Acknowledgements(Part):
    """Acknowledgements stop reminders and calls; they never raise or resolve anything. ``site`` is the store's number."""

    def add(self, site: int, ack: Ack) -> Answer:
        """Note an acknowledgement; ``taken``, ``over``, ``risen`` or ``unknown``.

        Of an episode that is over, or stands higher than ``ack.level``, nothing is noted.
        """
        values = {"site": site, "episode": ack.episode}
        with self._transaction("note an acknowledgement") as connection:
            found = connection.execute(_SQL["hold_episode"], values).fetchone()
            if found is None:
                return Answer.UNKNOWN
            level, closed_at, _ = found
            if closed_at is not None:
                return Answer.OVER
            if level > ack.level:
                return Answer.RISEN
            said = {"level": int(ack.level), "who": storable(ack.who), "at": ack.at, "note": storable(ack.note)}
            connection.execute(_SQL["insert"], values | said)
            return Answer.TAKEN

    def holding(self, site: int, now: datetime) -> dict[UUID, Ack]:
        """The acknowledgement that holds at ``now`` for each open episode that has one.

        It is dropped when the level rises after it, and for a danger after four hours.
        """
        values = {"site": site, "now": now, "danger": int(Level.DANGER), "danger_holds": DANGER_HOLDS}
        with self._transaction("read the acknowledgements") as connection:
            rows = connection.execute(_SQL["holding"], values).fetchall()
        return {row[0]: _ack(*row) for row in rows}

    def of_episode(self, site: int, episode: UUID) -> list[Ack]:
        """Every acknowledgement of an episode, holding or not, the newest first."""
        with self._transaction("read the acknowledgements of an episode") as connection:
            rows = connection.execute(_SQL["of_episode"], {"site": site, "episode": episode}).fetchall()
        return [_ack(*row) for row in rows]

    def wish_closed(self, site: int, episode: UUID, who: str, at: datetime, reason: str) -> Answer:
        """Note the wish to end an episode without data; ``taken``, ``over``, ``fresh`` or ``unknown``.

        Wishing again while a wish waits changes nothing: the first counts.
        """
        values = {"site": site, "episode": episode}
        with self._transaction("note the wish to close an episode") as connection:
            found = connection.execute(_SQL["hold_episode"], values).fetchone()
            if found is None:
                return Answer.UNKNOWN
            _, closed_at, stale = found
            if closed_at is not None:
                return Answer.OVER
            if not stale:
                return Answer.FRESH
            said = {"who": storable(who), "at": at, "reason": storable(reason)}
            connection.execute(_SQL["wish"], values | said)
            return Answer.TAKEN

    def closing_wishes(self, site: int) -> list[ClosingWish]:
        """The wishes that wait for the evaluator, the oldest first."""
        with self._transaction("read the wishes to close episodes") as connection:
            rows = connection.execute(_SQL["wishes"], {"site": site}).fetchall()
        return [
            ClosingWish(episode=episode, rule=rule, target=target, who=who, at=at, reason=reason)
            for episode, rule, target, who, at, reason in rows
        ]

    def settle(self, site: int, episode: UUID, outcome: str, now: datetime) -> None:
        """Say what became of a wish: ``closed``, ``over`` (it had ended by then) or ``fresh`` (its data were back)."""
        values = {"site": site, "episode": episode, "outcome": outcome, "now": now}
        with self._transaction("settle the wish to close an episode") as connection:
            connection.execute(_SQL["settle"], values)

    def wishes_of(self, site: int, episode: UUID) -> list[SettledWish]:
        """Every wish to end an episode, with what became of it, the newest first."""
        with self._transaction("read the wishes to close an episode") as connection:
            rows = connection.execute(_SQL["wishes_of"], {"site": site, "episode": episode}).fetchall()
        return [SettledWish(who=who, at=at, reason=reason, outcome=outcome) for who, at, reason, outcome in rows]


def _ack(episode: UUID, level: int, who: str, at: datetime, note: str, *_: Any) -> Ack:
    return Ack(episode=episode, level=Level(level), who=who, at=at, note=note)
