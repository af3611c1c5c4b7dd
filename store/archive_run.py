"""A month of a site goes to the archive, in one transaction.

The transaction sees one state of the rows from beginning to end, so exactly what was written is deleted; what arrives
meanwhile stays. The file is complete, read back and under its name before anything is deleted: a crash at any point leaves
the rows in the database, in a verified file, or in both, and the next run puts that right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa

from core.errors import StoreError
from store import month_rows, parquet_months, statements
from store.archive_work import TABLES, Archived, Work, begin, named, numbers_of, set_aside
from store.archiving import ArchiveEntry, Place, Progress
from store.connection import Connection
from store.month_rows import Merged
from store.months import OBSERVATIONS, Key, Kind, metadata
from store.parquet_months import MonthFile

_SQL = statements.load("archiving")
_LEAVE = statements.load("retention")


def archive_month(
    connection: Connection, place: Place, kind: Kind, month: date, now: datetime, progress: Progress
) -> Archived:
    """Move a month into its file; the transaction is the caller's to commit. Raises StoreError where the file is unfit."""
    known = begin(connection, place, kind, month)
    work = Work(connection, place, kind, month, known is not None and known.brought_back_at is not None, progress)
    work.numbers = numbers_of(connection, place, kind)
    if work.path.exists():
        parquet_months.check_belongs(work.path, kind, place.site_id, month)
        _check_newest(work, known)
    elif known is not None and known.brought_back_at is None:
        raise StoreError(
            f"the file {known.file} is not in the archive folder {place.folder}, so nothing can be added to it",
            retryable=False,
            hint="put it back; until then the late rows of its month stay in the database",
        )
    found = _write(work)
    _settle(work)
    values = {**named(work, found), "now": now}
    connection.execute(_SQL["note_archived"], values)
    return work.done


def _check_newest(work: Work, known: ArchiveEntry | None) -> None:
    """Raise StoreError for an older copy of the file. One with more rows is that of a run that was cut, and is gone on with."""
    rows = parquet_months.describe(work.path).rows
    if known is not None and rows < known.rows:
        raise StoreError(
            f"{work.path} has {rows} rows, but the file that was archived {known.rows}: it is an older copy",
            retryable=False,
            hint="put the newest copy of the file in its place",
        )


def _write(work: Work) -> MonthFile:
    """Write the file anew unless it has everything already; it then lies under its name, read back."""
    about = metadata(work.kind, work.place.site_id, work.month)
    is_new = not work.path.exists()
    aside, found = parquet_months.write_aside(work.path, work.kind, about, _merged(work))
    if is_new or work.changed:
        parquet_months.take_name(aside, work.path)
    else:
        parquet_months.forget_aside(aside)
        found = parquet_months.describe(work.path)
    work.done.rows, work.done.size = found.rows, found.size
    return found


def _merged(work: Work) -> Iterator[pa.Table]:
    """What the file is to hold, one datastream or vehicle after the other, in the order of their names."""
    stored = parquet_months.streams(work.path, work.kind) if work.path.exists() else iter(())
    held = next(stored, None)
    for key in work.numbers:
        while held is not None and held[0] < key:  # of something this database does not know
            yield held[1]
            held = next(stored, None)
        here = _here(work, key)
        work.done.deleted += here.num_rows
        if held is not None and held[0] == key:
            yield _note(work, key, month_rows.merge(work.kind, held[1], here, here_wins=work.here_wins))
            held = next(stored, None)
        elif here.num_rows:
            yield _note(work, key, Merged(here, here.num_rows, here.slice(0, 0), changed=True))
        work.progress(here.num_rows)
    while held is not None:
        yield held[1]
        held = next(stored, None)


def _here(work: Work, key: Key) -> pa.Table:
    name, values = work.kind.name, {**work.span, "number": work.numbers[key]}
    row = work.connection.execute(_SQL[f"columns_{name}"], values, binary=True).fetchone()
    assert row is not None
    return month_rows.table_of(work.kind, work.place.site_id, key, row)


def _note(work: Work, key: Key, merged: Merged) -> pa.Table:
    work.done.added += merged.added
    work.done.conflicts += merged.conflicts.num_rows
    work.changed = work.changed or merged.changed
    if merged.conflicts.num_rows:
        work.conflicts.append((work.numbers[key], merged.conflicts))
    return merged.table


def _settle(work: Work) -> None:
    """Let the rows leave the database, now that the file has them."""
    name, table = work.kind.name, TABLES[work.kind.name]
    for number, rows in work.conflicts:
        set_aside(work, number, rows)
    if work.kind is OBSERVATIONS:
        work.connection.execute(_LEAVE["touch_hours"], work.span)
        _keep_summaries(work)
    deleted = work.connection.execute(_LEAVE[f"delete_{table}"], work.span).rowcount
    if deleted != work.done.deleted:
        raise StoreError(
            f"of {work.month:%Y-%m} {work.done.deleted} rows of {name} were read but {deleted} would be deleted; "
            "nothing was",
            retryable=True,
            hint="run the archive again",
        )


def _keep_summaries(work: Work) -> None:
    """What the file adds to the summaries follows from the file alone, so nothing counts twice, whatever was cut before."""
    work.connection.execute(_SQL["forget_kept"], work.span)
    for key, table in parquet_months.streams(work.path, work.kind):
        if key in work.numbers:
            for step in month_rows.STEPS:
                values = {"number": work.numbers[key], "step": step, **month_rows.summarised(table, step)}
                work.connection.execute(_SQL["keep_archived"], values)
