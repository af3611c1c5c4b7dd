"""Months that leave the database for files, and whole copies of it.

What works with files of the archive is loaded when it is called for: it needs parts a collector should not wait for.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StoreError
from store import statements
from store.backup import Backup
from store.connection import Connection
from store.migration import PLAIN
from store.part import Part

if TYPE_CHECKING:
    from store.archive_work import Archived

_SQL = statements.load("archiving")
_ATTEMPTS = 3
_OVERTAKEN = ("40001", "40P01")  # somebody judged the same rows anew meanwhile
KINDS = ("observations", "positions")

Progress = Callable[[int], None]
"""Is told how many rows more are done."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose archive: the number and id of the site, and the folder the files lie below."""

    site: int
    site_id: str
    folder: Path


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """What the database knows of a file of the archive; ``file`` is below the folder, ``month`` its first day.

    With ``brought_back_at`` its rows are in the database as well, and stay at least until ``keep_until``.
    """

    kind: str
    month: date
    file: str
    rows: int
    size: int
    sha256: str
    archived_at: datetime
    brought_back_at: datetime | None
    keep_until: datetime | None


def _silent(_rows: int) -> None:
    """Tell nobody how far it is."""


class Archiving(Part):
    """Rows by the month for the archive, all tables for a backup. Months are those of Japan, named by their first day.

    A ``kind`` is one of ``KINDS``.
    """

    def entries(self, site: int) -> list[ArchiveEntry]:
        """What the archive has of a site, by kind and month."""
        with self._transaction("list the archive") as connection:
            return _entries(connection, site)

    def months_away(self, site: int, since: datetime, until: datetime) -> list[date]:
        """The months of [since, until) whose readings are in the archive only: here are at most late ones of them."""
        values = {"site": site, "since": since, "until": until}
        with self._transaction("look for months in the archive") as connection:
            return [month for (month,) in connection.execute(_SQL["months_away"], values)]

    def due(self, site: int, before: date, now: datetime) -> list[tuple[str, date, int]]:
        """Kind, month and number of rows of what is in the database from months before ``before``, oldest first.

        Months brought back from the archive are left out until they were promised to be kept.
        """
        from store.months import month_bounds

        limit, _ = month_bounds(before)
        with self._transaction("look for what the archive should have") as connection:
            kept = {
                (entry.kind, entry.month)
                for entry in _entries(connection, site)
                if entry.keep_until is not None and entry.keep_until > now
            }
            values = {"site": site, "before": limit}
            found = [
                (kind, month, rows)
                for kind in KINDS
                for month, rows in connection.execute(_SQL[f"months_{kind}"], values)
                if (kind, month) not in kept
            ]
        return sorted(found, key=lambda each: each[1])

    def archive(self, place: Place, kind: str, month: date, now: datetime, progress: Progress = _silent) -> Archived:
        """Move a month of a site into its file; what became of its rows.

        A file that is there is added to: of one time its row stays, and a row with another value is kept as a conflict.
        Raises StoreError, with nothing deleted, where the file cannot be written, read back or added to.
        """
        from store import archive_run, months

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._transaction(f"archive {kind} of {month:%Y-%m}") as connection:
                    return archive_run.archive_month(connection, place, months.KINDS[kind], month, now, progress)
            except StoreError as error:
                if error.sqlstate not in _OVERTAKEN or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def backing_up(self, now: datetime) -> Iterator[Backup]:
        """A backup of everything as of this instant, to be written within the ``with``."""
        with self._transaction("back up the database") as connection:
            yield Backup(connection, self._flavour, now)

    def bring_back(
        self, place: Place, kind: str, month: date, now: datetime, keep_until: datetime, progress: Progress = _silent
    ) -> int:
        """Put the rows of a month back into the database; how many were missing. The file stays.

        Raises StoreError, with nothing changed, where the file is missing, damaged, or not the one that was archived.
        """
        from store import archive_return, months

        with self._transaction(f"bring back {kind} of {month:%Y-%m}") as connection:
            return archive_return.bring_back(
                connection,
                place,
                months.KINDS[kind],
                month,
                now,
                keep_until,
                partitioned=self._flavour == PLAIN,
                progress=progress,
            )


def _entries(connection: Connection, site: int) -> list[ArchiveEntry]:
    return [ArchiveEntry(*row) for row in connection.execute(_SQL["archived"], {"site": site})]
