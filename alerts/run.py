"""The evaluator's process: rounds until told to stop, and the threads that send what follows."""

from __future__ import annotations

import logging
import random as standard_random
import threading
from collections.abc import Callable
from datetime import timedelta

from alerts.channel import Environment
from alerts.dispatch import Dispatcher
from alerts.outbox import Delivery, Random, open_senders
from alerts.rounds import Evaluator
from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S = 30.0


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
    senders = open_senders(site, environment)
    registry = store.register(site)
    with (
        store.evaluator_lock(registry.site) as lock,
        Delivery(store, registry.site, senders, clock, random) as delivery,
    ):
        evaluator = Evaluator(site, store, registry, started_at=clock())
        dispatcher = Dispatcher(site, store, registry.site)
        failures = 0
        while not stop.is_set():
            try:
                if not lock.ensure():
                    evaluator.forget()
                evaluator.round(clock())
                queued = dispatcher.round(clock())
            except StoreError as error:
                failures += 1
                _log.warning("evaluation waits for the database: %s", error)
            else:
                failures = 0
                alive()
                if queued:
                    delivery.wake()
            stop.wait(min(_LONGEST_PAUSE_S, interval.total_seconds() * 2.0 ** min(failures, 10)))
