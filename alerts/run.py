"""The evaluator's process: rounds until told to stop, and the threads that send what follows."""

from __future__ import annotations

import logging
import random as standard_random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from alerts.breaker import Random
from alerts.canary import Canary
from alerts.channel import Environment, StoredBook
from alerts.delivery import Delivery
from alerts.dispatch import Dispatcher
from alerts.escalation import Escalator
from alerts.outbox import open_senders
from alerts.pauses import PauseWatch
from alerts.residents.rounds import ResidentRound
from alerts.rounds import Evaluator
from alerts.rule_watch import RuleWatch
from alerts.watchdog import Watchdog
from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S = 30.0


class _Step(Protocol):
    def round(self, now: datetime) -> int:
        """How many messages it queued by ``now``."""


class SiteRounds:
    """Everything that judges and tells for one site: the lock, the evaluator, the dispatcher, the senders.

    Several can work in one process side by side (the live site, and its stand-in in an exercise): they share nothing but
    the store. Samples from before ``begins`` are not looked at. To be used in a ``with``; entering raises ConfigError for a
    channel with mistakes, StartError where a secret is missing or another evaluator is at work for the site.
    """

    def __init__(
        self,
        site: Site,
        store: Store,
        clock: Clock,
        *,
        environment: Environment,
        random: Random = standard_random.random,
        begins: datetime | None = None,
    ) -> None:
        self._begins = begins
        self._site = site
        self._store = store
        self._clock = clock
        self._environment = environment
        self._random = random
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        site, store = self._site, self._store
        with ExitStack() as stack:
            registry = store.register(site)
            senders = open_senders(site, self._environment, StoredBook(store, registry.site))
            self._lock = stack.enter_context(store.evaluator_lock(registry.site))
            delivery = Delivery(site, store, registry.site, senders, self._clock, self._random)
            self._delivery = stack.enter_context(delivery)
            self._evaluator = Evaluator(
                site,
                store,
                registry,
                started_at=self._clock(),
                fence=lambda: self._lock.number,
                begins=self._begins,
            )
            self._dispatcher = Dispatcher(site, store, registry.site)
            self._escalator = Escalator(site, store, registry.site)
            self._watchdog = Watchdog(site, store, registry.site)
            self._canary = Canary(site, store, registry.site)
            self._pauses = PauseWatch(site, store, registry.site)
            self._residents = ResidentRound(site, store, registry.site)
            self._rules = RuleWatch(site, store, registry.site)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def round(self) -> bool:
        """Evaluate, hand on and wake the senders; whether all of it worked.

        What goes wrong in one step stops neither the others nor the next round, but no heartbeat goes out, so that it is
        noticed from outside. Raises StoreError; the next round then does the same work.
        """
        if not self._lock.ensure():
            self._evaluator.forget()
            self._dispatcher.forget()
            self._pauses.forget()
            self._rules.forget()
        self._evaluator.round(self._clock())
        steps = (self._dispatcher, self._escalator, self._residents, self._rules, self._pauses, self._canary)
        queued = [self._step(step) for step in steps]
        worked = None not in queued
        if worked:
            queued.append(self._step(self._watchdog))
        if any(queued):
            self._delivery.wake()
        return worked and None not in queued

    def _step(self, step: _Step) -> int | None:
        """How many messages a step queued, None where it failed."""
        try:
            return step.round(self._clock())
        except StoreError as error:
            if error.retryable:
                raise
            # What the database refuses for good, a row nobody can write, must not slow down everything behind it.
            _log.exception("%s: refused by the database", type(step).__name__)
        except Exception:  # noqa: BLE001 - whatever it is, alerts go on
            _log.exception("%s: an error nobody foresaw", type(step).__name__)
        return None


def run_evaluator(
    site: Site,
    store: Store,
    clock: Clock,
    stop: threading.Event,
    *,
    environment: Environment,
    alive: Callable[[], None] = lambda: None,
    interval: timedelta = timedelta(seconds=1),
    random: Random = standard_random.random,
) -> None:
    """Evaluate and send until ``stop``; ``alive`` is called after each round that succeeded.

    While the database is away it waits and goes on. Raises ConfigError for a channel with mistakes,
    StartError where a secret is missing or another evaluator is at work for the site.
    """
    with SiteRounds(site, store, clock, environment=environment, random=random) as rounds:
        failures = 0
        while not stop.is_set():
            try:
                worked = rounds.round()
            except StoreError as error:
                failures += 1
                _log.warning("evaluation waits for the database: %s", error)
            else:
                failures = 0
                if worked:
                    alive()
            stop.wait(min(_LONGEST_PAUSE_S, interval.total_seconds() * 2.0 ** min(failures, 10)))
