"""From what has to be told to messages in the outbox: to whom, over which channel, together with what, and when."""

from __future__ import annotations

from datetime import datetime

from alerts.dispatch_plan import plan
from alerts.weather_context import in_force
from config.model import Site
from core.model import StationKind
from store import Store
from store.dispatching import News


class Dispatcher:
    """Hands what the evaluator wants told to the outbox. What it knows is the store's: another one goes on where it was.

    No round may be asked for before every rule was evaluated once: an alert could be told whose inhibitor is not there yet.
    """

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._news: tuple[News, frozenset[StationKind]] | None = None
        self._look_at: datetime | None = None
        self._looked_at: datetime | None = None

    def forget(self) -> None:
        """Look at everything again at the next round."""
        self._news = None

    def round(self, now: datetime) -> int:
        """How many messages were queued by ``now``. Raises StoreError; the next round then does the same work.

        One look where nothing came and nothing is due. A clock that was set back delays nothing.
        """
        warnings = self._store.warnings.standing(self._site_no) if self._site.jma is not None else []
        news = (self._store.dispatching.news(self._site_no), in_force(warnings, now))
        set_back = self._looked_at is not None and now < self._looked_at
        if news == self._news and not set_back and (self._look_at is None or now < self._look_at):
            return 0
        standing = self._store.dispatching.standing(self._site_no, now)
        acknowledged = {
            episode: ack.level for episode, ack in self._store.acknowledgements.holding(self._site_no, now).items()
        }
        decided = plan(self._site, standing, acknowledged, now, warnings)
        if decided.dispatch.changes:
            self._store.dispatching.save(self._site_no, decided.dispatch, now)
        self._news, self._look_at, self._looked_at = news, decided.look_at, now
        return len(decided.dispatch.messages)
