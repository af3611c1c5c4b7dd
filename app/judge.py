"""The process that judges what was stored by more than one value, and does what else must be looked at all the time."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app.heartbeat import Heartbeat, StoredBeat, beating
from app.settings import Settings, writable_folder
from app.wiring import opened, read_site
from config.model import Site
from config.quality_limits import hastened
from core.errors import StartError, StoreError
from core.times import Clock, utc_now
from ingest.judge_rounds import Judge
from ingest.liveness_round import LivenessRound
from store import Store
from store.rows import Registry
from store.site_lock import SiteLock

log = logging.getLogger(__name__)

NICENESS = 5
"""Below the collector: where processors are few, what comes in goes first, and the flags follow a moment later."""
PAUSE_S = 1.0
BREATH_S = 0.02
"""Between two rounds of a backlog, so that others get at the processor and the database."""
LONGEST_PAUSE_S = 30.0
FORGET_EVERY = timedelta(hours=1)
LOOK_EVERY = timedelta(seconds=10)

Task = Callable[[datetime], bool]
"""Called about once a second with the present instant; True asks to be called again at once. May raise StoreError."""

TaskMaker = Callable[[Site, Store, Registry], Task]
"""Makes the task of a site, when the process begins and after it lost its lock: what it remembers may be out of date."""


def judging(site: Site, store: Store, registry: Registry) -> Task:
    """Judge what was touched since the last round."""
    judge = Judge(site, store, registry)

    def work(_now: datetime) -> bool:
        done = judge.round()
        if done.changes:
            log.info("%d rows judged, %d flags changed", done.rows, done.changes)
        return done.more

    return work


def forgetting(_site: Site, store: Store, _registry: Registry) -> Task:
    """Forget the oldest changes of flags, once an hour."""
    due: datetime | None = None

    def work(now: datetime) -> bool:
        nonlocal due
        if due is None or now >= due:
            store.judging.forget()
            due = now + FORGET_EVERY
        return False

    return work


def liveness(site: Site, store: Store, registry: Registry) -> Task:
    """Look which devices are silent, and why, every ten seconds."""
    watch = LivenessRound(site, registry, store)
    due: datetime | None = None

    def work(now: datetime) -> bool:
        nonlocal due
        if due is None or not due - LOOK_EVERY <= now < due:  # a clock that was set back delays nothing
            watch.round(now)
            due = now + LOOK_EVERY
        return False

    return work


ROUNDS: dict[str, TaskMaker] = {
    "judging": judging,
    "forgetting": forgetting,
    "liveness": liveness,
}
"""What this process does, in this order, about once a second. A task that fails stops no other."""


def judge(settings: Settings, stop: threading.Event, *, speed: float = 1.0) -> None:
    """Work until told to stop; ``speed`` is that of a demonstration, 1 where readings are real.

    Raises ConfigError or StartError where it cannot begin.
    """
    site = hastened(read_site(settings), speed)
    heartbeat = Heartbeat(writable_folder(settings.data), "judge")
    os.nice(NICENESS)
    with opened(settings, site) as (store, registry), store.judging.lock(registry.site) as lock:
        log.info("judging %s", site.id)
        alive = beating(heartbeat, StoredBeat(store, registry.site, "judge", utc_now))
        work(site, store, registry, lock, stop, clock=utc_now, alive=alive)


def work(
    site: Site,
    store: Store,
    registry: Registry,
    lock: SiteLock,
    stop: threading.Event,
    *,
    clock: Clock,
    alive: Callable[[], None],
) -> None:
    """Do the rounds until ``stop``; ``alive`` is called after each in which every task succeeded.

    While the database is away it waits and goes on. Raises StartError where another judge took over.
    """
    tasks = _made(site, store, registry)
    failures = 0
    while not stop.is_set():
        more = False
        try:
            if not lock.ensure():
                tasks = _made(site, store, registry)
            sound, more = _round(tasks, clock())
        except StoreError as error:
            log.warning("judging waits for the database: %s", error)
            sound = False
        if sound:
            failures = 0
            alive()
        else:
            failures += 1
        pause_s = BREATH_S if more and sound else PAUSE_S * 2.0 ** min(failures, 10)
        stop.wait(min(LONGEST_PAUSE_S, pause_s))


def _made(site: Site, store: Store, registry: Registry) -> dict[str, Task]:
    return {name: make(site, store, registry) for name, make in ROUNDS.items()}


def _round(tasks: dict[str, Task], now: datetime) -> tuple[bool, bool]:
    """Whether every task succeeded, and whether one asks to be called again at once."""
    sound, more = True, False
    for name, task in tasks.items():
        try:
            more |= task(now)
        except StartError:
            raise
        except StoreError as error:
            sound = False
            log.warning("%s is tried again: %s", name, error)
        except Exception:  # one task that fails stops no other
            sound = False
            log.exception("%s failed and is tried again", name)
    return sound, more
