"""One trial message a day on each channel of an audience of staff: a dead channel is noticed before the night it matters.

It goes the way of every message: outbox, lease, channel. One that cannot be delivered is a dead letter like any other, and
the administrators hear of it over the channels that are left.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid5

from alerts.messages import Texts
from alerts.system_messages import NAMESPACE, staff_channels, system_body
from config.model import Site
from core.levels import Level
from core.times import JST
from store import Store
from store.alert_rows import NotificationRow

FROM = time(9, 0)
"""When it goes out (Asia/Tokyo): in office hours, so that somebody is there to mend what it shows."""

UNTIL = time(17, 0)
"""After that it waits for the next morning: nobody is woken by a trial."""

_DEADLINE = timedelta(hours=2)


class Canary:
    """Sends the day's trial once, whoever restarts in between."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._sent: date | None = None

    def round(self, now: datetime) -> int:
        """How many trial messages were handed over by ``now``. Raises StoreError; the next round does the same."""
        here = now.astimezone(JST)
        if not self._site.people.canary or self._sent == here.date() or not FROM <= here.time() < UNTIL:
            return 0
        messages = trial(self._site, here.date(), now)
        if messages:
            self._store.outgoing.queue(self._site_no, messages)
        self._sent = here.date()
        return len(messages)


def trial(site: Site, day: date, now: datetime) -> list[NotificationRow]:
    """The trial messages of a day; the same ids however often they are made, so none is queued twice."""
    audience = next((known for known in site.people.audiences if known.id == site.people.canary), None)
    if audience is None or audience.residents:
        return []
    usable = {channel.id for channel in staff_channels(site)}
    texts = Texts(
        subject_ja=f"【試験】雪守 定時の試験送信（{day:%m月%d日}）",
        subject_en=f"[Trial] Yukimori daily trial message ({day:%d %B})",
        text_ja="これは連絡手段が働いていることを確かめるための試験です。災害の情報ではありません。毎朝届かないときは管理者に知らせてください。",
        text_en="This only shows that the channel works. It is no disaster information. Tell the administrator if it does not come each morning.",
    )
    body = system_body(site, "canary", Level.NORMAL, texts, now) | {"status": "resolved"}
    return [
        NotificationRow(
            id=uuid5(NAMESPACE, f"{site.id}|canary|{channel}|{day.isoformat()}"),
            episode=None,
            seq=0,
            channel=channel,
            level=Level.NORMAL,
            body=body,
            queued_at=now,
            deadline_at=now + _DEADLINE,
            audience=audience.id,
            thread=f"canary {channel}",
            purpose="canary",
        )
        for channel in audience.channels
        if channel in usable
    ]
