"""Months that leave the database for files, and whole copies of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from core.errors import StoreError
from store import archive_return, archive_run, archive_work
from store.archive_work import Archived, ArchiveEntry, Place, Progress
from store.backup import Backup
from store.migration import PLAIN
from store.months import KINDS, month_bounds
from store.part import Part

_ATTEMPTS = 3
_OVERTAKEN = ("40001", "40P01")  # somebody judged the same rows anew meanwhile


def _silent(_rows: int) -> None:
    """Tell nobody how far it is."""


class Archiving(Part):
    """Rows by the month for the archive, all tables for a backup. Months are those of Japan, named by their first day."""

    def entries(self, site: int) -> list[ArchiveEntry]:
        """What the archive has of a site, by kind and month."""
        with self._transaction("list the archive") as connection:
            return archive_work.entries(connection, site)

    def due(self, site: int, before: date, now: datetime) -> list[tuple[str, date, int]]:
        """Kind, month and number of rows of what is in the database from months before ``before``, oldest first.

        Months brought back from the archive are left out until they were promised to be kept.
        """
        limit, _ = month_bounds(before)
        with self._transaction("look for what the archive should have") as connection:
            kept = {
                (entry.kind, entry.month)
                for entry in archive_work.entries(connection, site)
                if entry.keep_until is not None and entry.keep_until > now
            }
            found = [
                (kind.name, month, rows)
                for kind in KINDS.values()
                for month, rows in archive_work.months_here(connection, site, kind, limit).items()
            ]
        return sorted((each for each in found if each[:2] not in kept), key=lambda each: each[1])

    def archive(self, place: Place, kind: str, month: date, now: datetime, progress: Progress = _silent) -> Archived:
        """Move a month of a site into its file; what became of its rows.

        A file that is there is added to: of one time its row stays, and a row with another value is kept as a conflict.
        Raises StoreError, with nothing deleted, where the file cannot be written, read back or added to.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._transaction(f"archive {kind} of {month:%Y-%m}") as connection:
                    return archive_run.archive_month(connection, place, KINDS[kind], month, now, progress)
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
        with self._transaction(f"bring back {kind} of {month:%Y-%m}") as connection:
            return archive_return.bring_back(
                connection,
                place,
                KINDS[kind],
                month,
                now,
                keep_until,
                partitioned=self._flavour == PLAIN,
                progress=progress,
            )
