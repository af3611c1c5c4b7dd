"""The rule that always fires: every minute a heartbeat goes through the outbox to an outside checker.

It says how old the newest beat of the synthetic device is, so a checker that hears something knows whether the way before
the rule is whole, and one that hears nothing for three minutes knows that the way after it is cut.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from alerts.messages import Texts
from alerts.system_messages import NAMESPACE, own_channels, system_body
from config.model import Site
from core.levels import Level
from core.watchdog import EVERY, LATE_AFTER
from store import Store
from store.alert_rows import NotificationRow


class Watchdog:
    """Rings once a minute where the site names a channel for it."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        known = {channel.id for channel in own_channels(site)}
        self._channel = site.people.watchdog if site.people.watchdog in known else ""
        self._next_at: datetime | None = None

    def round(self, now: datetime) -> int:
        """How many heartbeats were queued by ``now``. Raises StoreError."""
        # A clock that was set back must not silence it for the hour it was set back by.
        if not self._channel or (self._next_at is not None and self._next_at - EVERY <= now < self._next_at):
            return 0
        beat_at = self._store.watchdog.hops(self._site_no, self._channel).get("store")
        self._store.watchdog.ring(self._site_no, beat_at, [heartbeat(self._site, self._channel, beat_at, now)], now)
        self._next_at = now + EVERY
        return 1


def heartbeat(site: Site, channel: str, beat_at: datetime | None, now: datetime) -> NotificationRow:
    """The message of this minute. ``beat_at`` is when the newest beat came into the store, None where none ever did."""
    age = None if beat_at is None else now - beat_at
    whole = age is not None and age <= LATE_AFTER
    level = Level.NORMAL if whole else Level.DANGER
    seconds = "?" if age is None else str(int(age.total_seconds()))
    texts = Texts(
        subject_ja="雪守 定時確認" if whole else "【システム】雪守 定時確認: センサーからの経路が途切れています",
        subject_en="Yukimori heartbeat" if whole else "[System] Yukimori heartbeat: the way from the sensors is cut",
        text_ja=f"確認用の機器の信号がデータベースに届いてから {seconds} 秒です。",
        text_en=f"The signal of the synthetic device reached the database {seconds} s ago.",
    )
    details = {
        "ok": whole,
        "last_good_hop": "rule" if whole else "nothing before the rule",
        "ages_s": {"store": None if age is None else int(age.total_seconds()), "rule": 0},
    }
    minute = int(now.timestamp() // EVERY.total_seconds())
    return NotificationRow(
        id=uuid5(NAMESPACE, f"{site.id}|heartbeat|{channel}|{minute}"),
        episode=None,
        seq=0,
        channel=channel,
        level=Level.NORMAL,
        body=system_body(site, "heartbeat", level, texts, now, details=details)
        | {"status": "resolved" if whole else "firing"},
        queued_at=now,
        deadline_at=now + LATE_AFTER,
        audience="watchdog",
        thread="heartbeat",
        purpose="heartbeat",
    )
