"""When nothing was evaluated for longer than a day, somebody is told from when to when: the log alone is read by nobody.

Shorter pauses are caught up with and told alert by alert, as detected late.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from alerts.evaluator import RETRO_LIMIT
from alerts.messages import Texts, jst
from alerts.system_messages import notice
from config.model import Site
from store import Store
from store.alert_rows import NotificationRow

_log = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
"""A round is noted so often: what is told of a pause is as exact."""


class PauseWatch:
    """Notes the rounds of a site's evaluator and tells of a pause that was too long, once. Exercises have none."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._noted_at: datetime | None = None

    def forget(self) -> None:
        """Look into the store at the next round: another evaluator may have gone round since."""
        self._noted_at = None

    def round(self, now: datetime) -> int:
        """How many messages were queued by ``now``, after a round of the evaluator. Raises StoreError; the next one does the same."""
        # A clock that was set back must not make it wait for the time it was set back by.
        noted = self._noted_at is not None and self._noted_at <= now < self._noted_at + EVERY
        if noted or self._site.exercise:
            return 0
        since = self._store.pauses.last_round(self._site_no)
        messages: list[NotificationRow] = []
        if since is None or now - since <= RETRO_LIMIT:
            self._store.pauses.note_round(self._site_no, now)
        else:
            _log.error("nothing was evaluated from %s to %s", jst(since), jst(now))
            messages = pause_notice(self._site, since, now)
            self._store.pauses.note_pause(self._site_no, since, now, messages)
        self._noted_at = now
        return len(messages)


def pause_notice(site: Site, since: datetime, now: datetime) -> list[NotificationRow]:
    """Tells the administrators from when to when nothing was evaluated, and what became of what was measured meanwhile."""
    begin, end, hours = jst(since), jst(now), int(RETRO_LIMIT / timedelta(hours=1))
    texts = Texts(
        subject_ja=f"【システム】{begin} から {end} まで警報の判定が止まっていました",
        subject_en=f"[System] nothing was evaluated from {begin} to {end}",
        text_ja=f"{begin} から {end} まで、観測値が警報の基準に達したかを判定していません。この間の警報は誰にも知らせていません。\n"
        "知らせがなかったことは、安全だったことを示しません。\n"
        "この間に届いて保存された値はいま順に判定し、結果を「検出が遅れました」と付けて知らせます。"
        f"順番どおりに届かなかった {hours} 時間より前の値は、記録だけで判定しません。\n"
        "判定の処理（evaluate）がなぜ止まっていたかを調べ、この間に起きたことをほかの記録でも確かめてください。",
        text_en=f"From {begin} to {end} nothing was compared with the thresholds, and nobody was told of any alert.\n"
        "That nothing was said does not mean that it was safe.\n"
        "What was stored meanwhile is evaluated now, in order, and told as detected late. "
        f"Values of more than {hours} hours ago that came out of order are kept and not evaluated.\n"
        "Find out why the evaluator stood still, and look into other records of that time.",
    )
    details = {"since": since.isoformat(), "until": now.isoformat()}
    return notice(site, since.isoformat(), "not-evaluated", texts, now, details=details)
