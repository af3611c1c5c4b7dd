"""The collector: takes what has arrived, makes it durable, then acknowledges it. Nothing else is between.

Where it makes it durable is its mode:

    direct ──(the database is away for 5 s)──► spooling ◄──(fails again)── draining
      ▲                                          │   ▲  └─(it took something)─► │ │
      │                                          ▼   │                          │ │
      │                                          full (the spool takes no more) │ │
      └────────────────────────(the spool is empty)─────────────────────────────┘

direct: into the database. While one batch is being committed the next one arrives and is read; batches grow with the load.
spooling: into the spool on disk; now and then its oldest messages are tried on the database.
draining: new messages into the database, and in between those of the spool, oldest first, at most half of the time.
full: nowhere. Nothing is taken or acknowledged, so the broker keeps what it can, until there is room again.

The order in which messages reach the database does not matter: keys make repeats harmless, and the newest value is
the newest by its own time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.times import Clock, utc_now
from ingest.draining import Drained, Draining
from ingest.incidents import DATABASE_AWAY, SPOOL_DAMAGED, SPOOL_FULL
from ingest.inlets import Inlet
from ingest.pace import Mode, Pace
from ingest.session import Received
from ingest.spool import Spool
from ingest.writer import Job, Writer, is_outage, may_heal

log = logging.getLogger(__name__)

MOST_PER_BATCH = 2_000


class Collector:
    """A session, a writer to the database and a spool; what goes wrong is noted in the book of the session.

    ``clock`` gives the instants of incidents, ``monotonic`` seconds that only go forward.
    """

    def __init__(
        self,
        session: Inlet,
        writer: Writer,
        spool: Spool,
        *,
        pace: Pace | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._writer, self._spool = session, writer, spool
        self._pace = pace or Pace()
        self._clock, self._monotonic = clock, monotonic
        self._draining = Draining(spool, writer)
        self._stop = threading.Event()
        self._alive: Callable[[], None] = _nothing
        self._held: list[Received] = []
        self._ready: tuple[list[Received], Job] | None = None
        self._attempt: Job | None = None
        self._forsaken: Job | None = None
        self._answers = False
        self._retry_s = self._pace.first_retry_s
        self._next_attempt = self._next_portion = 0.0
        self._taken = self._spooled = self._lost_told = 0
        self.mode = Mode.DIRECT if spool.empty and writer.target is not None else Mode.SPOOLING
        self._rounds = {
            Mode.DIRECT: self._direct,
            Mode.SPOOLING: self._spooling,
            Mode.DRAINING: self._drain,
            Mode.FULL: self._full,
        }

    def run(self, stop: threading.Event, alive: Callable[[], None]) -> None:
        """Collect until ``stop`` is set; then what is already taken is finished, the rest stays at the broker.

        ``alive`` is called each time around, at least twice a second, whatever is away. Raises StartError where the
        session cannot go on.
        """
        self._stop, self._alive = stop, alive
        while not stop.is_set() or self._ready:
            alive()
            self._rounds[self.mode]()

    def put_away(self) -> None:
        """After the session was stopped: what no broker sends again goes to the spool, to be written next time."""
        rest = [*self._held, *self._read_ahead()]
        while more := self._session.take(0, self._session.waiting):
            rest += more
        once = [received.message for received in rest if not received.message.qos]
        dropped = len(once) - self._spool.append(once) if once else 0
        if dropped:
            self._session.book.count("messages_dropped_qos0", dropped)

    def state(self) -> dict[str, Any]:
        """How it is, in words and numbers that can be written as JSON; to be asked from within ``alive``."""
        spool = self._spool.state
        return {
            "mode": str(self.mode),
            "connected": self._session.connected,
            "last_heard": _iso(self._session.last_heard),
            "in_flight": self._session.waiting + len(self._held) + len(self._ready[0] if self._ready else ()),
            "taken": self._taken,
            "spooled": self._spooled,
            "spool_messages": spool.messages,
            "spool_bytes": spool.bytes,
            "spool_oldest": _iso(spool.oldest),
            "spool_full": spool.full,
            "incidents": {kind: at.isoformat() for kind, at in self._session.book.open.items()},
        }

    # One round of each mode

    def _direct(self) -> None:
        ready, self._ready = self._ready or self._read(self._pace.idle_s), None
        if ready and not self._wrote(*ready):
            self._keep(ready[0] + self._read_ahead())

    def _spooling(self) -> None:
        taken = self._take(self._pace.idle_s)
        if taken:
            self._keep(taken)
        if self.mode is Mode.SPOOLING:
            self._try_database()

    def _drain(self) -> None:
        taken = self._take(0)
        if taken and not self._wrote(taken):
            self._keep(taken)
            return
        begun = self._monotonic()
        if taken and begun < self._next_portion:
            return
        job = self._draining.begin()
        if job is None:  # the spool cannot be read just now: new messages do not wait for it
            self._next_portion = begun + self._pace.slowest_retry_s
            if not taken:
                self._stop.wait(self._pace.idle_s)
        elif self._has_ended(job):
            self._settle(job)
            share = self._pace.live_share
            self._next_portion = self._monotonic() + (self._monotonic() - begun) * share / (1 - share)
        else:
            self._attempt = job
            self._turn_away("it does not answer", self._clock())

    def _full(self) -> None:
        self._stop.wait(self._pace.idle_s)
        self._session.look_after()
        self._try_database()
        held, self._held = self._held, []
        if self._spool.empty and self._answers and self._attempt is None and self._wrote(held):
            self._session.book.ended(SPOOL_FULL, self._clock())
            self._become(Mode.DIRECT)
        else:
            self._keep(held)

    # What they are made of

    def _take(self, wait_s: float) -> list[Received]:
        taken = self._session.take(wait_s, MOST_PER_BATCH)
        self._taken += len(taken)
        return taken

    def _read(self, wait_s: float) -> tuple[list[Received], Job] | None:
        """What has arrived, as rows already; None where nothing has."""
        taken = self._take(wait_s)
        return (taken, self._writer.read(_job(taken))) if taken else None

    def _read_ahead(self) -> list[Received]:
        """What was read and not given to the database; it is not any more."""
        ready, self._ready = self._ready, None
        return ready[0] if ready else []

    def _wrote(self, taken: list[Received], job: Job | None = None) -> bool:
        """Whether the database has them, within our patience; then they are acknowledged."""
        job = job or _job(taken)
        was_read = job.batch is not None
        since = self._clock()
        give_up = self._monotonic() + self._pace.patience_s
        wait_s = self._pace.first_retry_s
        while True:
            self._writer.give(job)
            if was_read and not self._ready and self._session.waiting and not self._stop.is_set():
                self._ready = self._read(0)
            if not self._has_ended(job, give_up):
                self._forsaken = job
                self._turn_away("it does not answer", since)
                return False
            if job.error is None:
                self._session.acknowledge(taken)
                return True
            hopeless = not may_heal(job.error) or self._monotonic() + wait_s >= give_up
            if hopeless or self._stop.wait(wait_s):
                self._turn_away(str(job.error), since if is_outage(job.error) else None)
                return False
            self._alive()
            wait_s *= 2

    def _has_ended(self, job: Job, give_up: float | None = None) -> bool:
        """Wait for a job as long as our patience lasts; when told to stop it is shorter."""
        give_up = self._monotonic() + self._pace.patience_s if give_up is None else give_up
        stopping = False
        while not job.ended.wait(min(self._pace.idle_s, max(0.0, give_up - self._monotonic()))):
            self._alive()
            if self._monotonic() >= give_up:
                return False
            if self._stop.is_set() and not stopping:
                stopping = True
                give_up = min(give_up, self._monotonic() + self._pace.stop_patience_s)
        return True

    def _keep(self, taken: list[Received]) -> None:
        """Into the spool and acknowledged, as far as it has room; the rest is held."""
        kept = self._spool.append([received.message for received in taken])
        self._spooled += kept
        self._session.acknowledge(taken[:kept])
        self._held = taken[kept:]
        if self._held:
            self._session.book.began(SPOOL_FULL, self._clock(), reason=self._spool.state.full or "")
            self._become(Mode.FULL, f"the spool takes no more: {self._spool.state.full}")
        else:
            self._session.book.ended(SPOOL_FULL, self._clock())
            self._become(Mode.SPOOLING)

    def _try_database(self) -> None:
        """Give the oldest of the spool to the database, and look later how it went: nobody waits here."""
        if self._forsaken is not None and not self._forsaken.ended.is_set():
            return
        self._forsaken = None
        if self._attempt is None and self._monotonic() >= self._next_attempt:
            self._answers = False
            self._attempt = self._draining.begin() or self._writer.give(_job([]))
        elif self._attempt is not None and self._attempt.ended.is_set():
            job, self._attempt = self._attempt, None
            self._settle(job)

    def _settle(self, job: Job) -> None:
        outcome = self._draining.settle(job)
        self._tell_lost()
        if outcome is Drained.AWAY:
            self._turn_away(str(job.error), self._clock())
            return
        self._next_attempt = 0.0
        if outcome is Drained.WELL:
            self._answers = True
            self._retry_s = self._pace.first_retry_s
            self._session.book.ended(DATABASE_AWAY, self._clock())
            if not self._held:
                self._session.book.ended(SPOOL_FULL, self._clock())
                self._become(Mode.DIRECT if self._spool.empty else Mode.DRAINING)

    def _turn_away(self, reason: str, away_since: datetime | None) -> None:
        """The database does not take it; where the database itself is at fault, since when."""
        if away_since is not None:
            self._session.book.began(DATABASE_AWAY, away_since, reason=reason)
        self._answers = False
        self._next_attempt = self._monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, self._pace.slowest_retry_s)
        if self.mode is Mode.DIRECT or self.mode is Mode.DRAINING:
            self._become(Mode.SPOOLING, f"the database does not take data ({reason})")

    def _tell_lost(self) -> None:
        lost = self._draining.lost - self._lost_told
        if lost:
            now = self._clock()
            self._lost_told += lost
            self._session.book.happened(SPOOL_DAMAGED, now, now, messages=lost)
            log.error("%d messages of the spool are damaged and lost; what is left of them is kept aside", lost)

    def _become(self, mode: Mode, why: str = "") -> None:
        if mode is not self.mode:
            log.warning("collecting is now %s%s", mode, f": {why}" if why else "")
            self.mode = mode


def _job(taken: list[Received]) -> Job:
    return Job([received.message for received in taken], {})


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _nothing() -> None:
    """Nobody asks whether we are alive."""
