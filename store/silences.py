"""Silences (連絡の一時停止): what is not told for a while, by whose wish and with whose approval. Nothing said is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.levels import Level
from store import statements
from store.append import storable
from store.connection import Connection
from store.part import Part

_SQL = statements.load("silences")

LONGEST = timedelta(hours=72)
"""A silence ends by itself after this at the latest: one that is forgotten does no lasting harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is not told from ``starts_at`` to before ``ends_at``. ``author`` and the others are names of accounts.

    It is about an alert whose rule is among ``rules``, whose station is among ``stations`` and whose station's kind is
    among ``kinds`` (empty: any, but not all three are), and whose level is among ``levels``. Where these hold danger it is
    in force only once somebody else has approved it.
    """

    id: UUID
    rules: frozenset[str] = frozenset()
    stations: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    levels: frozenset[Level]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str
    created_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    end_reason: str = ""

    @property
    def needs_approval(self) -> bool:
        """Whether a second person has to agree: it would hide a danger."""
        return Level.DANGER in self.levels

    @property
    def over_at(self) -> datetime:
        """When it ends, or was ended before that."""
        return self.ends_at if self.ended_at is None else min(self.ends_at, self.ended_at)

    def in_force(self, now: datetime) -> bool:
        """Whether it holds anything back at ``now``."""
        return self.state(now) == "active"

    def state(self, now: datetime) -> str:
        """``waiting`` (for approval), ``coming``, ``active`` or ``over`` at ``now``."""
        if now >= self.over_at:
            return "over"
        if self.needs_approval and self.approved_by is None:
            return "waiting"
        return "coming" if now < self.starts_at else "active"


class Silences(Part):
    """The silences of a site; ``site`` is the store's number of it."""

    def add(self, site: int, silence: Silence) -> bool:
        """Note a silence as it is asked for; whether it is new: one whose id is known changes nothing."""
        values = {
            "site": site,
            "id": silence.id,
            **{name: sorted(map(storable, getattr(silence, name))) for name in ("rules", "stations", "kinds")},
            "levels": sorted(int(level) for level in silence.levels),
            "starts_at": silence.starts_at,
            "ends_at": silence.ends_at,
            "author": storable(silence.author),
            "reason": storable(silence.reason),
            "created_at": silence.created_at,
        }
        with self._transaction("note a silence") as connection:
            return connection.execute(_SQL["insert"], values).rowcount > 0

    def approve(self, site: int, id_: UUID, who: str, at: datetime) -> bool:
        """Note that ``who`` agrees; False where somebody did before, or the site has no such silence.

        Who may approve, and that it is not the author, is for the caller to say.
        """
        return self._step(site, id_, "approved", who, at, "")

    def end(self, site: int, id_: UUID, who: str, at: datetime, reason: str = "") -> bool:
        """Note that ``who`` ends it before its time; False where somebody did before, or the site has no such silence."""
        return self._step(site, id_, "ended", who, at, reason)

    def get(self, site: int, id_: UUID) -> Silence | None:
        """One silence as it stands, None where the site has none of this id."""
        with self._transaction("read a silence") as connection:
            row = connection.execute(_SQL["get"], {"site": site, "id": id_}).fetchone()
        return None if row is None else _silence(*row)

    def since(self, site: int, instant: datetime, most: int = 1_000) -> list[Silence]:
        """Those whose time ends after ``instant``, ended before it or not, the newest first, at most so many."""
        with self._transaction("read the silences") as connection:
            return silences_since(connection, site, instant, most)

    def count_open(self, site: int, now: datetime) -> int:
        """How many are not over at ``now``."""
        with self._transaction("count the silences") as connection:
            row = connection.execute(_SQL["count_open"], {"site": site, "now": now}).fetchone()
        return 0 if row is None else int(row[0])

    def _step(self, site: int, id_: UUID, kind: str, who: str, at: datetime, reason: str) -> bool:
        values = {"site": site, "id": id_, "kind": kind, "who": storable(who), "at": at, "reason": storable(reason)}
        with self._transaction(f"note that a silence is {kind}") as connection:
            return connection.execute(_SQL["step"], values).rowcount > 0


def silences_since(connection: Connection, site: int, instant: datetime, most: int) -> list[Silence]:
    """Those whose time ends after ``instant``, the newest first, within the caller's transaction."""
    values = {"site": site, "since": instant, "most": most}
    return [_silence(*row) for row in connection.execute(_SQL["since"], values)]


def announced_since(connection: Connection, site: int, instant: datetime) -> set[tuple[UUID, str]]:
    """What was announced (``asked``, ``made``, ``over``) of them, within the caller's transaction."""
    return set(connection.execute(_SQL["announced"], {"site": site, "since": instant}).fetchall())


def _silence(
    id_: UUID, rules: list[str], stations: list[str], kinds: list[str], levels: list[int], *rest: Any
) -> Silence:
    starts_at, ends_at, author, reason, created_at, approved_by, approved_at, ended_by, ended_at, end_reason = rest
    return Silence(
        id=id_,
        rules=frozenset(rules),
        stations=frozenset(stations),
        kinds=frozenset(kinds),
        levels=frozenset(map(Level, levels)),
        starts_at=starts_at,
        ends_at=ends_at,
        author=author,
        reason=reason,
        created_at=created_at,
        approved_by=approved_by,
        approved_at=approved_at,
        ended_by=ended_by,
        ended_at=ended_at,
        end_reason=end_reason,
    )
