"""A month of a site comes back from the archive, in one transaction; its file stays."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa

from core.errors import StoreError
from store import month_rows, parquet_months, statements
from store.archive_work import TABLES, Work, begin, named, numbers_of
from store.archiving import ArchiveEntry, Place, Progress
from store.connection import Connection
from store.months import OBSERVATIONS, Key, Kind
from store.parquet_months import MonthFile

_SQL = statements.load("archiving")
_LEAVE = statements.load("retention")


def bring_back(
    connection: Connection,
    place: Place,
    kind: Kind,
    month: date,
    now: datetime,
    keep_until: datetime,
    *,
    partitioned: bool,
    progress: Progress,
) -> int:
    """Put the rows of a month back; how many were missing. The transaction is the caller's to commit.

    The file stays. Of one time its row stays too, the first that came; another value is kept as a conflict. Raises StoreError where it is missing, damaged or not the one that was archived, or names a station or
    vehicle the database does not know.
    """
    known = begin(connection, place, kind, month)
    # What came back before may have been judged, and reckoned, anew; else what is here came later than the file's rows.
    here_wins = known is not None and known.brought_back_at is not None
    work = Work(connection, place, kind, month, here_wins=here_wins, progress=progress)
    work.numbers = numbers_of(connection, place, kind)
    found = _checked(work, known)
    span = work.span
    if partitioned:
        connection.execute(_SQL["make_room"], {"table": TABLES[kind.name], **span})
    returned = sum(_return(work, key, table) for key, table in parquet_months.streams(work.path, kind))
    if kind is OBSERVATIONS:
        connection.execute(_SQL["forget_kept"], span)
        connection.execute(_LEAVE["touch_hours"], span)
    values = {**named(work, found), "now": now, "keep_until": keep_until}
    connection.execute(_SQL["note_brought_back"], values)
    return returned


def _checked(work: Work, known: ArchiveEntry | None) -> MonthFile:
    """The file, where it is whole and the one that was archived."""
    if not work.path.exists():
        raise StoreError(
            f"there is no archive file {work.path}", retryable=False, hint="what there is: yukimori archive list"
        )
    parquet_months.check_belongs(work.path, work.kind, work.place.site_id, work.month)
    found = parquet_months.describe(work.path)
    if known is not None and known.sha256 != found.sha256:
        raise StoreError(
            f"{work.path} is not the file that was archived: its SHA-256 is {found.sha256[:12]}…, "
            f"that of the archived one {known.sha256[:12]}…",
            retryable=False,
            hint="where a run was cut, `yukimori archive run` again; else put a good copy of the file in its place",
        )
    return found


def _return(work: Work, key: Key, table: pa.Table) -> int:
    if key not in work.numbers:
        raise StoreError(
            f"{work.path} has rows of {'/'.join(key)}, which this database does not know",
            retryable=False,
            hint="name it in the site folder first, then bring the month back",
        )
    name, returned = work.kind.name, 0
    for columns in month_rows.portions(work.kind, table):
        values = {**columns, "number": work.numbers[key]}
        row = work.connection.execute(_SQL[f"return_{name}"], values).fetchone()
        assert row is not None
        returned += row[0]
        if row[1] and not work.here_wins:
            others = {column: [each[place - 1] for place in row[1]] for column, each in columns.items()}
            for statement in (f"yield_{name}", f"return_{name}"):
                work.connection.execute(_SQL[statement], {**work.span, **others, "number": work.numbers[key]})
        work.progress(len(columns["at"]))
    return returned
