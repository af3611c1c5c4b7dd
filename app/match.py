"""The process that matches the fixes of ploughs to the roads they clear, and does what follows from it."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app import task_rounds
from app.heartbeat import Heartbeat, StoredBeat
from app.settings import Settings, writable_folder
from app.task_rounds import Task, every
from app.wiring import opened, read_site
from config.model import Site
from config.plough_plan import PloughPlan
from core.errors import LayerError
from core.times import Clock, utc_now
from gis.ploughs.ageing import Ageing
from gis.ploughs.diary_book import DiaryBook
from gis.ploughs.network import Network
from gis.ploughs.network_source import NetworkSource
from gis.ploughs.public_round import publishing as public_round
from gis.ploughs.rounds import Matcher, Round
from store import Store
from store.rows import Registry
from store.site_lock import SiteLock

log = logging.getLogger(__name__)

NICENESS = 5
"""Below the collector: where processors are few, what comes in goes first."""
LOOK_EVERY = timedelta(seconds=10)
"""So often it is looked whether the file of the roads has changed."""
SEAL_EVERY = timedelta(minutes=10)
SEAL_DAYS = 3
"""So many days that are over are looked at; older ones are sealed anew by hand only."""
SEALED_BY = "自動"


@dataclass(slots=True)
class Told:
    """What this process tells of itself: what it matched since it began, and what is still to be done."""

    fixes: int = 0
    days_again: int = 0
    states_changed: int = 0
    behind_s: int = 0
    days_waiting: int = 0

    def add(self, done: Round) -> None:
        """Count a round in."""
        self.fixes += done.fixes
        self.days_again += done.days
        self.states_changed += done.changes
        self.behind_s = int(done.behind.total_seconds())
        self.days_waiting = done.waiting

    @property
    def state(self) -> Mapping[str, int]:
        """As the database is told with each sign of life."""
        return {name: getattr(self, name) for name in Told.__slots__}


@dataclass(slots=True)
class Town:
    """A site that clears roads, and its network as the file says now."""

    site: Site
    plan: PloughPlan
    store: Store
    registry: Registry
    told: Told
    _source: NetworkSource = field(init=False)
    _network: Network | None = field(default=None, init=False)
    _looked_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._source = NetworkSource(self.site)

    def network(self, now: datetime) -> Network:
        """The network, read anew where its file has changed; raises LayerError where it never could be read.

        A file that cannot be read any more leaves the network as it was: roads are cleared on, whatever is edited.
        """
        looked = self._looked_at
        if self._network is not None and looked is not None and looked <= now < looked + LOOK_EVERY:
            return self._network
        try:
            self._network = self._source.network()
        except LayerError as error:
            if self._network is None:
                raise
            log.warning("the roads stay as they were: %s", error)
        self._looked_at = now
        return self._network


TaskMaker = Callable[[Town, Network], Task]
"""Makes a task of a site: when the process begins, when other roads are in force, and after it lost its lock."""


def matching(town: Town, network: Network) -> Task:
    """Match what was touched since the last round."""
    matcher = Matcher(town.site, town.plan, town.store, town.registry, network)

    def work(now: datetime) -> bool:
        done = matcher.round(now)
        town.told.add(done)
        if done.changes:
            log.info("%d days matched again, %d states of roads are no longer what was said", done.days, done.changes)
        return done.more

    return work


def ageing(town: Town, network: Network) -> Task:
    """Keep the states of roads up with time."""
    states = Ageing(town.store, town.registry.site, network, town.plan)

    def work(now: datetime) -> bool:
        states.round(now)
        return False

    return work


def publishing(town: Town, network: Network) -> Task:
    """Publish what the public may know of ploughs and roads."""
    return public_round(town.site, town.store, town.registry, network, random_bytes=secrets.token_bytes)


def sealing(town: Town, _network: Network) -> Task:
    """Seal the work diaries of the last days that are over; what comes in later makes a new revision."""
    book = DiaryBook(town.site, town.store, town.registry)

    def seal(now: datetime) -> None:
        for one in book.seal_over(now, days=SEAL_DAYS, by=SEALED_BY):
            log.info("the diary of %s for %s is sealed as revision %d", one.vehicle, one.day, one.revision)

    return every(SEAL_EVERY, seal)


ROUNDS: dict[str, TaskMaker] = {
    "matching": matching,
    "ageing": ageing,
    "publishing": publishing,
    "sealing": sealing,
}
"""What this process does, in this order, about once a second. A task that fails stops no other."""


def match(settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop; a site without ``ploughs.toml`` is only told of. Raises ConfigError or StartError."""
    site = read_site(settings)
    heartbeat = Heartbeat(writable_folder(settings.data), "match")
    os.nice(NICENESS)
    with opened(settings, site) as (store, registry), store.ploughs.lock(registry.site) as lock:
        told, stored = Told(), StoredBeat(store, registry.site, "match", utc_now)

        def alive() -> None:
            heartbeat.beat()
            stored.beat(told.state)

        if site.ploughs is None:
            log.info("%s has no ploughs.toml: there is nothing to match", site.id)
        else:
            log.info("matching the ploughs of %s", site.id)
        work(site, store, registry, lock, stop, told=told, clock=utc_now, alive=alive)


def work(
    site: Site,
    store: Store,
    registry: Registry,
    lock: SiteLock,
    stop: threading.Event,
    *,
    told: Told,
    clock: Clock,
    alive: Callable[[], None],
) -> None:
    """Do the rounds until ``stop``; see ``app.task_rounds.work``."""
    task_rounds.work(
        lambda: _made(site, store, registry, told),
        lock,
        stop,
        doing="matching",
        log=log,
        clock=clock,
        alive=alive,
    )


def _made(site: Site, store: Store, registry: Registry, told: Told) -> dict[str, Task]:
    if site.ploughs is None:
        return {}
    town = Town(site, site.ploughs, store, registry, told)
    return {name: _of_network(make, town) for name, make in ROUNDS.items()}


def _of_network(make: TaskMaker, town: Town) -> Task:
    """The task, made anew whenever other roads are in force."""
    task: Task | None = None
    version = ""

    def work(now: datetime) -> bool:
        nonlocal task, version
        network = town.network(now)
        if task is None or network.version != version:
            task, version = make(town, network), network.version
        return task(now)

    return work
