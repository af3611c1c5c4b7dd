"""What messages said leaves the database once a town keeps it no longer; that they were sent, to whom and when, stays.

Episodes, their steps, acknowledgements, calls and the audit are small, and evidence: they stay for ever. Nothing leaves
that lasts, waits, was given up or is of unknown fate, that went out to residents or is what a message to residents stands
on, or that people were called for and nobody answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store import statements
from store.connection import Pool

_SQL = statements.load("message_keeping")
AT_A_TIME = 2_000
HEARTBEATS_FOR = timedelta(days=7)
"""The watchdog's, one a minute: the checker outside keeps its own book of them."""


def let_go(pool: Pool, now: datetime) -> None:
    """Let go, in batches, of what messages said before the keeping of each site; safe to cut at any point."""
    for name in ("let_go_messages", "let_go_tellings", "forget_heartbeats", "forget_external_alerts"):
        while _some(pool, name, now) >= AT_A_TIME:
            pass


def _some(pool: Pool, name: str, now: datetime) -> int:
    """One batch; how many rows it was."""
    values = {"now": now, "before": now - HEARTBEATS_FOR, "most": AT_A_TIME}
    with pool.connection() as connection:
        found = connection.execute(_SQL[name], values).fetchone()
    assert found is not None
    number: int = found[0]
    return number
