"""From a backup to a database: verified first, then all rows in one transaction, then the summaries anew.

The schema is first brought to where the backup's was, and after the rows to this program's, so an older backup goes the way
its database would have gone. What counts the transactions of one cluster begins anew; numbers go on where they were.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from core.errors import StoreError
from store import maintenance, migration, statements
from store.backup_file import BackupReader, Manifest, Progress
from store.catalogue import READINGS, Table, composed, missing_in, names, tables
from store.connection import Connection, connect, open_pool, translated

_SQL = statements.load("backup")
PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: rows written, queued messages to people given up because their deadline had passed."""

    rows: int
    given_up: int


def check(reader: BackupReader, progress: Progress) -> Manifest:
    """Read a whole backup and compare it with what it says of itself.

    Raises StoreError where it is cut or changed, or of a newer schema than this program's.
    """
    strange = [name for name in reader.manifest.migrations if name not in migration.schema_known()]
    if strange:
        raise StoreError(
            f"the backup is of a newer schema than this program's: it has {', '.join(strange)}",
            retryable=False,
            hint="install the newer Yukimori; nothing was written",
        )
    reader.verify(progress)
    return reader.manifest


def restore(
    dsn: str, reader: BackupReader, now: datetime, *, force: bool, progress: Progress, summing_up: Callable[[], None]
) -> Restored:
    """Fill the database with a checked backup; ``force`` removes what is in it.

    ``summing_up`` is called when the rows are there and only the summaries are still reckoned. Raises StoreError or
    StartError, with no row written, where the database is not empty, is in use, or does not take the rows.
    """
    manifest = reader.manifest
    migration.migrate(dsn, only=manifest.migrations)
    with connect(dsn) as connection, translated("restore the backup"):
        connection.execute(_SQL["hold_migration"])
        connection.commit()
        _check_target(connection, manifest, force=force)
        connection.commit()
        with connection.transaction():
            given_up = _Filling(connection, reader, now, force=force).fill(progress)
    migration.migrate(dsn)
    summing_up()
    _sum_up(dsn, now)
    return Restored(manifest.rows, given_up)


def _check_target(connection: Connection, manifest: Manifest, *, force: bool) -> None:
    """Raise StoreError unless the rows may go into this database."""
    others = _others(connection)
    if others:
        raise StoreError(
            f"{others} other connections work with this database",
            retryable=True,
            hint="stop collect, evaluate, publish and serve, then restore",
        )
    if migration.schema_of(connection) != manifest.migrations:
        raise StoreError(
            "the schema of this database is newer than that of the backup",
            retryable=False,
            hint="restore into a database without any schema; it is brought up to date afterwards",
        )
    full = [name for name in tables(connection) if _has_rows(connection, name)]
    if full and not force:
        raise StoreError(
            f"the database is not empty: it has rows in {', '.join(sorted(full))}",
            retryable=False,
            hint="give an empty database, or --force to remove everything in it",
        )
    strange = missing_in(tables(connection), {name: part.columns for name, part in manifest.tables.items()})
    if strange:
        raise StoreError(
            f"the backup has what its schema does not: {', '.join(strange)}",
            retryable=False,
            hint="it was changed, or made by a program of other people; nothing was written",
        )


def _others(connection: Connection) -> int:
    """How many others are connected, once those that have just been stopped had time to go."""
    give_up = time.monotonic() + PATIENCE_S
    while (others := _number(connection, sql.SQL(_SQL["alone"]))) and time.monotonic() < give_up:
        connection.rollback()  # what a transaction sees of the others does not change
        time.sleep(0.1)
    return others


class _Filling:
    """The one transaction that fills the database."""

    def __init__(self, connection: Connection, reader: BackupReader, now: datetime, *, force: bool) -> None:
        self._connection = connection
        self._reader = reader
        self._now = now
        self._force = force
        self._plain = migration.flavour_of(connection) == migration.PLAIN

    def fill(self, progress: Progress) -> int:
        """Put all rows in, and everything that follows from them right; the number of messages given up."""
        known = tables(self._connection)
        if self._force:
            self._empty(list(known))
        for name, table in known.items():
            if name in self._reader.manifest.tables:
                self._fill_table(table, progress)
        self._continue_sequences()
        self._connection.execute(_SQL["begin_anew"], {"days": self._reader.manifest.days.get("observation", [])})
        self._connection.execute(_SQL["release_leases"])
        return self._connection.execute(_SQL["give_up_overdue"], {"now": self._now}).rowcount

    def _empty(self, known: list[str]) -> None:
        """The summaries first: on TimescaleDB they are views of their own rows."""
        summaries = ["summary_1d", "summary_1h", "summary_10m"]
        rest = [*known, "observation_touched", "summary_rebuild", "retention_run", "account_session"]
        groups = [[name] for name in (*summaries, *READINGS)] + [[name for name in rest if name not in READINGS]]
        for group in groups:
            self._connection.execute(composed(_SQL["empty_tables"], tables=names(group)))

    def _fill_table(self, table: Table, progress: Progress) -> None:
        part = self._reader.manifest.tables[table.name]
        if self._plain and table.name in READINGS:
            days = self._reader.manifest.days.get(table.name, [])
            self._connection.execute(_SQL["make_room"], {"table": table.name, "days": days})
        record, columns = sql.Identifier(f"backup of {table.name}"), names(part.columns)
        target = sql.Identifier(table.name)
        self._connection.execute(composed(_SQL["record_type"], record=record, columns=columns, table=target))
        statement = composed(
            _SQL["import_rows"],
            table=target,
            record=record,
            columns=columns,
            zeroed=sql.SQL("").join(sql.SQL(", ") + sql.Identifier(name) for name in table.zeroed),
            zeros=sql.SQL("").join(sql.SQL(", '0'") for _ in table.zeroed),
        )
        for lines in self._reader.rows(table.name):
            self._connection.execute(statement, {"lines": lines})
            progress(table.name, len(lines))
        self._compare(table.name, part.rows)

    def _compare(self, table: str, wanted: int) -> None:
        found = _number(self._connection, composed(_SQL["count_rows"], table=sql.Identifier(table)))
        if found != wanted:
            raise StoreError(
                f"of {table} {found} of {wanted} rows went in; nothing was kept",
                retryable=False,
                hint="report it, with the names of the two versions",
            )

    def _continue_sequences(self) -> None:
        for sequence, last in self._reader.manifest.sequences.items():
            if last is not None:
                self._connection.execute(_SQL["continue_sequence"], {"sequence": sequence, "last": last})


def _sum_up(dsn: str, now: datetime) -> None:
    """Reckon the summaries; were this cut, the next process that keeps the database up would go on with it."""
    with connect(dsn) as connection:
        flavour = migration.flavour(connection)
    pool = open_pool(dsn, 1, 30.0)
    try:
        with translated("reckon the summaries"):
            maintenance.maintain(pool, flavour, now)
    finally:
        pool.close()


def _has_rows(connection: Connection, table: str) -> bool:
    return bool(_number(connection, composed(_SQL["has_rows"], table=sql.Identifier(table))))


def _number(connection: Connection, statement: sql.SQL | sql.Composed) -> int:
    found = connection.execute(statement).fetchone()
    assert found is not None
    return int(found[0])
