"""From what has to be told to messages in the outbox: to whom, over which channel, together with what, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.episodes import notification_id
from config.model import ChannelConfig, Site
from core.levels import Level
from store import Store
from store.rows import NotificationRow, TellingRow

_DEADLINE = timedelta(hours=6)
_DEADLINE_DANGER = timedelta(minutes=30)


class Dispatcher:
    """Hands what the evaluator wants told to the outbox; its state is the store's."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no

    def round(self, now: datetime) -> int:
        """How many messages were queued by ``now``. Raises StoreError; the next round then does the same work."""
        untold = self._store.untold(self._site_no)
        messages = [message for telling in untold for message in _messages(telling, self._site.channels, now)]
        if untold:
            self._store.tell(self._site_no, [(telling, "sent") for telling in untold], messages, now)
        return len(messages)


def _messages(telling: TellingRow, channels: Iterable[ChannelConfig], now: datetime) -> list[NotificationRow]:
    wait = _DEADLINE_DANGER if telling.reach == Level.DANGER else _DEADLINE
    return [
        NotificationRow(
            id=notification_id(telling.episode, telling.seq, telling.level, channel.id, "staff"),
            episode=telling.episode,
            seq=telling.seq,
            channel=channel.id,
            level=telling.level,
            body=telling.body,
            queued_at=now,
            deadline_at=now + wait,
            audience="staff",
        )
        for channel in channels
        if telling.reach >= channel.min_level
    ]
