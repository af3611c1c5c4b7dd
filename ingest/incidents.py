"""What goes wrong with collecting: noted at once, kept in a file, told to the database as soon as it is there.

Whoever notices something must not wait, least of all for the database it is about.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import StoreError
from store import Store
from store.rows import Batch

log = logging.getLogger(__name__)

DATABASE_AWAY = "database-away"
SPOOL_FULL = "spool-full"
SPOOL_DAMAGED = "spool-damaged"
BROKER_AWAY = "broker-away"
SESSION_LOST = "session-lost"
CLIENT_ID_IN_USE = "client-id-in-use"
QOS0_DROPPED = "qos0-dropped"
COLLECTOR_DEAD = "collector-dead"
KINDS = (
    DATABASE_AWAY,
    SPOOL_FULL,
    SPOOL_DAMAGED,
    BROKER_AWAY,
    SESSION_LOST,
    CLIENT_ID_IN_USE,
    QOS0_DROPPED,
    COLLECTOR_DEAD,
)
"""What a collector tells; the subject is the collector. That it is dead is told by another, and ended by itself."""
LASTING = (DATABASE_AWAY, SPOOL_FULL, BROKER_AWAY, CLIENT_ID_IN_USE)
"""What may last longer than the collector that saw it begin."""

MOST_NOTICES = 10_000


@dataclass(frozen=True, slots=True)
class Notice:
    """Something began, or ended, at an instant."""

    kind: str
    began: bool
    at: datetime
    detail: Mapping[str, Any]


class IncidentBook:
    """The incidents of one collector (``subject``), and counters no batch carries; safe from several threads.

    ``keep`` writes to ``file`` what the database does not know yet, so that it survives a restart. Without a file
    it is only remembered.
    """

    def __init__(self, subject: str, file: Path | None = None) -> None:
        self._subject = subject
        self._file = file
        self._lock = threading.Lock()
        self._notices: deque[Notice] = deque(maxlen=MOST_NOTICES)
        self._counts: Counter[str] = Counter()
        self._open: dict[str, datetime] = {}
        self._changed = False
        self._compared = False
        if file is not None:
            self._load(file)

    @property
    def open(self) -> dict[str, datetime]:
        """What is wrong now, by kind, with the instant it began."""
        with self._lock:
            return dict(self._open)

    @property
    def notices(self) -> list[Notice]:
        """What the database does not know yet, oldest first."""
        with self._lock:
            return list(self._notices)

    def began(self, kind: str, at: datetime, **detail: Any) -> None:
        """Something is wrong since ``at``; nothing new where that is known."""
        with self._lock:
            if kind not in self._open:
                self._open[kind] = at
                self._add(Notice(kind, began=True, at=at, detail=detail))

    def ended(self, kind: str, at: datetime, **detail: Any) -> None:
        """It is over since ``at``; nothing where it was not open."""
        with self._lock:
            if self._open.pop(kind, None) is not None:
                self._add(Notice(kind, began=False, at=at, detail=detail))

    def happened(self, kind: str, since: datetime, until: datetime, **detail: Any) -> None:
        """Something was wrong from ``since`` to ``until`` and is over."""
        with self._lock:
            self._add(Notice(kind, began=True, at=since, detail=detail))
            self._add(Notice(kind, began=False, at=until, detail={}))

    def count(self, name: str, number: int) -> None:
        """Add to a counter of the site."""
        with self._lock:
            self._counts[name] += number
            self._changed = True

    def keep(self) -> None:
        """Write what the database does not know yet to the file, where it changed."""
        with self._lock:
            if not self._changed or self._file is None:
                return
            self._changed = False
            notices = [{**asdict(each), "at": each.at.isoformat()} for each in self._notices]
            text = json.dumps({"notices": notices, "counts": dict(self._counts)})
        try:
            draft = self._file.with_suffix(".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._file)
        except OSError as error:
            log.warning("incidents cannot be kept in %s (%s)", self._file, error)

    def deliver(self, store: Store, site: int, now: datetime) -> None:
        """Tell the database everything it does not know yet, in order. Raises StoreError; the rest is told next time."""
        if not self._compared:
            self._close_those_of_an_earlier_run(store, site, now)
            self._compared = True
        while notices := self.notices:
            notice = notices[0]
            tell = store.watching.open_incident if notice.began else store.watching.close_incident
            tell(site, notice.kind, self._subject, notice.at, notice.detail)
            with self._lock:
                if self._notices and self._notices[0] == notice:
                    self._notices.popleft()
                self._changed = True
        self._deliver_counts(store, site)
        self.keep()

    def _deliver_counts(self, store: Store, site: int) -> None:
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._changed |= bool(counts)
        if not counts:
            return
        try:
            store.append(site, Batch(counts=dict(counts)))
        except StoreError:
            with self._lock:
                self._counts.update(counts)
            raise

    def _close_those_of_an_earlier_run(self, store: Store, site: int, now: datetime) -> None:
        """What an earlier run left open and this one does not see is over."""
        expected = {notice.kind for notice in self.notices} | set(self.open)
        for incident in store.watching.incidents(site):
            if incident.subject == self._subject and incident.kind in KINDS and incident.kind not in expected:
                store.watching.close_incident(site, incident.kind, self._subject, now)

    def _add(self, notice: Notice) -> None:
        self._notices.append(notice)
        self._changed = True

    def _load(self, file: Path) -> None:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            self._notices.extend(
                Notice(each["kind"], each["began"], datetime.fromisoformat(each["at"]), each["detail"])
                for each in found["notices"]
            )
            self._counts.update(found["counts"])
            self._take_up()
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("incidents kept in %s cannot be read (%s)", file, error)

    def _take_up(self) -> None:
        """What an earlier run saw begin and not end may last; whoever sees it is well says so."""
        for notice in self._notices:
            if not notice.began:
                self._open.pop(notice.kind, None)
            elif notice.kind in LASTING:
                self._open[notice.kind] = notice.at
