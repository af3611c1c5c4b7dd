"""Work diaries of ploughs (除雪日報) as they were sealed: added to, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from core.diary import Seal, seal_digest
from store import statements
from store.append import storable
from store.connection import Connection
from store.part import Part

_SQL = statements.load("diaries")
_AT_ONCE = 500


class Diaries(Part):
    """The sealed diaries of a site. ``site`` is the store's number of it; vehicles are named by their ids in the site folder."""

    def seal(self, site: int, vehicle: str, day: date, document: bytes, *, at: datetime, by: str) -> tuple[Seal, bool]:
        """The seal that holds for a vehicle's day, and whether it is new: the same document is not sealed twice in a row."""
        with self._transaction("seal a work diary") as connection:
            connection.execute(_SQL["hold"], {"site": site})
            known = _current(connection, site, vehicle, day)
            if known is not None and known.document == document:
                return known, False
            last = connection.execute(_SQL["last"], {"site": site}).fetchone()
            previous = "" if last is None else last[0]
            made = Seal(
                vehicle=vehicle,
                day=day,
                revision=1 if known is None else known.revision + 1,
                document=document,
                previous=previous,
                digest=seal_digest(previous, document),
                made_at=at,
                made_by=storable(by),
            )
            connection.execute(_SQL["seal"], _columns(made) | {"site": site})
        return made, True

    def current(self, site: int, vehicle: str, day: date) -> Seal | None:
        """The newest seal of a vehicle's day, None where it was never sealed."""
        with self._transaction("read a work diary") as connection:
            return _current(connection, site, vehicle, day)

    def by_digest(self, site: int, digest: str) -> Seal | None:
        """The seal with a digest, None where the site has none such."""
        with self._transaction("read a work diary") as connection:
            row = connection.execute(_SQL["by_digest"], {"site": site, "digest": storable(digest)}).fetchone()
        return None if row is None else _seal(row)

    def note_paper(self, site: int, digest: str, sha256: str, *, form: str, language: str, at: datetime) -> None:
        """Note that a paper with these bytes was written of the seal with ``digest``."""
        values = {"site": site, "digest": digest, "sha256": sha256, "form": form, "language": language, "made_at": at}
        with self._transaction("note a paper of a work diary") as connection:
            connection.execute(_SQL["note_paper"], values)

    def of_paper(self, site: int, sha256: str) -> Seal | None:
        """The seal that the paper with these bytes was written of, None where no such paper was."""
        with self._transaction("look for a paper of a work diary") as connection:
            row = connection.execute(_SQL["of_paper"], {"site": site, "sha256": sha256}).fetchone()
        return None if row is None else _seal(row)

    def listed(self, site: int, since: date, until: date) -> list[Seal]:
        """The newest seal of each vehicle and day from ``since`` to ``until``, both included, the oldest day first."""
        values = {"site": site, "since": since, "until": until}
        with self._transaction("list work diaries") as connection:
            return [_seal(row) for row in connection.execute(_SQL["listed"], values)]

    def chain(self, site: int) -> Iterator[Seal]:
        """All seals of a site in the order they were made, read a piece at a time."""
        after = 0
        while True:
            with self._transaction("read the chain of work diaries") as connection:
                values = {"site": site, "after": after, "most": _AT_ONCE}
                rows = connection.execute(_SQL["chain"], values).fetchall()
            yield from (_seal(row[1:]) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1][0]


def _current(connection: Connection, site: int, vehicle: str, day: date) -> Seal | None:
    values = {"site": site, "vehicle": storable(vehicle), "day": day}
    row = connection.execute(_SQL["current"], values).fetchone()
    return None if row is None else _seal(row)


def _columns(seal: Seal) -> dict[str, Any]:
    return {
        "vehicle": storable(seal.vehicle),
        "day": seal.day,
        "revision": seal.revision,
        "document": seal.document,
        "previous": seal.previous,
        "digest": seal.digest,
        "made_at": seal.made_at,
        "made_by": seal.made_by,
    }


def _seal(row: Sequence[Any]) -> Seal:
    vehicle, day, revision, document, previous, digest, made_at, made_by = row
    return Seal(
        vehicle=vehicle,
        day=day,
        revision=revision,
        document=bytes(document),
        previous=previous,
        digest=digest,
        made_at=made_at,
        made_by=made_by,
    )
