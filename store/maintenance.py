"""The housekeeping both flavours need: partitions, summaries, retention, folded counters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from store import intake, retention, statements
from store.connection import Connection, Pool
from store.migration import PLAIN

_SQL = statements.load("maintain")
_PLOUGHS = statements.load("ploughs")

WINDOW_BEHIND = timedelta(days=30)
WINDOW_AHEAD = timedelta(days=1)
KEEP_TOUCHED = timedelta(days=3)
KEEP_MINUTES = timedelta(days=2)
KEEP_QUARANTINED = 100_000
KEEP_QUARANTINED_BYTES = 256 * 1024 * 1024
"""Of each reason, so that one device that floods costs only what else came for the same reason."""
KEEP_FIRST_OF_UNKNOWN = 5
KEEP_NEWEST_OF_UNKNOWN = 2_000
"""Of each device nobody has claimed: at ten minutes, two weeks to replay once it is."""
KEEP_CONFLICTS = 1_000_000

# A window of one day is refused for days that do not begin at midnight UTC, hence the margin; only what
# was touched is reckoned anew, whatever the window.
_AGGREGATES = (("summary_10m", timedelta()), ("summary_1h", timedelta()), ("summary_1d", timedelta(days=1)))


def maintain(pool: Pool, flavour: str, now: datetime) -> None:
    """One round of housekeeping; safe to run from several processes and to cut at any point."""
    if flavour == PLAIN:
        _plain(pool, now)
    else:
        _timescale(pool)
    retention.retain(pool, flavour, now)
    with pool.connection() as connection:
        connection.execute(_SQL["prune_reckoned"])
        connection.execute(_SQL["prune_touched"], {"before": now - KEEP_TOUCHED})
        connection.execute(_PLOUGHS["prune_seen"], {"now": now, "before": now - KEEP_TOUCHED})
        connection.execute(_SQL["fold_counters"], {"before": now - KEEP_MINUTES})
    with pool.connection() as connection:
        bounds = {"most": KEEP_QUARANTINED, "most_bytes": KEEP_QUARANTINED_BYTES}
        connection.execute(_SQL["forget_quarantine"], bounds)
        of_each = {"first": KEEP_FIRST_OF_UNKNOWN, "newest": KEEP_NEWEST_OF_UNKNOWN}
        connection.execute(_SQL["forget_unknown"], {**bounds, **of_each})
        connection.execute(_SQL["forget_old_quarantine"], {"now": now})
        connection.execute(_SQL["forget_conflicts"], {"most": KEEP_CONFLICTS})
        intake.forget(connection)


def prepare_partitions(connection: Connection, now: datetime | None = None) -> None:
    """Make the partitions of the accepted window around ``now``, by default the server's (plain flavour)."""
    connection.execute(_SQL["create_partitions"], {"now": now, "behind": WINDOW_BEHIND, "ahead": WINDOW_AHEAD})


def _plain(pool: Pool, now: datetime) -> None:
    with pool.connection() as connection:
        prepare_partitions(connection, now)
        connection.execute(_SQL["rewind"])
    listed = True
    while listed:
        while _refresh_tables(pool):
            pass
        with pool.connection() as connection:
            listed = _list_rebuild(connection)


def _refresh_tables(pool: Pool) -> bool:
    """Take one round of transactions into the summary tables; whether there are more."""
    with pool.connection() as connection:
        connection.execute(_SQL["lock_summaries"])
        below, safe = _round(connection)
        touched = connection.execute(_SQL["touched_hours"], {"below": below}).fetchall()
        if touched:
            _clear(connection, [row[:2] for row in touched if row[2]])
            columns = {"datastream": [row[0] for row in touched], "hour": [row[1] for row in touched]}
            for name in ("refresh_10m", "refresh_1h", "refresh_1d"):
                connection.execute(_SQL[name], columns)
        connection.execute(_SQL["refreshed"], {"below": below})
    return below < safe


def _clear(connection: Connection, gone: Sequence[tuple[int, datetime]]) -> None:
    if gone:
        columns = {"datastream": [row[0] for row in gone], "hour": [row[1] for row in gone]}
        connection.execute(_SQL["clear_summaries"], columns)


def _list_rebuild(connection: Connection) -> bool:
    """List the hours of the next span whose summaries are to be reckoned anew; whether there was one."""
    with connection.transaction():
        span = connection.execute(_SQL["next_rebuild"]).fetchone()
        if span is not None:
            connection.execute(_SQL["prune_reckoned"])
            connection.execute(_SQL["list_hours"], {"since": span[0], "until": span[1]})
    return span is not None


def _timescale(pool: Pool) -> None:
    with pool.connection() as connection:
        connection.execute(_SQL["rewind"])
    with pool.connection() as connection, _autocommit(connection):
        if connection.execute(_SQL["take_turn"]).fetchone() != (True,):
            return
        try:
            _refresh_aggregates(connection)
            while _list_rebuild(connection):
                _refresh_aggregates(connection)
            _run_policies(connection)
        finally:
            if not connection.closed:
                connection.execute(_SQL["end_turn"])


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    """For procedures that commit by themselves; whoever gets the connection next has transactions again."""
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = False


def _refresh_aggregates(connection: Connection) -> None:
    below, _ = _round(connection)
    for since, until in connection.execute(_SQL["touched_days"], {"below": below}).fetchall():
        for summary, margin in _AGGREGATES:
            values = [summary, since - margin, until + margin]
            connection.execute("call refresh_continuous_aggregate(%s, %s, %s)", values)
    connection.execute(_SQL["refreshed"], {"below": below})


def _run_policies(connection: Connection) -> None:
    """Compress as the policies ask for where the server has no scheduler to run them."""
    for (job,) in connection.execute(_SQL["idle_jobs"]).fetchall():
        connection.execute("call run_job(%s)", [job])


def _round(connection: Connection) -> tuple[int, int]:
    found = connection.execute(_SQL["refresh_round"]).fetchone()
    assert found is not None
    return found[0], found[1]
