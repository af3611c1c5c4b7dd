"""The process that judges what was stored by more than one value, and does what else must be looked at all the time."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app import task_rounds
from app.heartbeat import Heartbeat, StoredBeat, beating
from app.settings import Settings, writable_folder
from app.task_rounds import Task, every
from app.wiring import opened, read_site
from config.model import Site
from config.quality_limits import hastened
from core.times import Clock, utc_now
from ingest.judge_rounds import Judge
from ingest.liveness_round import LivenessRound
from store import Store
from store.rows import Registry
from store.site_lock import SiteLock

log = logging.getLogger(__name__)

NICENESS = 5
"""Below the collector: where processors are few, what comes in goes first, and the flags follow a moment later."""
PAUSE_S = task_rounds.PAUSE_S
FORGET_EVERY = timedelta(hours=1)
LOOK_EVERY = timedelta(seconds=10)

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
    return every(FORGET_EVERY, lambda _now: store.judging.forget())


def liveness(site: Site, store: Store, registry: Registry) -> Task:
    """Look which devices are silent, and why, every ten seconds."""
    watch = LivenessRound(site, registry, store)
    return every(LOOK_EVERY, watch.round)


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
    task_rounds.work(
        lambda: _made(site, store, registry),
        lock,
        stop,
        doing="judging",
        log=log,
        clock=clock,
        alive=alive,
        pause_s=PAUSE_S,
    )


def _made(site: Site, store: Store, registry: Registry) -> dict[str, Task]:
    return {name: make(site, store, registry) for name, make in ROUNDS.items()}
