"""A whole copy of the database as of one instant, in one file; ``store.restore`` is the way back.

The copy is logical: rows as PostgreSQL writes them, so it fits either flavour and other versions of the server. It runs
while everybody works, and keeps nobody waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from psycopg import sql

from store import migration, statements
from store.backup_file import BackupWriter, Manifest, Progress
from store.catalogue import READINGS, Table, composed, names, sequences, tables
from store.connection import Connection

_SQL = statements.load("backup")
_FETCH = 5_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a backup will have: the number of rows of each table."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        """The rows of all tables."""
        return sum(self.rows.values())


class Backup:
    """A backup under way, in the caller's transaction, which must not have begun yet; ``extent`` says how much it is."""

    def __init__(self, connection: Connection, flavour: str, now: datetime) -> None:
        self._connection = connection
        connection.execute(_SQL["one_snapshot"])
        self._tables = tables(connection)
        self._manifest = Manifest(
            made_at=now,
            flavour=flavour,
            migrations=migration.schema_of(connection),
            sites=[site for (site,) in connection.execute(_SQL["sites"])],
            sequences=sequences(connection),
        )
        self.extent = Extent({name: self._count(table) for name, table in self._tables.items()})

    def write(self, target: IO[bytes], progress: Progress) -> Manifest:
        """Write the file; what it says about itself. Raises OSError where the target cannot be written."""
        writer = BackupWriter(target, self._manifest)
        try:
            for name, table in self._tables.items():
                writer.add_table(name, table.columns, self._rows(table), progress)
            writer.finish()
        except BaseException:
            writer.abandon()
            raise
        return self._manifest

    def _count(self, table: Table) -> int:
        if table.name not in READINGS:
            found = self._connection.execute(composed(_SQL["count_rows"], table=sql.Identifier(table.name))).fetchone()
            assert found is not None
            number: int = found[0]
            return number
        days = self._connection.execute(composed(_SQL["count_days"], table=sql.Identifier(table.name))).fetchall()
        self._manifest.days[table.name] = [day for day, _ in days]
        return sum(count for _, count in days)

    def _rows(self, table: Table) -> Iterator[str]:
        statement = composed(_SQL["export_rows"], columns=names(table.columns), table=sql.Identifier(table.name))
        with self._connection.cursor(name="backup") as cursor:
            cursor.itersize = _FETCH
            cursor.execute(statement)
            for (text,) in cursor:
                yield text
