"""The one reader behind all listeners: asks the store a few times a second and keeps the newest picture.

Requests and streams are served from the picture, so ten thousand readers cost the database what one
costs, and while the database is away the last state stays visible, marked as stale.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from config.model import Site
from core.errors import StoreError
from core.public_ploughs import PublicFix
from core.times import Clock
from store import Store
from store.rows import Changes, Registry
from web.picture import Change, Painter, Picture, Reading
from web.settings import WebSettings

log = logging.getLogger(__name__)

OnChange = Callable[[Picture, Change, datetime], None]


class Live:
    """The newest picture of a site. ``refresh`` may be called from any thread."""

    def __init__(
        self, site: Site, store: Store, registry: Registry, *, clock: Clock, settings: WebSettings, on_change: OnChange
    ) -> None:
        self._site = site
        self._store = store
        self._site_no = registry.site
        self._clock = clock
        self._settings = settings
        self._on_change = on_change
        self._painter = Painter(site, settings.recent_alerts)
        self._lock = threading.Lock()
        # Begins at the clock's milliseconds, so a restarted server never counts below what readers have seen.
        self._picture = Picture(version=int(clock().timestamp() * 1000))
        self._cursor: int | None = None
        self._read_at: datetime | None = None
        self._vehicles_due = 0.0
        self._received_at: datetime | None = None
        self._error: str | None = None
        self.attended = False

    @property
    def read_at(self) -> datetime | None:
        """When the store last answered; None before the first time."""
        return self._read_at

    @property
    def received_at(self) -> datetime | None:
        """When the newest reading of any sensor or vehicle reached the collector; None if none ever did."""
        return self._received_at

    @property
    def failing(self) -> bool:
        """Whether the last attempt to read the store failed."""
        return self._error is not None

    @property
    def error(self) -> str | None:
        """Why the last attempt to read the store failed; None where it did not."""
        return self._error

    def stale(self, now: datetime) -> bool:
        """Whether the picture is older than readers may take for live."""
        return self._read_at is None or now - self._read_at > self._settings.stale_after

    def away(self, now: datetime) -> bool:
        """Whether asking the store is in vain: it failed at the last attempt, or has not answered for long."""
        return self.failing or (self._read_at is not None and self.stale(now))

    def picture(self) -> Picture:
        """The newest picture; reads the store first where no poller does or nothing was read yet.

        Raises StoreError where nothing was ever read and the store is away.
        """
        if not self.attended or self._read_at is None:
            self.refresh()
        if self._read_at is None:
            raise StoreError("nothing has been read from the database yet", retryable=True)
        return self._picture

    def peek(self) -> Picture | None:
        """The newest picture without reading anything; None before the first reading."""
        return self._picture if self._read_at is not None else None

    def refresh(self) -> None:
        """Reads what changed; a store that is away leaves the picture as it is. Never raises."""
        with self._lock:
            try:
                now = self._clock()
                self._take(self._read(now), now)
            except StoreError as error:
                self._failed(str(error))
            except Exception as error:  # the one reader must outlive any mistake in a row; it is logged and retried
                log.exception("reading the picture failed")
                self._failed(type(error).__name__)

    def _read(self, now: datetime) -> Reading:
        complete = self._cursor is None
        changes = self._store.changes(self._site_no, self._cursor)
        episodes = changes.episodes
        if complete:
            since = now - self._settings.recent_alerts
            known = [*self._store.recent_episodes(self._site_no, since), *self._store.open_episodes(self._site_no)]
            episodes = [*episodes, *known]
        offline = self._store.watching.offline(self._site_no)
        shelters = self._store.shelters.latest(self._site_no)
        reading = Reading(now, complete, changes.values, episodes, self._positions(now), offline, shelters)
        self._cursor = changes.cursor
        self._note_arrivals(changes)
        return reading

    def _note_arrivals(self, changes: Changes) -> None:
        arrivals = [row.received_at for row in changes.values]
        known = [at for at in (self._received_at, changes.ploughs_heard_at) if at is not None]
        self._received_at = max([*arrivals, *known], default=None)

    def _positions(self, now: datetime) -> list[PublicFix] | None:
        begun = time.monotonic()
        if begun < self._vehicles_due:
            return None
        since = now - self._site.privacy.vehicle_delay - self._settings.vehicle_window
        rows = self._store.public_ploughs.newest(self._site_no, since)
        self._vehicles_due = begun + self._settings.vehicles_every.total_seconds()
        return rows

    def _take(self, reading: Reading, now: datetime) -> None:
        picture, change = self._painter.advance(self._picture, reading)
        returned = self._error is not None
        # The picture stands before the change is told: a reader that joins now misses nothing.
        self._picture, self._read_at, self._error = picture, now, None
        if returned:
            log.warning("the database answers again")
        if change or returned:
            self._on_change(picture, change, now)

    def _failed(self, reason: str) -> None:
        if self._error is None:
            log.warning("the database cannot be read, the last state stays visible: %s", reason)
        # After an outage it may be another database: everything is read again.
        self._cursor, self._error = None, reason


class Poller:
    """Refreshes a picture in its own thread until stopped; more often while ``heard`` says somebody listens."""

    def __init__(self, live: Live, settings: WebSettings, heard: Callable[[], bool]) -> None:
        self._live = live
        self._heard = heard
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web-poller", daemon=True)

    def start(self) -> None:
        """Begins; the picture is attended from now on."""
        self._live.attended = True
        self._thread.start()

    def stop(self) -> None:
        """Ends after the reading under way, waiting for it no longer than ``stop_within``."""
        self._stop.set()
        self._thread.join(self._settings.stop_within.total_seconds())
        self._live.attended = False

    def _run(self) -> None:
        while not self._stop.is_set():
            self._live.refresh()
            self._stop.wait(self._pause().total_seconds())

    def _pause(self) -> timedelta:
        if self._live.failing:
            return self._settings.retry_store_every
        return self._settings.poll_every if self._heard() else self._settings.poll_unheard_every
