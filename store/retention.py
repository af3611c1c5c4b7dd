"""What is past its keeping leaves the database, but never the summaries.

Sites that share a database keep their rows for different times. A partition (on TimescaleDB a chunk) is dropped as a
whole once no site keeps rows in it; where one still does, the rows of the others are deleted from it. Rows of a site that
archives do not leave this way before the archive has them: where ``archive_after`` comes before the end of the keeping,
only the archive takes them out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from store import message_keeping, statements
from store.connection import Connection, Pool

_SQL = statements.load("retention")
_TRACKS = statements.load("ploughs")
TRACKS_AT_A_TIME = 10_000
_CREW = statements.load("crew")
OPEN_FOR = timedelta(days=31)
"""Partitions that ended less long ago are inside the window rows are accepted for: they stay, whatever is in them."""


@dataclass(frozen=True, slots=True)
class _Keeping:
    """How long a site keeps the rows of one table; None leaves them to the archive."""

    site: int
    keep: timedelta | None


@dataclass(frozen=True, slots=True)
class _Partition:
    """A partition or chunk: the rows of ``table`` in [since, until)."""

    table: str
    since: datetime
    until: datetime

    @property
    def span(self) -> dict[str, datetime]:
        """Its bounds as parameters."""
        return {"since": self.since, "until": self.until}


def retain(pool: Pool, flavour: str, now: datetime) -> None:
    """Let go what is past its keeping; does nothing within an hour of the last time."""
    with pool.connection() as connection:
        if connection.execute(_SQL["take_hour"], {"now": now}).fetchone() is None:
            return
        observations, positions = _keepings(connection)
        connection.execute(_CREW["forget"], {"now": now})
    for table, keepings in (("observation", observations), ("vehicle_position", positions)):
        for partition in _past_partitions(pool, flavour, table, now):
            _tend(pool, flavour, partition, keepings, now)
    while _forget_tracks(pool, now):
        pass
    message_keeping.let_go(pool, now)


def _forget_tracks(pool: Pool, now: datetime) -> bool:
    """Forget tracks that are as old as the positions a site keeps no longer, archived or not; whether there may be more."""
    with pool.connection() as connection:
        found = connection.execute(_TRACKS["forget_tracks"], {"now": now, "most": TRACKS_AT_A_TIME}).fetchone()
    return found is not None and found[0] >= TRACKS_AT_A_TIME


def _keepings(connection: Connection) -> tuple[list[_Keeping], list[_Keeping]]:
    observations, positions = [], []
    for site, keep_observations, keep_positions, archive_after in connection.execute(_SQL["keepings"]):
        observations.append(_Keeping(site, _unless_archived(keep_observations, archive_after)))
        positions.append(_Keeping(site, _unless_archived(keep_positions, archive_after)))
    return observations, positions


def _unless_archived(keep: timedelta, archive_after: timedelta | None) -> timedelta | None:
    """What the site says, unless the archive takes the rows before: then they wait for it."""
    return None if archive_after is not None and archive_after < keep else keep


def _past_partitions(pool: Pool, flavour: str, table: str, before: datetime) -> list[_Partition]:
    with pool.connection() as connection:
        rows = connection.execute(_SQL[f"partitions_{flavour}"], {"table": table, "before": before})
        return [_Partition(table, since, until) for since, until in rows]


def _tend(pool: Pool, flavour: str, partition: _Partition, keepings: Sequence[_Keeping], now: datetime) -> None:
    """Drop the partition, or delete what is past its keeping from it, or leave it."""
    with pool.connection() as connection:
        called_back = _brought_back(connection, partition)
        past = {
            each.site
            for each in keepings
            if each.keep is not None and partition.until <= now - each.keep and each.site not in called_back
        }
        is_open = partition.until > now - OPEN_FOR
        if is_open and not past:
            return
        kept_by = _having_rows(connection, partition, {each.site for each in keepings} - past)
        stays = bool(kept_by) or is_open
        leaving = _having_rows(connection, partition, past) if stays else past
        empty = not stays and not past and _rows(connection, partition) == 0
    if stays and leaving:
        with pool.connection() as connection:
            _delete(connection, partition, leaving)
    elif not stays and (past or empty):
        _drop(pool, flavour, partition)


def _brought_back(connection: Connection, partition: _Partition) -> set[int]:
    kind = {"observation": "observations", "vehicle_position": "positions"}[partition.table]
    return {site for (site,) in connection.execute(_SQL["brought_back"], {"kind": kind, **partition.span})}


def _having_rows(connection: Connection, partition: _Partition, sites: Collection[int]) -> set[int]:
    table, values = partition.table, {"sites": sorted(sites), **partition.span}
    return {site for (site,) in connection.execute(_SQL[f"sites_{table}"], values)} if sites else set()


def _rows(connection: Connection, partition: _Partition) -> int:
    table = partition.table
    found = connection.execute(_SQL[f"rows_{table}"], partition.span).fetchone()
    assert found is not None
    number: int = found[0]
    return number


def _delete(connection: Connection, partition: _Partition, sites: Collection[int]) -> None:
    """Delete what these sites have in the partition, in one transaction that sees one state of it."""
    table = partition.table
    connection.execute("set transaction isolation level repeatable read")
    connection.execute(_SQL["lift_decompression_limit"])
    found = connection.execute(_SQL[f"numbers_{table}"], {"sites": sorted(sites)}).fetchone()
    assert found is not None
    values = {"numbers": found[0], **partition.span}
    if table == "observation":
        connection.execute(_SQL["keep_summaries"], values)
        connection.execute(_SQL["touch_hours"], values)
    connection.execute(_SQL[f"delete_{table}"], values)


def _drop(pool: Pool, flavour: str, partition: _Partition) -> None:
    """Drop the partition, unless it got rows while it was summed up, or is in use: then in an hour."""
    table = partition.table
    try:
        with pool.connection() as connection:
            rows = _rows(connection, partition)
            if rows and table == "observation":
                everything = {"numbers": None, **partition.span}
                connection.execute(_SQL["keep_summaries"], everything)
                connection.execute(_SQL["touch_hours"], everything)
            connection.execute(_SQL["lock_patience"])
            connection.execute(_SQL[f"lock_{table}"])
            if _rows(connection, partition) != rows:
                connection.rollback()
                return
            values = {"table": table, **partition.span}
            connection.execute(_SQL[f"drop_{flavour}"], values)
    except psycopg.errors.LockNotAvailable:
        return
