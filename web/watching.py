"""What the processes say of themselves and what is wrong with the system, for health and metrics.

At most one request at a time asks the database; whoever comes meanwhile, or right after, gets what is known.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store
from store.watching import Incident, ProcessState
from web.delivery_watch import DeliveryStanding, read_delivery

SILENT_AFTER = timedelta(seconds=60)
KEPT_FOR = timedelta(seconds=2)
NOT_COLLECTING = ("spooling", "full", "stopped")
"""Modes in which nothing a collector hears reaches the database."""
SERIOUS = ("database-away", "spool-full", "broker-away", "client-id-in-use", "collector-dead")
"""Kinds of incident with which the pages do not show everything that arrives."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the processes last said, and the incidents that last."""

    processes: tuple[ProcessState, ...] = ()
    incidents: tuple[Incident, ...] = ()
    idle: tuple[str, ...] = ()
    """Processes that have nothing to do for the site: nobody misses them."""
    delivery: DeliveryStanding = field(default_factory=DeliveryStanding)

    @property
    def wanted(self) -> list[ProcessState]:
        """The processes that should be at work: without collectors beyond the number there now is of them."""
        collectors = [each for each in self.processes if each.process == "collect"]
        newest = max(collectors, key=lambda each: each.beat_at, default=None)
        most = newest.state.get("of", 1) if newest is not None else 1
        return [
            each
            for each in self.processes
            if each.process not in self.idle
            and (each.process != "collect" or not each.member.isdecimal() or int(each.member) <= most)
        ]

    def complaints(self, now: datetime) -> Iterator[str]:
        """Why this is not a system at work, one line each; nothing where it is."""
        for each in self.wanted:
            silent = now - each.beat_at
            mode = each.state.get("mode")
            if silent > SILENT_AFTER:
                yield f"{each.process} {each.member}: last heard {int(silent.total_seconds())} s ago"
            elif mode in NOT_COLLECTING:
                yield f"{each.process} {each.member}: {mode}, {each.state.get('spool_messages', 0)} messages wait on its disk"
        for incident in self.incidents:
            if incident.kind in SERIOUS:
                yield f"{incident.kind} ({incident.subject}) since {incident.opened_at.isoformat(timespec='seconds')}"
        yield from self.delivery.complaints(now)


class SystemWatch:
    """Reads the standing, at most every two seconds."""

    def __init__(self, town: Site, store: Store, site: int, clock: Clock, *, idle: tuple[str, ...] = ()) -> None:
        self._town, self._store, self._site, self._clock, self._idle = town, store, site, clock, idle
        self._asking = threading.Lock()
        self._known = Standing()
        self._read_at: datetime | None = None

    def standing(self) -> Standing:
        """The standing of now, or of a moment ago; what is known where the database fails."""
        if self._read_at is not None and timedelta() <= self._clock() - self._read_at < KEPT_FOR:
            return self._known
        if not self._asking.acquire(blocking=False):
            return self._known
        try:
            watching = self._store.watching
            processes, incidents = watching.processes(self._site), watching.incidents(self._site)
            delivery = read_delivery(self._town, self._store, self._site, self._clock())
            self._known = Standing(tuple(processes), tuple(incidents), self._idle, delivery)
            self._read_at = self._clock()
        except StoreError:
            return self._known
        finally:
            self._asking.release()
        return self._known
