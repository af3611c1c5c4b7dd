"""What is said of closed roads: every word is kept, the latest stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.closures import Closure, ClosureReason, ClosureStatus
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("closures")
_TEXTS = ("closure", "name_ja", "name_en", "road", "note_ja", "note_en", "by")
MOST = 500


@dataclass(frozen=True, slots=True)
class SaidClosure:
    """A word on a closed road, and when it reached us (UTC)."""

    closure: Closure
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StandingClosure:
    """The word that stands for a road, and since when (UTC) it is closed or restricted without having been open in between.

    Of a road that is open again: since when it had been.
    """

    closure: Closure
    since: datetime


class Closures(Part):
    """Closed roads. ``site`` is the store's number of the site.

    Of two words on a closure the one whose ``at`` is later stands; of the same instant, the one that arrived later.
    """

    def say(self, site: int, closure: Closure, received_at: datetime) -> None:
        """Note what was said of one closed road."""
        values = {**asdict(closure), "closure": closure.id, "site": site, "received_at": received_at}
        values |= {name: storable(values[name]) for name in _TEXTS}
        values |= {"status": closure.status.value, "reason": closure.reason.value}
        with self._transaction("note a closed road") as connection:
            connection.execute(_SQL["say"], values)

    def latest(self, site: int, since: datetime) -> list[StandingClosure]:
        """The word that stands for every closed road, then the newest of those open again since ``since``; each the newest first."""
        with self._transaction("read the closed roads") as connection:
            rows = connection.execute(_SQL["latest"], {"site": site, "since": since, "most": MOST}).fetchall()
        return [StandingClosure(_closure(row), row[-1]) for row in rows]

    def history(self, site: int, closure: str) -> list[SaidClosure]:
        """What was said of one closed road, the word that stands first."""
        values = {"site": site, "closure": storable(closure), "most": MOST}
        with self._transaction("read what was said of a closed road") as connection:
            rows = connection.execute(_SQL["history"], values).fetchall()
        return [SaidClosure(_closure(row), row[-1]) for row in rows]


def _closure(row: Sequence[Any]) -> Closure:
    id_, status, reason, name_ja, name_en, road, lon, lat, until, note_ja, note_en, at, by = row[:13]
    return Closure(
        id=id_,
        status=ClosureStatus(status),
        reason=ClosureReason(reason),
        name_ja=name_ja,
        name_en=name_en,
        road=road,
        lon=lon,
        lat=lat,
        until=until,
        note_ja=note_ja,
        note_en=note_en,
        at=at,
        by=by,
    )
