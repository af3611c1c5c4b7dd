"""The housekeeping both flavours need: partitions, summaries, retention, folded counters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from store import statements
from store.connection import Connection, Pool
from store.migration import PLAIN

_SQL = statements.load("maintain")

WINDOW_BEHIND = timedelta(days=30)
WINDOW_AHEAD = timedelta(days=1)
KEEP_OBSERVATIONS = timedelta(days=3653)
KEEP_POSITIONS = timedelta(days=400)
KEEP_TOUCHED = timedelta(days=3)
KEEP_MINUTES = timedelta(days=2)
KEEP_QUARANTINED = 100_000
KEEP_QUARANTINED_BYTES = 256 * 1024 * 1024
"""Of each reason, so that one device that floods costs only what else came for the same reason."""
KEEP_CONFLICTS = 1_000_000

# A window of one day is refused for days that do not begin at midnight UTC, hence the margin; only what
# was touched is reckoned anew, whatever the window.
_AGGREGATES = (("summary_10m", timedelta()), ("summary_1h", timedelta()), ("summary_1d", timedelta(days=1)))


def maintain(pool: Pool, flavour: str, now: datetime) -> None:
    """One round of housekeeping; safe to run from several processes and to cut at any point."""
    if flavour == PLAIN:
        _plain(pool, now)
    else:
        _timescale(pool, now)
    with pool.connection() as connection:
        connection.execute(_SQL["prune_touched"], {"before": now - KEEP_TOUCHED})
        connection.execute(_SQL["fold_counters"], {"before": now - KEEP_MINUTES})
    with pool.connection() as connection:
        bounds = {"most": KEEP_QUARANTINED, "most_bytes": KEEP_QUARANTINED_BYTES}
        connection.execute(_SQL["forget_quarantine"], bounds)
        connection.execute(_SQL["forget_conflicts"], {"most": KEEP_CONFLICTS})


def prepare_partitions(connection: Connection, now: datetime | None = None) -> None:
    """Make the partitions of the accepted window around ``now``, by default the server's (plain flavour)."""
    connection.execute(_SQL["create_partitions"], {"now": now, "behind": WINDOW_BEHIND, "ahead": WINDOW_AHEAD})


def _plain(pool: Pool, now: datetime) -> None:
    with pool.connection() as connection:
        prepare_partitions(connection, now)
        connection.execute(_SQL["rewind"])
    while _refresh_tables(pool):
        pass
    with pool.connection() as connection:  # last, so that nothing goes that is not yet in the summaries
        connection.execute(_SQL["drop_partitions"], _keeping(now))


def _refresh_tables(pool: Pool) -> bool:
    """Take one round of transactions into the summary tables; whether there are more."""
    with pool.connection() as connection:
        connection.execute(_SQL["lock_summaries"])
        below, safe = _round(connection)
        touched = connection.execute(_SQL["touched_hours"], {"below": below}).fetchall()
        if touched:
            columns = {"datastream": [row[0] for row in touched], "hour": [row[1] for row in touched]}
            for name in ("refresh_10m", "refresh_1h", "refresh_1d"):
                connection.execute(_SQL[name], columns)
        connection.execute(_SQL["refreshed"], {"below": below})
    return below < safe


def _timescale(pool: Pool, now: datetime) -> None:
    with pool.connection() as connection:
        connection.execute(_SQL["rewind"])
    with pool.connection() as connection, _autocommit(connection):
        if connection.execute(_SQL["take_turn"]).fetchone() != (True,):
            return
        try:
            _refresh_aggregates(connection)
            _run_policies(connection, now)
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


def _run_policies(connection: Connection, now: datetime) -> None:
    """Do what the policies ask for where the server has no scheduler to run them."""
    jobs = connection.execute(_SQL["idle_jobs"]).fetchall()
    if jobs:
        connection.execute(_SQL["drop_chunks"], _keeping(now))
    for (job,) in jobs:
        connection.execute("call run_job(%s)", [job])


def _round(connection: Connection) -> tuple[int, int]:
    found = connection.execute(_SQL["refresh_round"]).fetchone()
    assert found is not None
    return found[0], found[1]


def _keeping(now: datetime) -> dict[str, Any]:
    return {"observations_before": now - KEEP_OBSERVATIONS, "positions_before": now - KEEP_POSITIONS}
