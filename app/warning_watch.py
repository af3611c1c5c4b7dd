"""Beside the evaluator: telegrams of the Meteorological Agency are taken in, as long as the process runs.

It has a thread of its own: a feed that hangs holds up no alert.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from alerts.jma.round import JmaRound
from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store

log = logging.getLogger(__name__)

_LAST_WORD_S = 5.0


@contextmanager
def warning_watch(site: Site, store: Store, site_no: int, clock: Clock) -> Iterator[None]:
    """Takes in telegrams inside of the ``with``; nothing where the site names no source of them."""
    if site.jma is None:
        yield
        return
    stop = threading.Event()
    pause_s = site.jma.every.total_seconds()
    rounds = JmaRound(site, store, site_no)

    def go_on() -> None:
        while not stop.is_set():
            try:
                rounds.round(clock())
            except StoreError as error:
                log.warning("telegrams wait for the database: %s", error)
            except Exception:  # a telegram nobody thought of must not end the watch over all others
                if not stop.is_set():
                    log.exception("taking in telegrams failed and is tried again")
            stop.wait(pause_s)

    thread = threading.Thread(target=go_on, name="telegrams", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_LAST_WORD_S)
