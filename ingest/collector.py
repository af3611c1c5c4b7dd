"""The collector: takes what has arrived, commits it, then acknowledges it. Nothing else is between.

While one batch is being committed the next one arrives; batches grow with the load by themselves. A
database that is away stops the acknowledgements, so the broker keeps what we cannot: the same batch is
tried again until it is durable.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import StoreError
from ingest.pipeline import Pipeline
from ingest.session import Received, Session
from store import Store
from store.rows import Appended, Batch

log = logging.getLogger(__name__)

MOST_PER_BATCH = 2_000
IDLE_WAIT_S = 0.25
FIRST_RETRY_S = 0.2
SLOWEST_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class Collector:
    """A session, a pipeline and a store; ``site`` is the store's number of the site."""

    session: Session
    pipeline: Pipeline
    store: Store
    site: int

    def run(self, stop: threading.Event, alive: Callable[[], None]) -> None:
        """Collect until ``stop`` is set; then what is already taken is finished, the rest stays at the broker.

        ``alive`` is called each time around, at least four times a second while all is well.
        """
        while not stop.is_set():
            taken = self.session.take(IDLE_WAIT_S, MOST_PER_BATCH)
            alive()
            if taken:
                self._finish(taken, stop)

    def _finish(self, taken: list[Received], stop: threading.Event) -> None:
        batch = self.pipeline.handle_all([received.message for received in taken])
        if self._append(batch, stop) is not None:
            self.session.acknowledge(taken)

    def _append(self, batch: Batch, stop: threading.Event) -> Appended | None:
        """What the store made of the batch; None when told to stop while the store is away."""
        wait_s = FIRST_RETRY_S
        while True:
            try:
                return self.store.append(self.site, batch)
            except StoreError as error:
                log.warning("the database does not take data (%s); nothing is acknowledged, trying again", error)
            if stop.wait(wait_s):
                return None
            wait_s = min(wait_s * 2, SLOWEST_RETRY_S)
