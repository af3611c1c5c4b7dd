"""How far the watchdog's beat comes: over the broker into the store, over the rule into the outbox, over the channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.watchdog import DEVICE
from store import statements
from store.alert_rows import NotificationRow
from store.outbox import queue
from store.part import Part

_SQL = statements.load("watchdog")


class WatchdogHops(Part):
    """When the beat passed each hop. ``site`` is the store's number of the site."""

    def hops(self, site: int, channel: str) -> dict[str, datetime]:
        """The last passage by hop (``store``, ``rule``, ``channel``); one nothing has passed yet is not in it."""
        values = {"site": site, "device": DEVICE, "channel": channel}
        with self._transaction("read how far the watchdog's beat comes") as connection:
            return dict(connection.execute(_SQL["hops"], values).fetchall())

    def ring(self, site: int, beat_at: datetime | None, messages: Iterable[NotificationRow], now: datetime) -> None:
        """Queue heartbeats and note that the rule has looked; ``beat_at`` is the newest beat it found."""
        values = {"site": site, "hop": "rule", "beat_at": beat_at or now, "at": now}
        with self._transaction("ring the watchdog's bell") as connection:
            connection.execute(_SQL["pass"], values)
            queue(connection, site, messages)
